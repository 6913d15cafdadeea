"""Validation errors in plain sentences: what was expected, and what was there instead."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable, Mapping
from typing import Any, Final, get_args

from pydantic_core.core_schema import ErrorType

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _, plural
from aio_sim.scenario.findings import UNKNOWN_FIELD

_PYDANTICS: Final = frozenset(get_args(ErrorType))
_BRIEF: Final = reprlib.Repr()
_BRIEF.maxstring = _BRIEF.maxother = 60


def shown(value: object) -> str:
    """Return a value as a scenario would write it, in brief."""
    match value:
        case None:
            return _("nothing")
        case bool():
            return str(value).lower()
        case Mapping():
            return _("a mapping of fields")
        case list() | tuple():
            return _("a list")
        case str():
            return _BRIEF.repr(str(value))
    return _BRIEF.repr(value)


def sentence(kind: str, message: str, value: object, context: Mapping[str, Any]) -> str:
    """Return what is wrong, for people.

    `kind`, `message`, `value` and `context` are the type, msg, input and ctx of a pydantic error.
    """
    if kind == UNKNOWN_FIELD and context:
        return _unknown_field(context)
    if kind in _OWN:
        return _OWN[kind](value, context)
    if kind in _EXPECTED:
        return _("must be {expected}, got {value}").format(
            expected=_EXPECTED[kind]().format(**context), value=shown(value)
        )
    if kind in ("value_error", "assertion_error"):
        return str(context["error"]) if "error" in context else message.partition(", ")[2]
    if kind in _PYDANTICS:  # a type of field that only a plug-in has
        return _("is not what is expected here, got {value}").format(value=shown(value))
    return message


def _whole_number() -> str:
    return _("a whole number")


def _number() -> str:
    return _("a number")


def _truth() -> str:
    return _("true or false")


def _text() -> str:
    return _("text")


def _list() -> str:
    return _("a list")


def _mapping() -> str:
    return _("a mapping of fields")


# Functions, so that each sentence is looked up in the language of the moment.
_EXPECTED: Final[Mapping[str, Callable[[], str]]] = {
    "greater_than": lambda: _("greater than {gt}"),
    "greater_than_equal": lambda: _("at least {ge}"),
    "less_than": lambda: _("less than {lt}"),
    "less_than_equal": lambda: _("at most {le}"),
    "int_type": _whole_number,
    "int_parsing": _whole_number,
    "int_from_float": _whole_number,
    "int_parsing_size": _whole_number,
    "float_type": _number,
    "float_parsing": _number,
    "finite_number": lambda: _("a finite number"),
    "bool_type": _truth,
    "bool_parsing": _truth,
    "string_type": _text,
    "string_unicode": _text,
    "string_pattern_mismatch": lambda: _("a name without spaces or slashes"),
    "tuple_type": _list,
    "list_type": _list,
    "model_type": _mapping,
    "model_attributes_type": _mapping,
    "dict_type": _mapping,
    "mapping_type": _mapping,
}


def _missing(_value: object, _context: Mapping[str, Any]) -> str:
    return _("is required")


def _unknown_choice(value: object, context: Mapping[str, Any]) -> str:
    names = _quoted(context["expected"])
    meant = hint(value if isinstance(value, str) else "", names)
    listed = _("must be one of {names}, got {value}").format(
        names=", ".join(names), value=shown(value)
    )
    return listed + (meant if "?" in meant else "")


def _unknown_kind(_value: object, context: Mapping[str, Any]) -> str:
    kinds, kind = _quoted(context["expected_tags"]), context["tag"]
    if not kind:
        return _("is required: one of {kinds}").format(kinds=", ".join(kinds))
    return _("unknown {field} {kind}{hint}").format(
        field=context["discriminator"].strip("'"), kind=shown(kind), hint=hint(str(kind), kinds)
    )


def _no_kind(value: object, _context: Mapping[str, Any]) -> str:
    if isinstance(value, Mapping):
        return _("is required")
    return _("must be a mapping of fields, got {value}").format(value=shown(value))


def _extra(_value: object, _context: Mapping[str, Any]) -> str:
    return _("there is no such field")


def _too_few(_value: object, context: Mapping[str, Any]) -> str:
    least, found = context["min_length"], context["actual_length"]
    needs = plural("needs at least {least} entry", "needs at least {least} entries", least)
    return _("{needs}, got {found}").format(needs=needs.format(least=least), found=found)


def _too_many(_value: object, context: Mapping[str, Any]) -> str:
    most, found = context["max_length"], context["actual_length"]
    takes = plural("takes at most {most} entry", "takes at most {most} entries", most)
    return _("{takes}, got {found}").format(takes=takes.format(most=most), found=found)


def _too_short(_value: object, _context: Mapping[str, Any]) -> str:
    return _("must not be empty")


def _too_long(_value: object, context: Mapping[str, Any]) -> str:
    return _("must have at most {count} characters").format(count=context["max_length"])


def _quoted(names: str) -> list[str]:
    return re.findall(r"'([^']*)'", names)


def _unknown_field(context: Mapping[str, Any]) -> str:
    name, known = context["name"], context["known"].split(", ")
    return _("unknown field {name!r}{hint}").format(name=name, hint=hint(name, known))


_OWN: Final[dict[str, Callable[[object, Mapping[str, Any]], str]]] = {
    "missing": _missing,
    "literal_error": _unknown_choice,
    "enum": _unknown_choice,
    "union_tag_invalid": _unknown_kind,
    "union_tag_not_found": _no_kind,
    "extra_forbidden": _extra,
    "too_short": _too_few,
    "too_long": _too_many,
    "string_too_short": _too_short,
    "string_too_long": _too_long,
}
