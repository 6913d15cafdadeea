"""Documents by the number of their record, in one tree; long ones in several entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aio_sim.kernel.messages import _
from aio_sim.storage.document.checkpoint_store import CheckpointStore, JournaledChange
from aio_sim.storage.document.documents import Document, decode, encode
from aio_sim.storage.document.errors import DocumentError
from aio_sim.storage.document.index import RECORD_SIZE

_PART_SIZE: Final = 4
_OVERHEAD: Final = 16
"""Bytes of an entry beside the document's."""


class RecordStore:
    """The documents of a collection in the order in which they came.

    Source: MongoDB keeps a collection in a tree by RecordId, and `_id` in an index beside it;
    WiredTiger keeps long values in overflow pages, here they are cut into parts.
    """

    def __init__(self, store: CheckpointStore, root: int) -> None:
        self._store = store
        self.root = root
        self._tree = store.tree(root)
        self._part = self._tree.largest_entry - RECORD_SIZE - _PART_SIZE - _OVERHEAD
        last = self._tree.last()
        self._next = 1 if last is None else _number(last[:RECORD_SIZE]) + 1

    @property
    def next_number(self) -> int:
        """The number that the next record gets."""
        return self._next

    def take_number(self) -> int:
        """Return the number of a new record."""
        self._next += 1
        return self._next - 1

    def get(self, number: int) -> Document:
        """Return a document that there is."""
        key = _key(number)
        first = self._tree.get(key)
        if first is not None:
            return decode(first)
        parts = self._tree.scan(key + b"\0", _key(number + 1))
        return decode(b"".join(part for _at, part in parts))

    def scan(self) -> Iterator[tuple[int, Document]]:
        """Yield all records with their numbers; the tree must not change meanwhile."""
        waiting, held = 0, b""
        for key, data in self._tree.scan():
            number = _number(key[:RECORD_SIZE])
            if waiting and number != waiting:
                yield waiting, decode(held)
                waiting, held = 0, b""
            if len(key) == RECORD_SIZE:
                yield number, decode(data)
            else:
                waiting, held = number, held + data
        if waiting:
            yield waiting, decode(held)

    def cut(self, document: Document) -> list[bytes]:
        """Return the parts in which a document is kept; raises DocumentError where it is too long.

        A write must fit in one record of the journal, and its pages in the cache.
        """
        data = encode(document)
        most = min(
            self._store.largest_change // 4,
            self._part * self._store.volume.settings.cache_pages // 16,
        )
        if len(data) > most:
            raise DocumentError(
                _(
                    "a document of {size} bytes is too large for this database: at most {most}"
                ).format(size=len(data), most=most)
            )
        return [data[at : at + self._part] for at in range(0, len(data), self._part)]

    def put(
        self, change: JournaledChange, number: int, parts: list[bytes], *, is_new: bool
    ) -> None:
        """Set what a record holds."""
        key = _key(number)
        if len(parts) == 1:
            before = change.set(self.root, key, parts[0])
            if before is None and not is_new:
                self._clear(change, number, 0)
            return
        if not is_new:
            change.set(self.root, key, None)
        for place, part in enumerate(parts):
            change.set(self.root, key + place.to_bytes(_PART_SIZE, "big"), part)
        if not is_new:
            self._clear(change, number, len(parts))

    def remove(self, change: JournaledChange, number: int) -> None:
        """Take a record away."""
        if change.set(self.root, _key(number), None) is None:
            self._clear(change, number, 0)

    def _clear(self, change: JournaledChange, number: int, first: int) -> None:
        """Take the parts from a place on away."""
        low = _key(number) + first.to_bytes(_PART_SIZE, "big")
        for key in [key for key, _part in self._tree.scan(low, _key(number + 1))]:
            change.set(self.root, key, None)


def _key(number: int) -> bytes:
    return number.to_bytes(RECORD_SIZE, "big")


def _number(key: bytes) -> int:
    return int.from_bytes(key, "big")
