"""What validation found, gathered: pydantic errors joined, and made out of our own sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, get_args

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import ErrorType

T = TypeVar("T")

Location = tuple[int | str, ...]

SAID = "said"
"""The type of an error whose message is already a sentence for people."""

UNKNOWN_FIELD = "unknown_field"
"""The type of an error about a field that there is not; its place is the field's name."""


class Findings:
    """Errors of one model, gathered so that all are told at once."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._errors: list[InitErrorDetails] = []

    def say(self, sentence: str, *location: int | str, value: object = None) -> None:
        """Note a sentence about the part at `location`."""
        self._add(SAID, sentence, location, value)

    def unknown(self, sentence: str, *location: int | str, value: object = None) -> None:
        """Note a sentence about a field that there is not, which the location ends with."""
        self._add(UNKNOWN_FIELD, sentence, location, value)

    def _add(self, kind: str, sentence: str, location: Location, value: object) -> None:
        # Without a context, pydantic leaves braces in the sentence alone.
        error = PydanticCustomError(kind, sentence)
        self._errors.append(InitErrorDetails(type=error, loc=location, input=value))

    def attempt(self, work: Callable[[], T]) -> T | None:
        """Return what `work` returns, or None where it fails, its errors noted."""
        try:
            return work()
        except ValidationError as error:
            self.take(error)
            return None

    def take(self, error: ValidationError, known: Iterable[str] = ()) -> None:
        """Note the errors of another; a field that there is not is compared with those `known`."""
        for detail in error.errors(include_url=False):
            if known and detail["type"] == "extra_forbidden" and len(detail["loc"]) == 1:
                self._errors.append(_unknown_field(detail, known))
            else:
                self._errors.append(_again(detail))

    def raise_any(self) -> None:
        """Raise a ValidationError of all that was noted, if anything was."""
        if self._errors:
            raise ValidationError.from_exception_data(self._title, self._errors)


def _unknown_field(detail: Mapping[str, Any], known: Iterable[str]) -> InitErrorDetails:
    """Return the error about an unknown field with the names it could have had.

    Which one is nearest is found when the error is told, for a file may have thousands of them.
    """
    context = {"name": str(detail["loc"][0]), "known": ", ".join(known)}
    error = PydanticCustomError(UNKNOWN_FIELD, "unknown field; expected one of {known}", context)
    return InitErrorDetails(type=error, loc=detail["loc"], input=detail["input"])


_KNOWN_TYPES = frozenset(get_args(ErrorType))


def _again(detail: Mapping[str, Any]) -> InitErrorDetails:
    """Return an error in the form in which it can be raised again."""
    kind, context = detail["type"], detail.get("ctx")
    again = InitErrorDetails(type=kind, loc=detail["loc"], input=detail["input"])
    if kind not in _KNOWN_TYPES:
        again["type"] = PydanticCustomError(kind, detail["msg"], context)
    elif context:
        again["ctx"] = context
    return again
