"""SELECT: rows of a source, grouped, ordered, cut to length and projected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cmp_to_key
from itertools import islice
from typing import TYPE_CHECKING, Final

from aio_sim.kernel.messages import _
from aio_sim.storage.relational.catalogue import Catalogue
from aio_sim.storage.relational.errors import SqlError
from aio_sim.storage.relational.locks import LockMode
from aio_sim.storage.relational.sql.aggregates import grouped
from aio_sim.storage.relational.sql.expressions import Compiled, Scope, compiled, constant
from aio_sim.storage.relational.sql.operators import compare, is_true
from aio_sim.storage.relational.sql.parsing import DIALECT, refuse_others, unsupported
from aio_sim.storage.relational.sql.sources import Source, joined, single
from aio_sim.storage.relational.table import Row
from aio_sim.storage.relational.transaction import Transaction

if TYPE_CHECKING:
    from sqlglot.expressions import Expression

_UNDERSTOOD: Final = {
    "expressions", "distinct", "from_", "joins", "where", "group", "having", "order", "limit",
    "offset", "locks",
}  # fmt: skip


class Select:
    """A SELECT, ready to be run once.

    Raises SqlError for what is not in the subset, UnknownName for tables and columns there are not.
    """

    def __init__(
        self, catalogue: Catalogue, node: Expression, parameters: Sequence[object]
    ) -> None:
        refuse_others(node, _UNDERSTOOD)
        if not node.expressions:
            raise unsupported(_("a SELECT of nothing"), node)
        self._node = node
        self._parameters = parameters
        self.source = _source(catalogue, node, parameters)
        self._items = list(self._starless(node.expressions))
        self.columns = tuple(_name_of(item) for item in self._items)
        self.lock = _lock_of(node)
        scope = self.source.scope
        scope.aggregates = []
        scope.aliases = {item.alias: item.this for item in self._items if item.alias}
        self._project = [compiled(item, scope) for item in self._items]
        self._having = self._compiled_part("having")
        self._order = [
            (compiled(self._ordered_by(each), scope), bool(each.args.get("desc")))
            for each in _expressions(node, "order")
        ]
        self._is_grouped = bool(scope.aggregates or node.args.get("group"))
        if self._having is not None and not self._is_grouped:
            raise unsupported("HAVING", node)

    def run(self, transaction: Transaction) -> list[Row]:
        """Return the rows."""
        rows: Iterable[Row] = self.source.rows(transaction, self.lock)
        if self._is_grouped:
            group = _expressions(self._node, "group")
            rows = grouped(rows, group, self._items, self.source.scope)
        if self._having is not None:
            having = self._having
            rows = (row for row in rows if is_true(having(row)))
        if self._order and not self._comes_in_order():
            rows = sorted(rows, key=cmp_to_key(self._compare))
        projected: Iterator[Row] = (tuple(item(row) for item in self._project) for row in rows)
        if self._node.args.get("distinct"):
            projected = iter(dict.fromkeys(projected))
        skipped, limit = self._count("offset") or 0, self._count("limit")
        return list(islice(projected, skipped, None if limit is None else skipped + limit))

    def _starless(self, items: list[Expression]) -> Iterator[Expression]:
        """Yield the select list with each `*` replaced by the columns."""
        from sqlglot import expressions

        for item in items:
            if not item.is_star or isinstance(item, expressions.Count):
                yield item
                continue
            table = item.text("table")
            columns = [each for each in self.source.columns if table in ("", each[0])]
            if not columns:
                raise SqlError(_("there is no table {name} here").format(name=table))
            for of, name in columns:
                yield expressions.column(name, table=of)

    def _ordered_by(self, ordered: Expression) -> Expression:
        """Return what to order by; a number is a place in the select list."""
        by: Expression = ordered.this
        if type(by).__name__ != "Literal":
            return by
        place = int(by.name) if by.name.isdigit() else 0
        if not 1 <= place <= len(self._items):
            raise SqlError(_("ORDER BY {place}: there is no such column").format(place=by.name))
        return self._items[place - 1]

    def _comes_in_order(self) -> bool:
        """Whether the rows come as they are to be ordered, because the index is."""
        tables = self.source.tables
        if len(tables) > 1 or self._is_grouped or any(falls for _by, falls in self._order):
            return False
        access = tables[0].access
        sorted_by = access.columns[len(access.equal) :]
        if access.index is not None:
            sorted_by += access.schema.primary_key
        wanted = [self._ordered_by(each) for each in _expressions(self._node, "order")]
        return len(wanted) <= len(sorted_by) and all(
            type(by).__name__ == "Column" and by.name == column
            for by, column in zip(wanted, sorted_by, strict=False)
        )

    def _compare(self, left: Row, right: Row) -> int:
        for by, falls in self._order:
            order = compare(by(left), by(right))
            if order:
                return -order if falls else order
        return 0

    def _compiled_part(self, name: str) -> Compiled | None:
        part = self._node.args.get(name)
        return None if part is None else compiled(part.this, self.source.scope)

    def _count(self, name: str) -> int | None:
        part = self._node.args.get(name)
        if part is None:
            return None
        value = constant(part.expression, self._parameters)
        if not isinstance(value, int) or value < 0:
            raise SqlError(
                _("{name} must be a whole number, 0 or more, not {value!r}").format(
                    name=name.upper(), value=value
                )
            )
        return value


def _source(catalogue: Catalogue, node: Expression, parameters: Sequence[object]) -> Source:
    if node.args.get("from_") is None:
        return Source(Scope([], parameters), [], None)
    joins = node.args.get("joins") or []
    if len(joins) > 1:
        raise unsupported(_("a join of more than two tables"), node)
    where = node.args.get("where")
    condition = None if where is None else where.this
    table = node.args["from_"].this
    if joins:
        return joined(catalogue, table, joins[0], condition, parameters)
    return single(catalogue, table, condition, parameters)


def _lock_of(node: Expression) -> LockMode | None:
    locks = node.args.get("locks") or []
    for lock in locks:
        refuse_others(lock, {"update"})
    if not locks:
        return None
    return LockMode.EXCLUSIVE if locks[0].args.get("update") else LockMode.SHARED


def _expressions(node: Expression, name: str) -> list[Expression]:
    part = node.args.get(name)
    if part is None:
        return []
    refuse_others(part, {"expressions"})
    found: list[Expression] = part.expressions
    return found


def _name_of(item: Expression) -> str:
    name: str = item.alias_or_name if type(item).__name__ in ("Alias", "Column") else ""
    return name or item.sql(dialect=DIALECT)
