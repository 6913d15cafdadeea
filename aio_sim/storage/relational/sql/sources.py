"""The rows that a statement works on: one table by its best path, or two by nested loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aio_sim.kernel.messages import _
from aio_sim.storage.relational.catalogue import Catalogue
from aio_sim.storage.relational.errors import SqlError
from aio_sim.storage.relational.locks import LockMode
from aio_sim.storage.relational.sql.access import Access, choose, conjuncts
from aio_sim.storage.relational.sql.expressions import Compiled, Scope, compiled
from aio_sim.storage.relational.sql.operators import is_true
from aio_sim.storage.relational.sql.parsing import refuse_others, unsupported
from aio_sim.storage.relational.table import Row, Table
from aio_sim.storage.relational.transaction import Transaction

if TYPE_CHECKING:
    from sqlglot.expressions import Expression


@dataclass
class Named:
    """A table under the name that a statement gives it, with the path to its rows."""

    name: str
    table: Table
    access: Access
    examined: int = 0
    """Rows looked at."""

    @property
    def columns(self) -> list[tuple[str, str]]:
        """The name of the table with each of its columns."""
        return [(self.name, column) for column in self.table.schema.column_names]

    def rows(self, transaction: Transaction, known: Row, lock: LockMode | None) -> Iterator[Row]:
        """Yield the rows that the path leads to, given the values of what is known."""
        keys = self.access.keys(known)
        if keys is None:
            return
        for row in self.table.rows(transaction, keys, lock):
            self.examined += 1
            yield row


def named(catalogue: Catalogue, node: Expression) -> Named:
    """Return the table that a statement names; raises UnknownName."""
    if type(node).__name__ != "Table":
        raise unsupported("SUBQUERY", node)
    refuse_others(node, {"this", "alias"})
    table = catalogue.table(node.name)
    return Named(node.alias or node.name, table, Access(table.schema, None))


@dataclass
class Source:
    """What FROM and WHERE leave: the tables in the order in which they are read, and a filter."""

    scope: Scope
    tables: list[Named]
    condition: Compiled | None
    on: Compiled | None = None
    is_outer: bool = False
    is_turned: bool = False
    """Whether the tables are read in another order than the statement names them."""

    @property
    def columns(self) -> list[tuple[str, str]]:
        """The columns in the order in which the statement names the tables."""
        tables = self.tables[::-1] if self.is_turned else self.tables
        return [column for table in tables for column in table.columns]

    def rows(self, transaction: Transaction, lock: LockMode | None = None) -> Iterator[Row]:
        """Yield the rows of the tables side by side, in the order of `scope`."""
        if not self.tables:
            return iter([()])
        rows = self.tables[0].rows(transaction, (), lock)
        if len(self.tables) > 1:
            rows = self._joined(rows, transaction, lock)
        if self.condition is None:
            return rows
        condition = self.condition
        return (row for row in rows if is_true(condition(row)))

    def _joined(
        self, rows: Iterator[Row], transaction: Transaction, lock: LockMode | None
    ) -> Iterator[Row]:
        inner = self.tables[1]
        nothing: Row = (None,) * len(inner.columns)
        for row in rows:
            is_alone = True
            for other in inner.rows(transaction, row, lock):
                pair = row + other
                if self.on is None or is_true(self.on(pair)):
                    is_alone = False
                    yield pair
            if is_alone and self.is_outer:
                yield row + nothing


def single(
    catalogue: Catalogue, node: Expression, where: Expression | None, parameters: Sequence[object]
) -> Source:
    """Return one table with a condition."""
    table = named(catalogue, node)
    scope = Scope(table.columns, parameters)
    condition = None if where is None else compiled(where, scope)
    table.access = _access(table, [], list(conjuncts(where)), parameters)
    return Source(scope, [table], condition)


def joined(
    catalogue: Catalogue,
    node: Expression,
    join: Expression,
    where: Expression | None,
    parameters: Sequence[object],
) -> Source:
    """Return two tables joined; the one with the better path of its own is read first.

    A LEFT JOIN keeps its order, and its rows on the right are found by ON alone.
    """
    refuse_others(join, {"this", "on", "side", "kind"})
    if join.text("side") not in ("", "LEFT") or join.text("kind") not in ("", "INNER", "CROSS"):
        raise unsupported(f"{join.text('side')} {join.text('kind')} JOIN".strip(), join)
    tables = [named(catalogue, node), named(catalogue, join.this)]
    if tables[0].name == tables[1].name:
        raise SqlError(_("{name} is there twice: give one an alias").format(name=tables[0].name))
    on = join.args.get("on")
    is_outer = join.text("side") == "LEFT"
    tests = list(conjuncts(where)), list(conjuncts(on))
    first = tables[0]
    if not is_outer:
        tables = _best_first(tables, [*tests[0], *tests[1]], parameters)
        tests = ([*tests[0], *tests[1]],) * 2
    tables[0].access = _access(tables[0], [], tests[0], parameters)
    tables[1].access = _access(tables[1], tables[0].columns, tests[1], parameters)
    scope = Scope([*tables[0].columns, *tables[1].columns], parameters)
    both = _compiler(scope)
    return Source(scope, tables, both(where), both(on), is_outer, tables[0] is not first)


def _compiler(scope: Scope) -> Callable[[Expression | None], Compiled | None]:
    return lambda condition: None if condition is None else compiled(condition, scope)


def _best_first(
    tables: list[Named], tests: list[Expression], parameters: Sequence[object]
) -> list[Named]:
    first, second = (_access(table, [], tests, parameters).rank[:3] for table in tables)
    return tables if first >= second else tables[::-1]


def _access(
    table: Named,
    known: list[tuple[str, str]],
    tests: list[Expression],
    parameters: Sequence[object],
) -> Access:
    own = Scope(table.columns, parameters)
    return choose(table.table.schema, own, Scope(known, parameters), tests)
