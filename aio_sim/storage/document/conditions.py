"""What is asked of one value: the comparison operators of filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

from aio_sim.kernel.messages import _
from aio_sim.storage.document.errors import QueryError
from aio_sim.storage.document.keys import bracket, key_of
from aio_sim.storage.document.paths import MISSING

Test: TypeAlias = Callable[[Any], bool]
"""Whether a value, or MISSING, is as it should be."""

_TYPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "null": lambda value: value is None,
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "double": lambda value: isinstance(value, float),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
}


def operand_key(operator: str, operand: object) -> bytes:
    """Return the key of an operand; raises QueryError where it is no value."""
    try:
        return key_of(operand)
    except (TypeError, ValueError, OverflowError):
        raise QueryError(
            _("{operator}: {operand!r} is no value of a document").format(
                operator=operator, operand=operand
            )
        ) from None


def equal(operand: object) -> Test:
    """Return the test for a value of the same worth; null is also what is not there."""
    if isinstance(operand, str):
        return lambda value: bool(value == operand)
    wanted = operand_key("$eq", operand)
    return lambda value: _key(value) == wanted


def _among(operand: object) -> Test:
    wanted = {operand_key("$in", each) for each in required_list("$in", operand)}
    return lambda value: _key(value) in wanted


def _ordered(operator: str, accept: Callable[[bytes, bytes], bool], operand: object) -> Test:
    wanted = operand_key(operator, operand)
    kind = bracket(wanted)

    def holds(value: Any) -> bool:
        key = _key(value)
        return bracket(key) == kind and accept(key, wanted)

    return holds


def _matching(operand: object) -> Test:
    if not isinstance(operand, str):
        raise QueryError(_("$regex takes a pattern, not {operand!r}").format(operand=operand))
    try:
        pattern = re.compile(operand)
    except re.error as error:
        raise QueryError(
            _("$regex: {operand!r} is no pattern: {error}").format(operand=operand, error=error)
        ) from None
    return lambda value: isinstance(value, str) and pattern.search(value) is not None


def _remainder(operand: object) -> Test:
    match operand:
        case [int(divisor), int(wanted)] if divisor:
            return lambda value: _TYPES["number"](value) and int(value) % divisor == wanted
    raise QueryError(_("$mod takes [divisor, remainder], not {operand!r}").format(operand=operand))


def _typed(operand: object) -> Test:
    if not isinstance(operand, str) or operand not in _TYPES:
        raise QueryError(
            _("$type takes one of {names}, not {operand!r}").format(
                names=", ".join(_TYPES), operand=operand
            )
        )
    return _TYPES[operand]


def required_list(operator: str, operand: object) -> list[Any]:
    """Return an operand that must be a list; raises QueryError where it is none."""
    if not isinstance(operand, list):
        raise QueryError(
            _("{operator} takes a list, not {operand!r}").format(operator=operator, operand=operand)
        )
    return operand


TESTS: Final[Mapping[str, Callable[[Any], Test]]] = {
    "$eq": equal,
    "$gt": partial(_ordered, "$gt", bytes.__gt__),
    "$gte": partial(_ordered, "$gte", bytes.__ge__),
    "$lt": partial(_ordered, "$lt", bytes.__lt__),
    "$lte": partial(_ordered, "$lte", bytes.__le__),
    "$in": _among,
    "$regex": _matching,
    "$mod": _remainder,
    "$type": _typed,
}
"""Tests of one value by operator; each takes its operand and raises QueryError."""


def _key(value: Any) -> bytes:
    return key_of(None if value is MISSING else value)
