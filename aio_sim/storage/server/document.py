"""The document engine as a storage server uses it: each statement is a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from aio_sim.storage.cost import Cost
from aio_sim.storage.document.documents import ID, Document
from aio_sim.storage.document.engine import DocumentEngine, roll_forward
from aio_sim.storage.document.settings import Volume
from aio_sim.storage.document.updates import updated
from aio_sim.storage.engine import Record, Snapshot
from aio_sim.storage.pages.redo_log import RedoLog
from aio_sim.storage.server.database import Definition

DIRTY_SHARE: Final = 20
"""Pages are written back in the background above 5% of the cache. Source: WiredTiger,
eviction_dirty_target."""

JOURNAL_SHARE: Final = 4
"""And a checkpoint is made once a quarter of the journal is in use. An assumption; at a half, who
writes must wait for it."""


class DocumentSession:
    """Statements of one client, each of them whole, and all of them apart."""

    autocommit = True
    may_go_on = True

    def __init__(self, engine: DocumentEngine, keys: Mapping[str, tuple[str, ...]]) -> None:
        self._engine = engine
        self._keys = keys
        self.writes = False

    def begin(self) -> None:
        """Begin; there is nothing to do."""
        self.writes = False

    def get(self, store: str, key: object, lock: bool) -> Record | None:
        """Return the document with a key, None where there is none; nothing is locked."""
        document = self._engine.get(store, self._identity(store, key))
        return None if document is None else _record(document, self._keys[store])

    def put(self, store: str, record: Record) -> None:
        """Insert or replace a document."""
        self._engine.put(store, _document(record, self._keys[store]))
        self.writes = True

    def change(self, store: str, key: object, fields: Record) -> bool:
        """Set what stands at some dotted paths of a document; return whether it is there."""
        if any("." in path for path in fields):
            return self._update(store, key, lambda old: updated(old, {"$set": fields}))
        return self._update(store, key, lambda old: {**old, **fields})

    def add(self, store: str, key: object, amounts: Record) -> bool:
        """Add to some numbers of a document; return whether it is there."""
        return self._update(store, key, lambda old: updated(old, {"$inc": amounts}))

    def delete(self, store: str, key: object) -> bool:
        """Delete a document; return whether it was there."""
        found = self._engine.delete(store, self._identity(store, key))
        self.writes = self.writes or found
        return found

    def scan(self, store: str, low: object, count: int) -> list[Record]:
        """Return up to `count` documents from `low` on, in the order of their keys."""
        documents: Iterable[Any] = self._engine.scan(store, self._identity(store, low), count)
        return [_record(document, self._keys[store]) for document in documents]

    def commit(self) -> int:
        """Return the place in the journal that holds all that was written, 0 where nothing was."""
        written, self.writes = self.writes, False
        return self._engine.store.journal.end if written else 0

    def roll_back(self) -> None:
        """Leave things as they are: what was written is written."""
        self.writes = False

    def _update(self, store: str, key: object, change: Callable[[Document], Document]) -> bool:
        found = self._engine.modify(store, self._identity(store, key), change)
        self.writes = self.writes or found
        return found

    def _identity(self, store: str, key: object) -> Any:
        names = self._keys[store]
        if isinstance(key, tuple):
            return dict(zip(names, key, strict=True))
        return key


class OpenDocument:
    """An open document database; composite keys are documents of their own under `_id`."""

    victims = 0

    def __init__(self, volume: Volume, keys: dict[str, tuple[str, ...]], interval: int) -> None:
        self._engine = DocumentEngine(volume)
        self._store = self._engine.store
        self._keys = keys
        self._interval = interval
        self._checkpointed = self._now = 0
        self.page_size = volume.settings.page_size
        self.recovered_to = self._store.recovered_to
        self.log_read = self._store.journal_read
        self._cleaned_above = volume.settings.cache_pages // DIRTY_SHARE

    @property
    def cost(self) -> Cost:
        """All that was done since it was opened."""
        return self._store.cost

    @property
    def durable(self) -> int:
        """The place in the journal up to which it is durable."""
        return self._store.journal.durable

    @property
    def wants_cleaning(self) -> bool:
        """Whether much of the cache is dirty, or a checkpoint is due."""
        return len(self._store.pool.dirty) > self._cleaned_above or self._checkpoint_is_due

    @property
    def _checkpoint_is_due(self) -> bool:
        journal = self._store.journal
        return (
            JOURNAL_SHARE * journal.in_use > journal.capacity
            or self._now - self._checkpointed >= self._interval
        )

    @property
    def log(self) -> RedoLog:
        """The journal."""
        return self._store.journal

    def back_up(self, since: int = 0) -> Snapshot:
        """Return a snapshot, of a checkpoint made now."""
        return self._engine.back_up(since)

    def is_overwritten(self, _number: int, _image: bytes) -> bool:
        """Return that it is not: what is written goes beside the pages of the checkpoint."""
        return False

    def session(self) -> DocumentSession:
        """Return a session."""
        return DocumentSession(self._engine, self._keys)

    def advance(self, now: int) -> None:
        """Let the cache know the time; the journal is made durable when the server says so."""
        self._now = self._store.pool.now = now

    def flush(self) -> None:
        """Make all of the journal durable."""
        self._store.sync()

    def clean(self, pages: int) -> None:
        """Write back the pages that were dirty longest; make a checkpoint where one is due."""
        if self._checkpoint_is_due:
            self._store.checkpoint()
            self._checkpointed = self._now
        else:
            self._store.pool.write_oldest(pages)

    def define(self, definition: Definition) -> None:
        """Note a collection's key; it is made with its first document."""
        self._keys[definition.name] = definition.key

    def load(self, store: str, records: Iterable[Record]) -> None:
        """Insert documents, and make a checkpoint."""
        key = self._keys[store]
        self._engine.collection(store).insert_many(_document(record, key) for record in records)
        self._store.checkpoint()

    def records(self, store: str) -> Iterator[Record]:
        """Yield all documents of a collection, as they were inserted."""
        for document in self._engine.collection(store).find({}):
            yield _record(document, self._keys[store])

    def close(self) -> None:
        """Write everything back and stop."""
        self._engine.close()


