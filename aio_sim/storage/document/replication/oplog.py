"""The oplog: what was written, in order, in the journal together with what it did."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from aio_sim.storage.document.documents import ID, Document
from aio_sim.storage.document.engine import DocumentEngine
from aio_sim.storage.document.record_store import RecordStore

LOCAL: Final = "local."
"""Collections whose names begin so are a member's own, and not replicated."""
_NAME: Final = "local.oplog"


class Optime(NamedTuple):
    """A place in the oplog: the term of the primary that wrote it, and its number."""

    term: int
    number: int


class Entry(NamedTuple):
    """A document as it is after a write (None: it is gone), so that doing it twice does no harm.

    An entry without a collection only says that a term has begun.
    """

    optime: Optime
    collection: str = ""
    identity: Any = None
    document: Document | None = None
    defines: bool = False
    """Whether it tells of the collection itself: `document` has its indexes, None: it is gone."""

    @property
    def drops(self) -> bool:
        """Whether it takes a collection away."""
        return self.defines and self.document is None

    @property
    def size(self) -> int:
        """Bytes that it takes to send it."""
        return len(json.dumps(self))


class Oplog:
    """The entries of one member: the newest ones, numbered without a gap."""

    def __init__(self, engine: DocumentEngine, most: int) -> None:
        self._engine = engine
        self._most = most
        self._records = RecordStore(engine.store, engine.catalogue.raw_tree(_NAME))
        self._entries = deque(map(_entry, (document for _at, document in self._records.scan())))

    @property
    def last(self) -> Optime:
        """The newest entry's place; (0, 0) before the first."""
        return self._entries[-1].optime if self._entries else Optime(0, 0)

    @property
    def first_index(self) -> int:
        """Number of the oldest entry that is kept."""
        return self._entries[0].optime.number if self._entries else 1

    def term_at(self, index: int) -> int | None:
        """Return the term of an entry, 0 before the first of all, None where it is not kept."""
        if index == 0:
            return 0
        place = index - self.first_index
        return self._entries[place].optime.term if 0 <= place < len(self._entries) else None

    def holds(self, optime: Optime) -> bool:
        """Whether it has the entry of a place; what is older than all it keeps it once had."""
        if optime.number < self.first_index:
            return True
        return self.term_at(optime.number) == optime.term

    def since(self, index: int, most: int) -> list[Entry]:
        """Return up to `most` entries from a number on."""
        first = index - self.first_index
        return [self._entries[at] for at in range(first, min(first + most, len(self._entries)))]

    def append(self, entry: Entry) -> None:
        """Add an entry that changes no document."""
        with self._engine.store.change() as change:
            self.note(change, entry)

    def note(self, change: Any, entry: Entry) -> None:
        """Add an entry within the change that it tells of; the oldest may go."""
        parts = self._records.cut(_document(entry))
        self._records.put(change, entry.optime.number, parts, is_new=True)
        self._entries.append(entry)
        if len(self._entries) > self._most:
            self._records.remove(change, self._entries.popleft().optime.number)

    def cut_after(self, index: int) -> list[Entry]:
        """Take away the entries behind a number; return them."""
        gone: list[Entry] = []
        while self._entries and self._entries[-1].optime.number > index:
            gone.append(self._entries.pop())
            with self._engine.store.change() as change:
                self._records.remove(change, gone[-1].optime.number)
        return gone[::-1]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)


def _document(entry: Entry) -> Document:
    optime, collection, identity, document, defines = entry
    return {"t": list(optime), "c": collection, ID: identity, "o": document, "d": defines}


def _entry(held: Document) -> Entry:
    return Entry(Optime(*held["t"]), held["c"], held[ID], held["o"], held["d"])
