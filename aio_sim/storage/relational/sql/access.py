"""Access paths: which index to use for a table, and which keys of it a condition leaves.

Chosen by rule, as the first systems did: all columns of a unique key, then the most columns of an
index by equality, then a range, then all rows. Source: Selinger et al., Access Path Selection in a
Relational Database Management System, SIGMOD 1979, whose costs need statistics that are not kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aio_sim.kernel.errors import InputError
from aio_sim.storage.relational.schema import Column, Index, TableSchema
from aio_sim.storage.relational.sql.expressions import Compiled, Scope, compiled
from aio_sim.storage.relational.table import KeyRange, Row
from aio_sim.storage.relational.values import Value, after, key_of

if TYPE_CHECKING:
    from sqlglot.expressions import Expression

_TURNED: Final = {"EQ": "EQ", "LT": "GT", "LTE": "GTE", "GT": "LT", "GTE": "LTE"}
"""What a comparison is when its sides change places."""


@dataclass(frozen=True)
class Bound:
    """A comparison of a column with something that is known before the table is read."""

    column: str
    comparison: str
    value: Compiled


@dataclass(frozen=True)
class Access:
    """An index (None: the primary key) and the bounds that it can use."""

    schema: TableSchema
    index: Index | None
    equal: tuple[Bound, ...] = ()
    limits: tuple[Bound, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the index is sorted by."""
        return self.schema.primary_key if self.index is None else self.index.columns

    @property
    def kind(self) -> str:
        """The name of the path in MySQL's EXPLAIN: const, ref, range, index or ALL."""
        if self.equal:
            return "const" if self._finds_one else "ref"
        if self.limits:
            return "range"
        return "ALL" if self.index is None else "index"

    @property
    def key(self) -> str | None:
        """The name of the index, None where all rows are read."""
        if self.index is not None:
            return self.index.name
        return "PRIMARY" if self.equal or self.limits else None

    @property
    def rank(self) -> tuple[bool, int, int, bool]:
        """The better of two paths has the greater rank."""
        return self._finds_one, len(self.equal), len(self.limits), self.index is None

    @property
    def _finds_one(self) -> bool:
        is_unique = self.index is None or self.index.unique
        return is_unique and len(self.equal) == len(self.columns)

    def keys(self, known: Row) -> KeyRange | None:
        """Return the keys to look at, given the values of what is known; None: there are none.

        Bounds whose values do not fit the column are not used; the condition is tested anyway.
        """
        values: list[Value] = []
        for bound in self.equal:
            found = bound.value(known)
            if found is None:
                return None
            if not fits(self.schema, bound.column, found):
                break
            values.append(_column(self.schema, bound.column).check(found))
        low = key_of(values)
        if len(values) < len(self.equal) or not self.limits:
            return KeyRange(self.index, low, after(low) if values else None)
        return self._limited(low, known)

    def _limited(self, prefix: bytes, known: Row) -> KeyRange | None:
        # NULL is no part of any range, and comes before all values.
        low, high = after(prefix + key_of([None])), after(prefix)
        for bound in self.limits:
            found = bound.value(known)
            if found is None:
                return None
            if not fits(self.schema, bound.column, found):
                continue
            key = prefix + key_of([_column(self.schema, bound.column).check(found)])
            if bound.comparison in ("GT", "GTE"):
                low = max(low, key if bound.comparison == "GTE" else after(key))
            else:
                high = min(high, key if bound.comparison == "LT" else after(key))
        return KeyRange(self.index, low, high) if low < high else None


def fits(schema: TableSchema, name: str, value: Value) -> bool:
    """Whether a value is one that a column can hold, or NULL."""
    try:
        return _column(schema, name).check(value) == value
    except InputError:
        return False


def _column(schema: TableSchema, name: str) -> Column:
    """Return a column without its size: a text that is too long still has a place in the order."""
    return Column(name, schema.columns[schema.place(name)].type)


def conjuncts(condition: Expression | None) -> Iterator[Expression]:
    """Yield the parts of a condition that must all hold."""
    if condition is None:
        return
    kind = type(condition).__name__
    if kind == "And":
        yield from conjuncts(condition.this)
        yield from conjuncts(condition.expression)
    elif kind == "Paren":
        yield from conjuncts(condition.this)
    else:
        yield condition


def choose(schema: TableSchema, table: Scope, known: Scope, conditions: list[Expression]) -> Access:
    """Return the best access path to a table, when the columns of `known` have values."""
    bounds = [
        bound
        for each in conditions
        for bound in _bounds(each, table, known)
        # What is known before any row is read can be tested now.
        if known.columns or fits(schema, bound.column, bound.value(()))
    ]
    indexes: list[Index | None] = [None, *schema.indexes]
    paths = [_path(schema, index, bounds) for index in indexes]
    useful = [path for path in paths if path.index is None or path.equal or path.limits]
    return max(useful, key=lambda path: path.rank)


def _path(schema: TableSchema, index: Index | None, bounds: list[Bound]) -> Access:
    columns = schema.primary_key if index is None else index.columns
    equal: list[Bound] = []
    for column in columns:
        found = [b for b in bounds if b.column == column and b.comparison == "EQ"]
        if not found:
            limits = [b for b in bounds if b.column == column]
            return Access(schema, index, tuple(equal), tuple(limits))
        equal.append(found[0])
    return Access(schema, index, tuple(equal))


def _bounds(condition: Expression, table: Scope, known: Scope) -> Iterator[Bound]:
    kind = type(condition).__name__
    if kind == "Between":
        sides = [("GTE", condition.args["low"]), ("LTE", condition.args["high"])]
        for comparison, value in sides:
            yield from _bound(condition.this, comparison, value, table, known)
    elif kind in _TURNED:
        yield from _bound(condition.this, kind, condition.expression, table, known)
        yield from _bound(condition.expression, _TURNED[kind], condition.this, table, known)


def _bound(
    column: Expression, comparison: str, value: Expression, table: Scope, known: Scope
) -> Iterator[Bound]:
    from sqlglot import expressions

    is_column = isinstance(column, expressions.Column) and table.has(column)
    if is_column and all(known.has(each) for each in value.find_all(expressions.Column)):
        yield Bound(column.name, comparison, compiled(value, known))
