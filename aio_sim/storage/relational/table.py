"""Rows of a table in its clustered tree, with the entries of its secondary indexes kept true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aio_sim.storage.relational.errors import DuplicateKeyError
from aio_sim.storage.relational.locks import LockMode, on_key
from aio_sim.storage.relational.schema import Index, TableSchema
from aio_sim.storage.relational.transaction import Isolation, Transaction
from aio_sim.storage.relational.transactions import TransactionManager
from aio_sim.storage.relational.values import Value, after, key_of, row_of, values_of

Row = tuple[Value, ...]


@dataclass(frozen=True)
class KeyRange:
    """Which keys to look at: of an index, or of the primary key (None)."""

    index: Index | None = None
    low: bytes = b""
    high: bytes | None = None


class Table:
    """The operations on one table; each belongs to a statement of a transaction.

    All raise LockWaitError and DeadlockError; see `TransactionManager`.
    """

    def __init__(self, transactions: TransactionManager, schema: TableSchema) -> None:
        self._transactions = transactions
        self.schema = schema

    def get(self, transaction: Transaction, key: bytes, lock: LockMode | None = None) -> Row | None:
        """Return the row with a primary key, None where there is none."""
        found = self.stored(transaction, key, lock)
        return None if found is None else values_of(found)

    def stored(
        self, transaction: Transaction, key: bytes, lock: LockMode | None = None
    ) -> bytes | None:
        """Return the bytes of the row with a primary key, None where there is none."""
        return self._transactions.get(transaction, self.schema.root, key, lock)

    def rows(
        self,
        transaction: Transaction,
        keys: KeyRange,
        lock: LockMode | None = None,
        limit: int | None = None,
    ) -> Iterator[Row]:
        """Yield the rows of a range of keys; see `stored_rows`."""
        return map(values_of, self.stored_rows(transaction, keys, lock, limit))

    def stored_rows(
        self,
        transaction: Transaction,
        keys: KeyRange,
        lock: LockMode | None = None,
        limit: int | None = None,
    ) -> Iterator[bytes]:
        """Yield the bytes of the rows of a range of keys, in the order of the index.

        With a lock, the range is locked as well as the rows; under read committed the rows only,
        which are looked up as the statement sees them and then read again, newest.
        """
        by_row = lock is not None and transaction.isolation is Isolation.READ_COMMITTED
        tree = self.schema.root if keys.index is None else keys.index.root
        entries = self._transactions.scan(
            transaction,
            tree,
            keys.low,
            keys.high,
            lock=None if by_row else lock,
            limit=limit,
        )
        if keys.index is None and not by_row:
            yield from (value for _key, value in entries)
            return
        for key, value in entries:
            row = self.stored(transaction, key if keys.index is None else value, lock)
            if row is not None:
                yield row

    def insert(self, transaction: Transaction, row: Row) -> None:
        """Add a row; raises DuplicateKeyError."""
        schema, key = self.schema, self.schema.key(row)
        if self._transactions.get(transaction, schema.root, key, LockMode.EXCLUSIVE) is not None:
            raise DuplicateKeyError(
                schema.name, "PRIMARY", schema.values_at(row, schema.primary_key)
            )
        self._transactions.write(transaction, schema.root, key, row_of(row))
        for index in schema.indexes:
            self.add_entry(transaction, index, row)

    def delete(self, transaction: Transaction, row: Row) -> None:
        """Take a row away that was read with an exclusive lock."""
        key = self.schema.key(row)
        for index in self.schema.indexes:
            self._lock_unique(transaction, index, row)
            self._transactions.write(transaction, index.root, self._entry(index, row), None)
        self._transactions.write(transaction, self.schema.root, key, None)

    def update(self, transaction: Transaction, row: Row, new: Row) -> None:
        """Put a row in the place of one that was read with an exclusive lock."""
        schema = self.schema
        if schema.key(row) != schema.key(new):
            self.delete(transaction, row)
            self.insert(transaction, new)
            return
        self._transactions.write(transaction, schema.root, schema.key(row), row_of(new))
        for index in schema.indexes:
            if self._entry(index, row) != self._entry(index, new):
                self._lock_unique(transaction, index, row)
                self._transactions.write(transaction, index.root, self._entry(index, row), None)
                self.add_entry(transaction, index, new)

    def add_entry(self, transaction: Transaction, index: Index, row: Row) -> None:
        """Add a row to an index; raises DuplicateKeyError where that is unique and has it."""
        if self._lock_unique(transaction, index, row):
            values = self.schema.values_at(row, index.columns)
            low = key_of(values)
            tree = self._transactions.tree(index.root)
            if next(tree.scan(low, after(low)), None) is not None:
                raise DuplicateKeyError(self.schema.name, index.name, values)
        entry = self._entry(index, row)
        self._transactions.write(transaction, index.root, entry, self.schema.key(row))

    def _entry(self, index: Index, row: Row) -> bytes:
        return key_of(self.schema.values_at(row, index.columns)) + self.schema.key(row)

    def _lock_unique(self, transaction: Transaction, index: Index, row: Row) -> bool:
        """Lock the values of a unique index against others; return False where there are none."""
        values = self.schema.values_at(row, index.columns)
        if not index.unique or None in values:
            return False
        request = on_key(index.root, key_of(values), LockMode.EXCLUSIVE)
        self._transactions.lock(transaction, request)
        return True
