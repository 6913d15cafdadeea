"""Expressions of a pipeline: fields, constants, arithmetic and a few more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, Final

from aio_sim.kernel.messages import _
from aio_sim.storage.document.documents import Document
from aio_sim.storage.document.errors import QueryError, unknown_operator
from aio_sim.storage.document.keys import key_of
from aio_sim.storage.document.paths import MISSING, Path, path_of

Expression = Callable[[Document], Any]
"""Gives the value that an expression has for a document, MISSING where it has none."""


def expression_of(written: Any) -> Expression:
    """Return the expression that a value stands for: `$path`, `{$operator: ...}` or a constant.

    Raises QueryError for operators outside the subset.
    """
    if isinstance(written, str) and written.startswith("$"):
        path = path_of(written[1:])
        return lambda document: _field(document, path)
    if isinstance(written, list):
        parts = list(map(expression_of, written))
        return lambda document: [_or_null(part(document)) for part in parts]
    if not isinstance(written, dict):
        return lambda _document: written
    if any(name.startswith("$") for name in written):
        return _operation(written)
    fields = {name: expression_of(inside) for name, inside in written.items()}
    return lambda document: _present({name: of(document) for name, of in fields.items()})


def _operation(written: Mapping[str, Any]) -> Expression:
    [(name, operands), *more] = written.items()
    if more:
        raise QueryError(
            _("an expression has one operator, not {names}").format(names=", ".join(written))
        )
    if name == "$literal":
        return lambda _document: operands
    if name not in _OPERATORS:
        raise unknown_operator(_("expression"), name, [*_OPERATORS, "$literal"])
    parts = [
        expression_of(each) for each in (operands if isinstance(operands, list) else [operands])
    ]
    operator = _OPERATORS[name]
    return lambda document: operator(name, [_or_null(part(document)) for part in parts])


def _field(value: Any, path: Path) -> Any:
    """Return what stands at a path; through a list, the list of what its elements have there."""
    for place, part in enumerate(path):
        if isinstance(value, list):
            inside = [_field(each, path[place:]) for each in value if isinstance(each, dict)]
            return [each for each in inside if each is not MISSING]
        if not isinstance(value, dict):
            return MISSING
        value = value.get(part, MISSING)
    return value


def _or_null(value: Any) -> Any:
    return None if value is MISSING else value


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not MISSING}


def _numbers(name: str, values: list[Any], count: int | None = None) -> list[Any]:
    if count is not None and len(values) != count:
        raise QueryError(_("{operator} takes {count} values").format(operator=name, count=count))
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise QueryError(
                _("{operator} needs numbers, not {value!r}").format(operator=name, value=value)
            )
    return values


def _arithmetic(combine: Callable[[Any, Any], Any], count: int | None = None) -> Any:
    def operator(name: str, values: list[Any]) -> Any:
        if None in values:
            return None
        return reduce(combine, _numbers(name, values, count))

    return operator


def _divide(name: str, values: list[Any]) -> Any:
    if None in values:
        return None
    over, under = _numbers(name, values, 2)
    if not under:
        raise QueryError(_("$divide by zero"))
    return over / under


def _text(_name: str, values: list[Any]) -> Any:
    if None in values:
        return None
    for value in values:
        if not isinstance(value, str):
            raise QueryError(_("$concat needs text, not {value!r}").format(value=value))
    return "".join(values)


def _length(_name: str, values: list[Any]) -> int:
    [value] = values
    if not isinstance(value, list):
        raise QueryError(_("$size needs a list, not {value!r}").format(value=value))
    return len(value)


def _compare(accept: Callable[[bytes, bytes], bool]) -> Any:
    def operator(name: str, values: list[Any]) -> bool:
        if len(values) != 2:
            raise QueryError(_("{operator} takes {count} values").format(operator=name, count=2))
        one, other = map(key_of, values)
        return accept(one, other)

    return operator


def _choose(_name: str, values: list[Any]) -> Any:
    if len(values) != 3:
        raise QueryError(_("$cond takes [if, then, else]"))
    return values[1] if values[0] else values[2]


_OPERATORS: Final[Mapping[str, Callable[[str, list[Any]], Any]]] = {
    "$add": _arithmetic(lambda one, other: one + other),
    "$subtract": _arithmetic(lambda one, other: one - other, 2),
    "$multiply": _arithmetic(lambda one, other: one * other),
    "$divide": _divide,
    "$concat": _text,
    "$size": _length,
    "$cond": _choose,
    "$ifNull": lambda _name, values: next((each for each in values if each is not None), None),
    "$eq": _compare(bytes.__eq__),
    "$ne": _compare(bytes.__ne__),
    "$gt": _compare(bytes.__gt__),
    "$gte": _compare(bytes.__ge__),
    "$lt": _compare(bytes.__lt__),
    "$lte": _compare(bytes.__le__),
}
