"""The relational engine behind the interface that all storage engines share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from aio_sim.storage.cost import Cost
from aio_sim.storage.engine import Record, Snapshot, joined
from aio_sim.storage.pages.page import lsn_of
from aio_sim.storage.pages.redo_log import RedoLog
from aio_sim.storage.relational.catalogue import Catalogue
from aio_sim.storage.relational.database import Database
from aio_sim.storage.relational.locks import LockMode
from aio_sim.storage.relational.page_store import PageStore
from aio_sim.storage.relational.recovery import recover
from aio_sim.storage.relational.settings import LOG_BLOCK, Settings, Volume
from aio_sim.storage.relational.table import KeyRange
from aio_sim.storage.relational.transaction import Isolation, Transaction
from aio_sim.storage.relational.transactions import TransactionManager
from aio_sim.storage.system import EngineKind

KIND: Final = "relational"


class RelationalEngine:
    """A database on a volume, opened with recovery where it was not closed.

    Each verb is a transaction of its own; `session` of `sql.session` gives SQL and longer ones.
    """

    def __init__(self, volume: Volume) -> None:
        self.database = Database(volume)
        self.catalogue = Catalogue(self.database)
        self.transactions = self.database.transactions

    @property
    def kind(self) -> str:
        """The engine's name."""
        return KIND

    @property
    def cost(self) -> Cost:
        """All that was done since the database was opened, recovery included."""
        return self.database.cost

    @property
    def stores(self) -> list[str]:
        """Names of the tables, sorted."""
        return self.catalogue.names

    def put(self, store: str, record: Record) -> None:
        """Insert a row, or replace the one with its primary key; raises SchemaError."""
        table = self.catalogue.table(store)
        row = table.schema.row(record)
        with self._transaction() as transaction:
            there = table.get(transaction, table.schema.key(row), LockMode.EXCLUSIVE)
            if there is None:
                table.insert(transaction, row)
            else:
                table.update(transaction, there, row)

    def get(self, store: str, key: object) -> Record | None:
        """Return the row with a primary key, None where there is none."""
        table = self.catalogue.table(store)
        with self._transaction() as transaction:
            row = table.get(transaction, table.schema.key_for(key))
        return None if row is None else table.schema.record(row)

    def delete(self, store: str, key: object) -> bool:
        """Delete the row with a primary key; return whether it was there."""
        table = self.catalogue.table(store)
        with self._transaction() as transaction:
            row = table.get(transaction, table.schema.key_for(key), LockMode.EXCLUSIVE)
            if row is not None:
                table.delete(transaction, row)
        return row is not None

    def scan(self, store: str, low: object, count: int) -> list[Record]:
        """Return up to `count` rows in the order of the primary key, from `low` on."""
        table = self.catalogue.table(store)
        with self._transaction() as transaction:
            keys = KeyRange(low=table.schema.key_for(low))
            return [table.schema.record(row) for row in table.rows(transaction, keys, limit=count)]

    def advance(self, now: int) -> None:
        """Let time go on to `now` ns: the lazy flush of the log, the age of pages in the pool."""
        self.transactions.advance(now)

    def resize(self, blocks: int) -> None:
        """Give the data file another number of pages; raises InputError where rows are there."""
        self.database.resize(blocks)

    def back_up(self, since: int = 0) -> Snapshot:
        """Return the pages in use whose LSN is above `since`, and the log that they need.

        Consistent whatever is open: recovery undoes that.
        """
        return _snapshot(self.transactions, since)

    def close(self) -> None:
        """Roll back what is open, write everything back and stop."""
        self.database.close()

    @contextmanager
    def _transaction(self) -> Iterator[Transaction]:
        transaction = self.transactions.begin(Isolation.REPEATABLE_READ)
        try:
            with self.transactions.statement(transaction):
                yield transaction
        except Exception:
            if transaction.is_open and not self.database.has_stopped:
                self.transactions.rollback(transaction)
            raise
        self.transactions.commit(transaction)


def restore(settings: Settings, snapshots: Iterable[Snapshot]) -> Volume:
    """Return a volume with what a full snapshot holds and those that build on it, in order.

    Raises InputError where they do not build on each other.
    """
    newest, pages = joined(KIND, settings.page_size, snapshots)
    volume = Volume(settings, newest.blocks)
    for number, page in pages.items():
        volume.data.write(number, page)
    volume.data.flush()
    RedoLog.restore(volume.log, newest.at, newest.log)
    return volume


def roll_forward(
    settings: Settings, snapshots: Sequence[Snapshot], archived: bytes
) -> tuple[Volume, Cost]:
    """Return a volume of what `restore` gives and the log behind the last snapshot; and its cost.

    What fits into the log of the database is left to its recovery; more is redone here. Who is open
    at the end of the archived log stays so, for recovery to undo. Raises what `restore` does.
    """
    chain = [*snapshots[:-1], replace(snapshots[-1], log=archived)]
    if 2 * len(archived) <= settings.log_size:
        return restore(settings, chain), Cost()
    log_size = (4 * len(archived) // LOG_BLOCK + 1) * LOG_BLOCK
    store = PageStore(restore(replace(settings, log_size=log_size), chain))
    report = recover(store)
    transactions = TransactionManager(store, report.next_transaction)
    for number, undo in sorted(report.losers.items()):
        transactions.adopt(number, undo)
    whole = _snapshot(transactions, 0)
    return restore(settings, [whole]), store.cost


def _snapshot(transactions: TransactionManager, since: int) -> Snapshot:
    """Return the pages in use whose LSN is above `since`, after a checkpoint, and the log."""
    transactions.checkpoint(whole=True)
    store = transactions.store
    data, log = store.volume.data, store.log
    pages = {number: data.copy_of(number) for number in range(store.pages_taken)}
    return Snapshot(
        kind=KIND,
        blocks=data.blocks,
        block_size=data.block_size,
        at=log.checkpoint.lsn,
        since=since,
        changed={number: page for number, page in pages.items() if lsn_of(page) > since},
        log=log.archive(log.checkpoint.lsn),
    )


def relational_kind(settings: Settings) -> EngineKind[Any]:
    """Return how a storage system makes relational databases with some settings."""
    return EngineKind(
        create=lambda blocks: Volume(settings, blocks),
        open=RelationalEngine,
        restore=lambda snapshots: restore(settings, snapshots),
    )
