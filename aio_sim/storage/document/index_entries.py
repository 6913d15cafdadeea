"""Entries of indexes in their trees: a key and the number of a record, nothing else."""

from __future__ import annotations

from collections.abc import Collection as Keys

from aio_sim.kernel.messages import _
from aio_sim.storage.document.checkpoint_store import CheckpointStore, JournaledChange
from aio_sim.storage.document.documents import Document
from aio_sim.storage.document.errors import DocumentError, DuplicateKeyError
from aio_sim.storage.document.index import BEHIND, RECORD_SIZE, Index


class IndexEntries:
    """Checks and changes the entries of one collection's documents."""

    def __init__(self, store: CheckpointStore, collection: str) -> None:
        self._store = store
        self._collection = collection

    def changes(
        self, index: Index, old: Document | None, new: Document | None
    ) -> tuple[set[bytes], set[bytes]]:
        """Return the keys that go from an index, and those that come; raises DocumentError."""
        before = set() if old is None else index.keys(old)
        after = set() if new is None else index.keys(new)
        come = after - before
        self.require_short(index, come)
        return before - after, come

    def require_short(self, index: Index, keys: Keys[bytes]) -> None:
        """Raise DocumentError where a key takes more than half of the largest entry of a page."""
        most = self._store.tree(index.root).largest_entry // 2
        if any(len(key) > most for key in keys):
            raise DocumentError(
                _("{collection}: a key of index {index} is longer than {most} bytes").format(
                    collection=self._collection, index=index.name, most=most
                )
            )

    def require_unique(self, index: Index, keys: Keys[bytes], new: Document | None) -> None:
        """Raise DuplicateKeyError where a unique index has one of the keys of a document."""
        if not index.unique or new is None:
            return
        tree = self._store.tree(index.root)
        for key in sorted(keys):
            if next(tree.scan(key, key + BEHIND), None) is not None:
                raise DuplicateKeyError(self._collection, index.name, index.values(new))

    def set(
        self,
        change: JournaledChange,
        index: Index,
        number: int,
        gone: Keys[bytes],
        come: Keys[bytes],
    ) -> None:
        """Take the entries of a record with some keys away, and add others."""
        suffix = number.to_bytes(RECORD_SIZE, "big")
        for key in sorted(gone):
            change.set(index.root, key + suffix, None)
        for key in sorted(come):
            change.set(index.root, key + suffix, b"")
