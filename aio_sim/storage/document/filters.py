"""Filters: which documents are meant, in the manner of MongoDB's query documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from aio_sim.kernel.messages import _
from aio_sim.storage.document.conditions import TESTS, Test, equal, required_list
from aio_sim.storage.document.errors import QueryError, unknown_operator
from aio_sim.storage.document.paths import MISSING, Path, path_of, values_at


class Filter(Protocol):
    """Says of each document whether it is meant."""

    def matches(self, document: Any) -> bool:
        """Whether a document is meant."""


@dataclass(frozen=True)
class Condition:
    """A test of what stands at a path; a list there passes as a whole or by any element."""

    path: Path
    operator: str
    operand: Any
    test: Test

    def matches(self, document: Any) -> bool:
        """Whether some value at the path passes."""
        test = self.test
        for value in values_at(document, self.path):
            if test(value):
                return True
            if isinstance(value, list) and any(map(test, value)):
                return True
        return False


@dataclass(frozen=True)
class Whole:
    """A test of what stands at a path, a list there as a whole."""

    path: Path
    test: Test

    def matches(self, document: Any) -> bool:
        """Whether some value at the path passes."""
        return any(map(self.test, values_at(document, self.path)))


@dataclass(frozen=True)
class All:
    """All of some filters hold; none: every document is meant."""

    parts: tuple[Filter, ...]

    def matches(self, document: Any) -> bool:
        """Whether all hold."""
        return all(part.matches(document) for part in self.parts)


@dataclass(frozen=True)
class Any_:  # noqa: N801  # `Any` is taken
    """One of some filters holds."""

    parts: tuple[Filter, ...]

    def matches(self, document: Any) -> bool:
        """Whether one holds."""
        return any(part.matches(document) for part in self.parts)


@dataclass(frozen=True)
class Not:
    """A filter does not hold."""

    part: Filter

    def matches(self, document: Any) -> bool:
        """Whether it does not."""
        return not self.part.matches(document)


def filter_of(query: object) -> Filter:
    """Return the filter that a query document is.

    Raises QueryError, with the path and what is supported, for what is outside the subset.
    """
    if not isinstance(query, Mapping):
        raise QueryError(
            _("a filter is a document, such as {example}, not {query!r}").format(
                example="{'price': {'$lt': 10}}", query=query
            )
        )
    parts = [_part(name, operand) for name, operand in query.items()]
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def conditions(of: Filter) -> Iterator[Condition]:
    """Yield the conditions that every document must meet that is meant."""
    if isinstance(of, Condition):
        yield of
    elif isinstance(of, All):
        for part in of.parts:
            yield from conditions(part)


def _part(name: str, operand: Any) -> Filter:
    if name in _LOGIC:
        parts = required_list(name, operand)
        if not parts:
            raise QueryError(_("{operator} takes one filter or more").format(operator=name))
        return _LOGIC[name](tuple(map(filter_of, parts)))
    if name.startswith("$"):
        raise unknown_operator(_("filter"), name, _LOGIC)
    path = path_of(name)
    if _is_operators(operand):
        parts = [_of_operator(path, each, inside) for each, inside in operand.items()]
        return parts[0] if len(parts) == 1 else All(tuple(parts))
    return Condition(path, "$eq", operand, equal(operand))


_LOGIC: Final[Mapping[str, Callable[[tuple[Filter, ...]], Filter]]] = {
    "$and": All,
    "$or": Any_,
    "$nor": lambda parts: Not(Any_(parts)),
}


def _is_operators(operand: Any) -> bool:
    return isinstance(operand, dict) and bool(operand) and next(iter(operand)).startswith("$")


def _of_operator(path: Path, operator: str, operand: Any) -> Filter:
    if operator in TESTS:
        return Condition(path, operator, operand, TESTS[operator](operand))
    if operator in _OTHERS:
        return _OTHERS[operator](path, operand)
    raise unknown_operator(
        _("{path}: filter").format(path=".".join(path)), operator, [*TESTS, *_OTHERS]
    )


def _not(path: Path, operand: Any) -> Filter:
    if not _is_operators(operand):
        raise QueryError(_("$not takes operators, not {operand!r}").format(operand=operand))
    return Not(All(tuple(_of_operator(path, each, of) for each, of in operand.items())))


def _exists(path: Path, operand: Any) -> Filter:
    there = Whole(path, lambda value: value is not MISSING)
    return there if operand else Not(there)


def _all(path: Path, operand: Any) -> Filter:
    wanted = required_list("$all", operand)
    return All(tuple(Condition(path, "$eq", each, equal(each)) for each in wanted) or (NONE,))


def _size(path: Path, operand: Any) -> Filter:
    if not isinstance(operand, int) or isinstance(operand, bool) or operand < 0:
        raise QueryError(_("$size takes a number of elements, not {size!r}").format(size=operand))
    return Whole(path, lambda value: isinstance(value, list) and len(value) == operand)


def _element(path: Path, operand: Any) -> Filter:
    """Return the filter for a list with one element that meets all conditions at once."""
    if _is_operators(operand) and next(iter(operand)) not in _LOGIC:
        inside: Filter = All(tuple(_of_operator((), each, of) for each, of in operand.items()))
        meets: Test = inside.matches
    else:
        inside = filter_of(operand)
        meets = _of_documents(inside)
    return Whole(path, lambda value: isinstance(value, list) and any(map(meets, value)))


def _of_documents(inside: Filter) -> Test:
    return lambda element: isinstance(element, dict) and inside.matches(element)


NONE: Final[Filter] = Any_(())
"""No document is meant."""

_OTHERS: Final[Mapping[str, Callable[[Path, Any], Filter]]] = {
    "$ne": lambda path, operand: Not(_of_operator(path, "$eq", operand)),
    "$nin": lambda path, operand: Not(_of_operator(path, "$in", operand)),
    "$not": _not,
    "$exists": _exists,
    "$all": _all,
    "$size": _size,
    "$elemMatch": _element,
}
