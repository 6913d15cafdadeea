"""GROUP BY and the functions that add up rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any, Final

from aio_sim.kernel.messages import _
from aio_sim.storage.relational.errors import SqlError
from aio_sim.storage.relational.sql.expressions import AGGREGATES, Compiled, Scope, compiled
from aio_sim.storage.relational.sql.operators import add, compare, divide
from aio_sim.storage.relational.sql.parsing import refuse_others
from aio_sim.storage.relational.table import Row
from aio_sim.storage.relational.values import Value

if TYPE_CHECKING:
    from sqlglot.expressions import Expression


def grouped(
    rows: Iterable[Row], by: list[Expression], items: list[Expression], scope: Scope
) -> Iterator[Row]:
    """Yield for each group its first row, followed by the values of the scope's aggregates.

    Without GROUP BY all rows are one group, even where there are none. Raises SqlError for a
    column that is neither grouped by nor inside a function, as MySQL does (ONLY_FULL_GROUP_BY).
    """
    for item in items:
        _require_grouped(item, by)
    keys = [compiled(each, scope) for each in by]
    groups: dict[Row, list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(key(row) for key in keys), []).append(row)
    if not by and not groups:
        groups[()] = []
    aggregates = [_Aggregate(node, scope) for node in scope.aggregates or ()]
    nothing: Row = (None,) * len(scope.columns)
    for members in groups.values():
        first = members[0] if members else nothing
        yield first + tuple(aggregate.of(members) for aggregate in aggregates)


class _Aggregate:
    """COUNT, SUM, AVG, MIN or MAX of an expression; NULL does not count."""

    def __init__(self, node: Expression, scope: Scope) -> None:
        refuse_others(node, {"this", "big_int"})
        self._function = type(node).__name__
        argument = node.this
        self._is_distinct = type(argument).__name__ == "Distinct"
        if self._is_distinct:
            if len(argument.expressions) != 1:
                raise SqlError(_("DISTINCT takes one expression here"))
            argument = argument.expressions[0]
        inside = Scope(scope.columns, scope.parameters)
        self._argument: Compiled | None = None
        if type(argument).__name__ != "Star":
            self._argument = compiled(argument, inside)

    def of(self, rows: list[Row]) -> Value:
        """Return the value for a group."""
        if self._argument is None:
            return len(rows)
        argument = self._argument
        values: list[Value] = [value for value in map(argument, rows) if value is not None]
        if self._is_distinct:
            values = list(dict.fromkeys(values))
        return _FUNCTIONS[self._function](values)


def _sum(values: list[Value]) -> Value:
    if not values:
        return None
    total: Value = 0
    for value in values:
        total = add(total, value)
    return total


def _mean(values: list[Value]) -> Value:
    return divide(_sum(values), len(values))


def _least(values: list[Value]) -> Value:
    return min(values, key=cmp_to_key(compare), default=None)


def _greatest(values: list[Value]) -> Value:
    return max(values, key=cmp_to_key(compare), default=None)


_FUNCTIONS: Final[dict[str, Callable[[list[Value]], Value]]] = {
    "Count": len,
    "Sum": _sum,
    "Avg": _mean,
    "Min": _least,
    "Max": _greatest,
}


def _require_grouped(item: Expression, by: list[Expression]) -> None:
    plain = item.unalias()
    names = {each.name for each in by if type(each).__name__ == "Column"}
    if plain in by or type(plain).__name__ in AGGREGATES:
        return
    if type(plain).__name__ == "Column":
        if plain.name not in names:
            raise SqlError(
                _("{column} is neither in GROUP BY nor in a function over the group").format(
                    column=plain.sql()
                )
            )
        return
    parts: Iterator[Any] = plain.iter_expressions()
    for part in parts:
        _require_grouped(part, by)
