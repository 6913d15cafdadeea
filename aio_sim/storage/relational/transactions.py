"""Transactions: writes that can be undone, reads at an isolation level, commits that last.

Source: Gray & Reuter, Transaction Processing, 1993; the levels are those of MySQL's manual,
Transaction Isolation Levels, and differ by what they let happen: see docs/background/relational.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import AioSimError
from aio_sim.storage.pages.bplus_tree import BPlusTree
from aio_sim.storage.pages.redo_log import LARGEST_SHARE
from aio_sim.storage.relational.errors import DeadlockError, LockWaitError, TransactionTooLargeError
from aio_sim.storage.relational.locks import LockManager, LockMode, Request, on_key
from aio_sim.storage.relational.page_store import PageStore
from aio_sim.storage.relational.records import Active, Commit, End, Undo, Undone
from aio_sim.storage.relational.settings import Durability
from aio_sim.storage.relational.transaction import Isolation, Transaction
from aio_sim.storage.relational.versions import ReadView, VersionStore

UNDO_SHARE = 4
"""The undo of all open transactions may take a quarter of the log, for checkpoints repeat it."""


class TransactionManager:
    """Runs transactions on the trees of a page store, from `next_number` on."""

    def __init__(self, store: PageStore, next_number: int = 1) -> None:
        self.store = store
        self.locks = LockManager()
        self.versions = VersionStore()
        self.open: dict[int, Transaction] = {}
        self.commits = 0
        self.deadlocks = 0
        self._next = next_number
        self._undo_bytes = 0
        self._last_flush = 0
        self._trees: dict[int, BPlusTree] = {}

    def tree(self, root: int) -> BPlusTree:
        """Return the tree with a root."""
        found = self._trees.get(root)
        if found is None:
            found = self._trees[root] = BPlusTree(self.store, root)
        return found

    def forget(self, root: int) -> None:
        """Forget a tree that was dropped."""
        self._trees.pop(root, None)

    def begin(self, isolation: Isolation = Isolation.REPEATABLE_READ) -> Transaction:
        """Begin a transaction."""
        transaction = Transaction(self._next, isolation)
        self._next += 1
        self.open[transaction.number] = transaction
        return transaction

    def adopt(self, number: int, undo: list[Undo]) -> Transaction:
        """Take up a transaction that a crash left open, to be rolled back."""
        transaction = Transaction(number, Isolation.REPEATABLE_READ)
        transaction.undo, transaction.wrote = undo, True
        for record in undo:
            self._undo_bytes += record.size
            self.versions.add(record.tree, record.key, transaction, record.before)
        self.open[number] = transaction
        return transaction

    @contextmanager
    def statement(self, transaction: Transaction) -> Iterator[None]:
        """Run what is inside as a whole: an error takes back what it changed, and no more."""
        transaction.require_open()
        savepoint = len(transaction.undo)
        try:
            yield
            self.locks.stop_waiting(transaction.number)
        except AioSimError:
            if transaction.is_open:
                self._undo(transaction, savepoint)
            raise
        finally:
            if transaction.isolation is not Isolation.REPEATABLE_READ:
                transaction.view = None

    def get(
        self, transaction: Transaction, tree: int, key: bytes, lock: LockMode | None = None
    ) -> bytes | None:
        """Return the value of a key as the transaction sees it; with a lock, the newest value.

        Raises LockWaitError where another holds it, DeadlockError for the victim of a deadlock.
        """
        transaction.require_open()
        lock = self._lock_of(transaction, lock)
        if lock is not None:
            self.lock(transaction, on_key(tree, key, lock))
        newest = self.tree(tree).get(key)
        if lock is not None:
            return newest
        return self.versions.value(tree, key, newest, self._view(transaction))

    def scan(
        self,
        transaction: Transaction,
        tree: int,
        low: bytes,
        high: bytes | None,
        *,
        lock: LockMode | None = None,
        limit: int | None = None,
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the entries from `low` to below `high`, at most `limit`; see `get` for the rest.

        To be consumed before the transaction writes.
        """
        transaction.require_open()
        lock = self._lock_of(transaction, lock)
        entries = self.tree(tree).scan(low, high)
        if lock is None:
            view = self._view(transaction)
            return islice(self.versions.scan(tree, entries, low, high, view), limit)
        if limit is not None:
            found = list(islice(entries, limit))
            high = found[-1][0] + b"\0" if len(found) == limit and found else high
            entries = iter(found)
        self.lock(transaction, Request(tree, low, high, lock))
        return entries

    def write(
        self, transaction: Transaction, tree: int, key: bytes, value: bytes | None
    ) -> bytes | None:
        """Set the value of a key, or take it away (None); return the value that it had.

        Raises LockWaitError, DeadlockError, DiskFullError, TransactionTooLargeError, and
        InputError for a value too large; the key is as it was then.
        """
        self.lock(transaction, on_key(tree, key, LockMode.EXCLUSIVE))
        self.keep_log_short()
        at = self.tree(tree)
        undo = Undo(transaction.number, tree, key, at.get(key))
        if value is undo.before is None:
            return None
        self._allow(undo)
        with self.store.change() as change:
            if value is None:
                at.delete(change, key)
            else:
                at.put(change, key, value)
            change.note(undo)
        self.versions.add(tree, key, transaction, undo.before)
        transaction.undo.append(undo)
        transaction.wrote = True
        self._undo_bytes += undo.size
        return undo.before

    def lock(self, transaction: Transaction, request: Request) -> None:
        """Get a lock; raises LockWaitError where that takes time, DeadlockError for a victim.

        The victim of a deadlock is who changed least, of those the youngest; it is rolled back at
        once, and learns of it when it asks for anything. InnoDB's choice is by size as well.
        """
        transaction.require_open()
        while not self.locks.acquire(transaction.number, request):
            cycle = self.locks.cycle(transaction.number)
            if not cycle:
                raise LockWaitError(transaction.number, self.locks.blockers(transaction.number))
            members = [self.open[number] for number in cycle]
            victim = min(members, key=lambda each: (len(each.undo), -each.number))
            self.deadlocks += 1
            self.rollback(victim)
            victim.deadlock = DeadlockError(victim.number, cycle)
            transaction.require_open()

    def users(self, trees: set[int]) -> tuple[int, ...]:
        """Return the transactions that hold locks in some trees, or read a view of all."""
        views = (number for number, each in self.open.items() if each.view is not None)
        return tuple(dict.fromkeys([*self.locks.holders(trees), *views]))

    def commit(self, transaction: Transaction, *, flush: bool = True) -> int:
        """Commit; return the LSN at which it is durable, 0 where it wrote nothing.

        It is durable on return where durability is by commit, unless `flush` is False: then with
        the next flush of the log, which serves all that wait (group commit).
        """
        transaction.require_open()
        lsn = 0
        if transaction.wrote:
            self.keep_log_short()
            lsn = self.store.log.append(Commit(transaction.number).encode())
            if flush and self.store.settings.durability is Durability.EACH_COMMIT:
                self.store.log.flush(lsn)
        self.commits += 1
        transaction.committed = self.commits
        keys = [(record.tree, record.key) for record in transaction.undo]
        self.versions.committed(transaction, keys)
        self._undo_bytes -= sum(record.size for record in transaction.undo)
        self._end(transaction)
        return lsn

    def rollback(self, transaction: Transaction) -> None:
        """Undo all that a transaction changed."""
        transaction.require_open()
        self._undo(transaction, 0)
        if transaction.wrote:
            self.store.log.append(End(transaction.number).encode())
        self._end(transaction)

    def checkpoint(self, *, whole: bool = False) -> None:
        """Write back the pages that were dirty longest (all, with `whole`); shorten the log."""
        log, pool = self.store.log, self.store.pool
        pool.write_back(log.end + 1 if whole else log.end - log.capacity // LARGEST_SHARE)
        begins = log.end
        records: list[Active | Undo] = [Active(self._next)]
        for transaction in self.open.values():
            records += transaction.undo
        log.append(b"".join(record.encode() for record in records))
        log.flush()
        log.save_checkpoint(min((page.dirty_since for page in pool.dirty.values()), default=begins))

    def advance(self, now: int) -> None:
        """Let time go on to `now` ns: the log is flushed each second where commits are lazy."""
        self.store.pool.now = now
        if now - self._last_flush >= SECOND:
            self._last_flush = now - now % SECOND
            self.store.log.flush()

    def _lock_of(self, transaction: Transaction, lock: LockMode | None) -> LockMode | None:
        if lock is None and transaction.isolation is Isolation.SERIALISABLE:
            return LockMode.SHARED
        return lock

    def _view(self, transaction: Transaction) -> ReadView:
        if transaction.view is None:
            transaction.view = ReadView(self.commits, transaction)
        return transaction.view

    def _allow(self, undo: Undo) -> None:
        most = self.store.log.capacity // UNDO_SHARE
        if self._undo_bytes + undo.size > most:
            raise TransactionTooLargeError(most)

    def keep_log_short(self) -> None:
        """Make a checkpoint where one is due; to be called before each group of the log."""
        if self.store.log.wants_checkpoint:
            self.checkpoint()

    def _undo(self, transaction: Transaction, savepoint: int) -> None:
        """Take back the changes after a savepoint, newest first, each as one group of the log."""
        self.store.rolling_back = True
        try:
            while len(transaction.undo) > savepoint:
                self.keep_log_short()
                self._undo_one(transaction)
        finally:
            self.store.rolling_back = False

    def _undo_one(self, transaction: Transaction) -> None:
        record = transaction.undo[-1]
        tree = self.tree(record.tree)
        with self.store.change() as change:
            if record.before is None:
                tree.delete(change, record.key)
            else:
                tree.put(change, record.key, record.before)
            change.note(Undone(transaction.number))
        transaction.undo.pop()
        self._undo_bytes -= record.size
        self.versions.take_back(record.tree, record.key)

    def _end(self, transaction: Transaction) -> None:
        transaction.is_open = False
        transaction.view = None
        del self.open[transaction.number]
        self.locks.release(transaction.number)
        views = [each.view.commits for each in self.open.values() if each.view is not None]
        self.versions.purge(min(views, default=None))
