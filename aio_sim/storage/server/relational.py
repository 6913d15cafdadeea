"""The relational engine as a storage server uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from typing import Any, Final

from aio_sim.storage.cost import Cost
from aio_sim.storage.engine import Record, Snapshot
from aio_sim.storage.pages.redo_log import LARGEST_SHARE, RedoLog
from aio_sim.storage.relational.engine import RelationalEngine, roll_forward
from aio_sim.storage.relational.locks import LockMode
from aio_sim.storage.relational.schema import Column, ColumnType, TableSchema
from aio_sim.storage.relational.settings import Volume
from aio_sim.storage.relational.table import KeyRange
from aio_sim.storage.relational.transaction import Isolation, Transaction
from aio_sim.storage.server.database import Definition

LOADED_TOGETHER: Final = 200
"""Rows of the initial load in one transaction. An assumption: some hundred kilobytes of log."""

DIRTY_SHARE: Final = 10
"""Pages are written back in the background above a tenth of the pool. Source: MySQL Reference
Manual, innodb_max_dirty_pages_pct_lwm."""

LOG_SHARE: Final = 4
"""And while a quarter of the log is in use; at a half, who writes must wait (see `redo_log`).
An assumption; innodb_adaptive_flushing_lwm is a tenth."""

_COLUMN_TYPES: Final = {
    "integer": ColumnType.INTEGER,
    "real": ColumnType.DOUBLE,
    "text": ColumnType.TEXT,
}


class RelationalSession:
    """Transactions of one client on the relational engine."""

    def __init__(self, engine: RelationalEngine, isolation: Isolation) -> None:
        self._engine = engine
        self._isolation = isolation
        self._transactions = engine.transactions
        self._transaction: Transaction

    autocommit = False

    def begin(self) -> None:
        """Begin a transaction."""
        self._transaction = self._transactions.begin(self._isolation)

    @property
    def writes(self) -> bool:
        """Whether the transaction has written."""
        return self._transaction.wrote

    @property
    def may_go_on(self) -> bool:
        """Whether nobody is in the way of a statement that had to wait."""
        return not self._transactions.locks.blockers(self._transaction.number)

    def get(self, store: str, key: object, lock: bool) -> Record | None:
        """Return a row, None where there is none; raises LockWaitError, DeadlockError."""
        table = self._engine.catalogue.table(store)
        with self._transactions.statement(self._transaction):
            row = table.stored(
                self._transaction, table.schema.key_for(key), LockMode.EXCLUSIVE if lock else None
            )
        return None if row is None else table.schema.stored(row)

    def put(self, store: str, record: Record) -> None:
        """Insert or replace a row; raises LockWaitError, DeadlockError."""
        table = self._engine.catalogue.table(store)
        row = table.schema.row(record)
        with self._transactions.statement(self._transaction):
            there = table.get(self._transaction, table.schema.key(row), LockMode.EXCLUSIVE)
            if there is None:
                table.insert(self._transaction, row)
            else:
                table.update(self._transaction, there, row)

    def change(self, store: str, key: object, fields: Record) -> bool:
        """Set some columns of a row; return whether it is there. See `put` for what it raises."""
        return self._update(store, key, lambda _old: fields)

    def add(self, store: str, key: object, amounts: Record) -> bool:
        """Add to some columns of a row; return whether it is there. It raises what `put` does."""
        return self._update(
            store, key, lambda old: {name: old[name] + amounts[name] for name in amounts}
        )

    def delete(self, store: str, key: object) -> bool:
        """Delete a row; return whether it was there. See `put` for what it raises."""
        table = self._engine.catalogue.table(store)
        with self._transactions.statement(self._transaction):
            row = table.get(self._transaction, table.schema.key_for(key), LockMode.EXCLUSIVE)
            if row is not None:
                table.delete(self._transaction, row)
        return row is not None

    def scan(self, store: str, low: object, count: int) -> list[Record]:
        """Return up to `count` rows from `low` on, in the order of the primary key."""
        table = self._engine.catalogue.table(store)
        keys = KeyRange(low=table.schema.key_for(low))
        with self._transactions.statement(self._transaction):
            rows = table.stored_rows(self._transaction, keys, limit=count)
            return list(map(table.schema.stored, rows))

    def _update(self, store: str, key: object, changes: Callable[[Any], Record]) -> bool:
        table = self._engine.catalogue.table(store)
        schema = table.schema
        with self._transactions.statement(self._transaction):
            found = table.get(self._transaction, schema.key_for(key), LockMode.EXCLUSIVE)
            if found is None:
                return False
            new = list(found)
            for name, value in changes(schema.record(found)).items():
                place = schema.place(name)
                new[place] = schema.columns[place].check(value)
            table.update(self._transaction, found, tuple(new))
        return True

    def commit(self) -> int:
        """Commit; return the LSN up to which the log must be durable, 0 where nothing must."""
        return self._transactions.commit(self._transaction, flush=False)

    def roll_back(self) -> None:
        """Undo what the transaction did, where that was not done to it already."""
        if self._transaction.is_open:
            self._transactions.rollback(self._transaction)


class OpenRelational:
    """An open relational database."""

    def __init__(self, volume: Volume, isolation: Isolation) -> None:
        self._engine = RelationalEngine(volume)
        self._isolation = isolation
        self._store = self._engine.database.store
        self.page_size = volume.settings.page_size
        self.recovered_to = self._engine.database.report.end
        self.log_read = self._engine.database.report.log_read
        self._cleaned_above = volume.settings.pool_pages // DIRTY_SHARE

    @property
    def cost(self) -> Cost:
        """All that was done since it was opened."""
        return self._store.cost

    @property
    def durable(self) -> int:
        """The LSN up to which the log is durable."""
        return self._store.log.durable

    @property
    def victims(self) -> int:
        """Transactions rolled back because of a deadlock."""
        return self._engine.transactions.deadlocks

    @property
    def wants_cleaning(self) -> bool:
        """Whether much of the pool is dirty, or much of the log in use."""
        log = self._store.log
        return (
            len(self._store.pool.dirty) > self._cleaned_above
            or LOG_SHARE * log.in_use > log.capacity
        )

    @property
    def log(self) -> RedoLog:
        """The redo log."""
        return self._store.log

    def back_up(self, since: int = 0) -> Snapshot:
        """Return a snapshot, after a checkpoint."""
        return self._engine.back_up(since)

    def is_overwritten(self, number: int, image: bytes) -> bool:
        """Return whether a page of a snapshot was written in place since."""
        return self._store.volume.data.copy_of(number) != image

    def session(self) -> RelationalSession:
        """Return a session at the isolation level of this database."""
        return RelationalSession(self._engine, self._isolation)

    def advance(self, now: int) -> None:
        """Let the pool know the time; the log is flushed when the server says so."""
        self._store.pool.now = now

    def flush(self) -> None:
        """Make all of the log durable."""
        self._store.log.flush()

    def clean(self, pages: int) -> None:
        """Write back the pages that were dirty longest; make a checkpoint where the log is long."""
        pool, log = self._store.pool, self._store.log
        pool.write_oldest(pages)
        if LOG_SHARE * log.in_use > log.capacity:
            oldest = next(iter(pool.dirty.values()), None)
            if oldest is None or oldest.dirty_since >= log.end - log.capacity // LARGEST_SHARE:
                self._engine.transactions.checkpoint()

    def define(self, definition: Definition) -> None:
        """Make a table."""
        columns = tuple(
            Column(name, _COLUMN_TYPES[kind], nullable=name not in definition.key)
            for name, kind in definition.fields.items()
        )
        self._engine.catalogue.create_table(TableSchema(definition.name, columns, definition.key))

    def load(self, store: str, records: Iterable[Record]) -> None:
        """Insert rows, many in a transaction, and write all pages back."""
        table = self._engine.catalogue.table(store)
        transactions = self._engine.transactions
        transaction = transactions.begin()
        for number, record in enumerate(records, 1):
            table.insert(transaction, table.schema.row(record))
            if number % LOADED_TOGETHER == 0:
                transactions.commit(transaction, flush=False)
                transaction = transactions.begin()
        transactions.commit(transaction, flush=False)
        transactions.checkpoint(whole=True)

    def records(self, store: str) -> Iterator[Record]:
        """Yield all rows of a table, in the order of the primary key, as they are committed."""
        table = self._engine.catalogue.table(store)
        transaction = self._engine.transactions.begin()
        yield from map(table.schema.record, table.rows(transaction, KeyRange()))
        self._engine.transactions.commit(transaction)

    def close(self) -> None:
        """Write everything back and stop."""
        self._engine.close()


class RelationalInstallation:
    """The files of a relational database."""

    def __init__(self, volume: Volume, isolation: Isolation = Isolation.REPEATABLE_READ) -> None:
        self._volume = volume
        self._isolation = isolation

    def open(self) -> OpenRelational:
        """Open the database, with recovery where it was not closed."""
        return OpenRelational(self._volume, self._isolation)

    def lose_power(self, survives: Callable[[], bool]) -> None:
        """Let the power go, and come back."""
        self._volume.power.is_on = False
        self._volume.restart(survives)

    def restored(self, chain: Sequence[Snapshot], archived: bytes) -> tuple[Volume, Cost]:
        """Return what a chain of snapshots and the redo log behind the last give, and the cost."""
        return roll_forward(self._volume.settings, chain, archived)

    def look_into(self, files: Volume) -> OpenRelational:
        """Open a copy of some files."""
        return OpenRelational(deepcopy(files), self._isolation)

    def adopt(self, files: Volume) -> None:
        """Have some files in the place of what there was."""
        self._volume = files

    def check(self) -> None:
        """Do nothing: its answers are checked by tests."""
