"""A database on a volume: made, opened with recovery, made larger or smaller, closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.cost import Cost
from aio_sim.storage.pages.bplus_tree import BPlusTree
from aio_sim.storage.relational.page_store import PageStore
from aio_sim.storage.relational.recovery import recover
from aio_sim.storage.relational.settings import Volume
from aio_sim.storage.relational.transactions import TransactionManager

CATALOGUE: Final = 1
"""Root of the tree that names all others; the first page that is allocated."""
GARBAGE: Final = b"garbage"
"""Keys of the catalogue that begin so name trees of which the pages are still to be given back."""


class Database:
    """The transactions of a volume, and what recovery found when it was opened."""

    def __init__(self, volume: Volume) -> None:
        self.volume = volume
        self.store = PageStore(volume)
        self.report = recover(self.store)
        if not self.store.page(0).keys:
            self._format()
        self.transactions = TransactionManager(self.store, self.report.next_transaction)
        self._undo_losers()
        self._collect_garbage()
        self.transactions.checkpoint()

    @property
    def cost(self) -> Cost:
        """All that was done since the database was opened."""
        return self.store.cost

    @property
    def has_stopped(self) -> bool:
        """Whether it was closed, or met an error that only opening it again can mend."""
        return self.store.has_stopped or not self.volume.power.is_on

    def new_tree(self) -> int:
        """Return the root of a new tree, which is garbage until `publish` says otherwise."""
        self.store.require(1)
        with self.store.change() as change:
            root = BPlusTree.create(change)
            self.transactions.tree(CATALOGUE).put(change, _garbage(root), b"")
        return root

    def publish(
        self, entries: Mapping[bytes, bytes | None], made: Iterable[int], gone: Iterable[int]
    ) -> None:
        """Set entries of the catalogue; trees that were made are used now, others are garbage.

        One group of the log: a crash leaves all of it or nothing. It is durable on return.
        """
        catalogue = self.transactions.tree(CATALOGUE)
        self.store.require((len(entries) + 1) * (catalogue.height + 1))
        with self.store.change() as change:
            for key, value in entries.items():
                if value is None:
                    catalogue.delete(change, key)
                else:
                    catalogue.put(change, key, value)
            for root in made:
                catalogue.delete(change, _garbage(root))
            for root in gone:
                catalogue.put(change, _garbage(root), b"")
        self.store.log.flush()
        self._collect_garbage()

    def resize(self, pages: int) -> None:
        """Give the data file another number of pages.

        Raises InputError where pages in use would be cut off.
        """
        taken = self.store.pages_taken
        if pages < taken:
            raise InputError(
                _("the database has {taken} pages in use and cannot be cut to {pages}").format(
                    taken=taken, pages=pages
                )
            )
        self.transactions.checkpoint(whole=True)
        self.volume.data.resize(pages)

    def close(self) -> None:
        """Roll back what is open and write everything back, so that opening has nothing to redo."""
        for transaction in list(self.transactions.open.values()):
            self.transactions.rollback(transaction)
        self.transactions.checkpoint(whole=True)
        self.store.stop()

    def _format(self) -> None:
        self.store.format()
        with self.store.change() as change:
            BPlusTree.create(change)
        self.store.log.flush()

    def _undo_losers(self) -> None:
        """Roll back what the crash left open; all are known first, for a checkpoint names them."""
        losers = sorted(self.report.losers.items(), reverse=True)
        for transaction in [self.transactions.adopt(number, undo) for number, undo in losers]:
            self.transactions.rollback(transaction)

    def _collect_garbage(self) -> None:
        """Give back the pages of trees that nothing names, page by page."""
        catalogue = self.transactions.tree(CATALOGUE)
        roots = [
            int(key[len(GARBAGE) :]) for key, _value in catalogue.scan(GARBAGE, GARBAGE + b":")
        ]
        for root in roots:
            self._prune(root)

    def _prune(self, root: int) -> None:
        catalogue = self.transactions.tree(CATALOGUE)
        gone = False
        while not gone:
            self.transactions.keep_log_short()
            with self.store.change() as change:
                gone = self.transactions.tree(root).prune(change)
                if gone:
                    catalogue.delete(change, _garbage(root))
        self.transactions.forget(root)


def _garbage(root: int) -> bytes:
    return GARBAGE + str(root).encode()