class DocumentInstallation:
    """The files of a document database."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self._keys: dict[str, tuple[str, ...]] = {}

    def open(self) -> OpenDocument:
        """Open the database, with recovery where it was not closed."""
        return OpenDocument(self._volume, self._keys, self._volume.settings.checkpoint_interval)

    def lose_power(self, survives: Callable[[], bool]) -> None:
        """Let the power go, and come back."""
        self._volume.power.is_on = False
        self._volume.restart(survives)

    def restored(self, chain: Sequence[Snapshot], archived: bytes) -> tuple[Volume, Cost]:
        """Return what a chain of snapshots and the journal behind the last give, and the cost."""
        return roll_forward(self._volume.settings, chain, archived)

    def look_into(self, files: Volume) -> OpenDocument:
        """Open a copy of some files."""
        return OpenDocument(deepcopy(files), self._keys, files.settings.checkpoint_interval)

    def adopt(self, files: Volume) -> None:
        """Have some files in the place of what there was."""
        self._volume = files

    def check(self) -> None:
        """Do nothing: its answers are checked by tests."""


def _document(record: Record, key: tuple[str, ...]) -> Document:
    """Return a record as a document: what is its key is its `_id`."""
    rest = {name: value for name, value in record.items() if name not in key}
    if len(key) == 1:
        return {ID: record[key[0]], **rest}
    return {ID: {name: record[name] for name in key}, **rest}


def _record(document: Document, key: tuple[str, ...]) -> Record:
    """Return a document as a record, its key among the fields."""
    identity = document.pop(ID)
    document |= {key[0]: identity} if len(key) == 1 else identity
    return document
