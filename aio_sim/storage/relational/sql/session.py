"""A client's connection: statements in, rows and costs out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aio_sim.kernel.errors import UnknownName
from aio_sim.kernel.messages import _
from aio_sim.storage.cost import Cost
from aio_sim.storage.relational.engine import RelationalEngine
from aio_sim.storage.relational.sql import changes, definitions
from aio_sim.storage.relational.sql.parsing import STATEMENTS, parse, unsupported
from aio_sim.storage.relational.sql.selection import Select
from aio_sim.storage.relational.table import Row
from aio_sim.storage.relational.transaction import Isolation, Transaction

if TYPE_CHECKING:
    from sqlglot.expressions import Expression

_ISOLATION: Final = re.compile(
    r"\s*SET\s+(?:SESSION\s+)?TRANSACTION\s+ISOLATION\s+LEVEL\s+(.+?)\s*;?\s*", re.IGNORECASE
)


@dataclass(frozen=True)
class Result:
    """The answer to a statement, and what it cost."""

    columns: tuple[str, ...]
    rows: list[Row]
    affected: int
    """Rows inserted, deleted, or met by an UPDATE."""
    cost: Cost


class Session:
    """Runs statements, each a transaction of its own but between BEGIN and COMMIT or ROLLBACK.

    A statement that meets a lock raises LockWaitError and has had no effect: within a transaction
    it waits in the queue and can be tried again; alone, its transaction is rolled back. A
    definition (CREATE, DROP) commits what is open, as in MySQL.
    """

    def __init__(
        self, engine: RelationalEngine, isolation: Isolation = Isolation.REPEATABLE_READ
    ) -> None:
        self._engine = engine
        self.isolation = isolation
        self.transaction: Transaction | None = None

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> Result:
        """Run a statement, with a value for each `?`.

        Raises SqlError, UnknownName, SchemaError, DuplicateKeyError, LockWaitError, DeadlockError,
        DiskFullError, TransactionTooLargeError.
        """
        before = self._engine.cost
        columns, rows, affected = self._run(sql, parameters)
        return Result(columns, rows, affected, self._engine.cost.minus(before))

    def _run(
        self, sql: str, parameters: Sequence[object]
    ) -> tuple[tuple[str, ...], list[Row], int]:
        if level := _ISOLATION.fullmatch(sql):
            self.isolation = _isolation(level[1])
            return (), [], 0
        node = parse(sql)
        kind = type(node).__name__
        if kind in ("Transaction", "Commit", "Rollback"):
            self._control(kind)
        elif kind in ("Create", "Drop"):
            self._control("Commit")
            (definitions.create if kind == "Create" else definitions.drop)(
                self._engine.catalogue, node
            )
        elif kind in _CHANGES:
            with self._statement() as transaction:
                change = _CHANGES[kind]
                return (), [], change(self._engine.catalogue, node, parameters, transaction)
        elif kind in ("Select", "Describe"):
            return self._select(node, parameters)
        else:
            raise unsupported(_("anything but {known}").format(known=STATEMENTS), node)
        return (), [], 0

    def _select(
        self, node: Expression, parameters: Sequence[object]
    ) -> tuple[tuple[str, ...], list[Row], int]:
        is_explained = type(node).__name__ == "Describe"
        inner = node.this if is_explained else node
        if type(inner).__name__ != "Select":
            raise unsupported("EXPLAIN", node)
        with self._statement() as transaction:
            select = Select(self._engine.catalogue, inner, parameters)
            before = self._engine.cost
            rows = select.run(transaction)
            if not is_explained:
                return select.columns, rows, 0
            return (*_explained(select, len(rows), self._engine.cost.minus(before)), 0)

    def _control(self, kind: str) -> None:
        """Begin, commit or roll back; to begin commits what is open."""
        transaction, self.transaction = self.transaction, None
        if transaction is not None and kind == "Rollback":
            if transaction.is_open:  # else a deadlock has done it
                self._engine.transactions.rollback(transaction)
        elif transaction is not None:
            self._engine.transactions.commit(transaction)
        if kind == "Transaction":
            self.transaction = self._engine.transactions.begin(self.isolation)

    @contextmanager
    def _statement(self) -> Iterator[Transaction]:
        """Yield the transaction that a statement belongs to; end it where it is the statement's."""
        transactions = self._engine.transactions
        own = self.transaction
        transaction = transactions.begin(self.isolation) if own is None else own
        try:
            with transactions.statement(transaction):
                yield transaction
        except Exception:
            self._give_up(transaction)
            raise
        if own is None:
            transactions.commit(transaction)

    def _give_up(self, transaction: Transaction) -> None:
        """After an error: end a transaction that was the statement's, forget one that is over."""
        if not transaction.is_open:
            self.transaction = None
        elif self.transaction is None and not self._engine.database.has_stopped:
            self._engine.transactions.rollback(transaction)


_CHANGES: Final[dict[str, Callable[..., int]]] = {
    "Insert": changes.insert,
    "Update": changes.update,
    "Delete": changes.delete,
}


def _isolation(name: str) -> Isolation:
    levels = {level.value: level for level in Isolation}
    found = levels.get(" ".join(name.lower().split()))
    if found is None:
        raise UnknownName(_("isolation level"), name.lower(), levels)
    return found


def _explained(select: Select, returned: int, cost: Cost) -> tuple[tuple[str, ...], list[Row]]:
    """Return a row a table: its path and rows; the pages are those of the whole statement."""
    columns = ("table", "type", "key", "examined", "returned", "pages", "pages_read")
    rows: list[Row] = [
        (
            table.name,
            table.access.kind,
            table.access.key,
            table.examined,
            returned,
            cost.pages_touched,
            cost.pages_read,
        )
        for table in select.source.tables
    ]
    return columns, rows
