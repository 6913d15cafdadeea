"""The document engine behind the interface that all storage engines share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.storage.cost import Cost
from aio_sim.storage.document.catalogue import Catalogue, Definition
from aio_sim.storage.document.checkpoint_store import CheckpointStore, write_image
from aio_sim.storage.document.collection import Collection, OnDefine, OnWrite
from aio_sim.storage.document.documents import Document
from aio_sim.storage.document.handle import Handle
from aio_sim.storage.document.index import decode_index, id_index, portable
from aio_sim.storage.document.settings import JOURNAL_BLOCK, Settings, Volume
from aio_sim.storage.engine import Record, Snapshot, joined
from aio_sim.storage.system import EngineKind

KIND: Final = "document"


class DocumentEngine:
    """A database on a volume, opened with recovery where it was not closed.

    `collection` gives what MongoDB's clients have; the verbs of all engines are by `_id`.
    `on_write` is told of each write, within the change that makes it; `on_define` of indexes and
    collections that come or go.
    """

    def __init__(
        self,
        volume: Volume,
        on_write: OnWrite | None = None,
        on_define: OnDefine | None = None,
    ) -> None:
        self.store = CheckpointStore(volume)
        self.catalogue = Catalogue(self.store)
        self._on_write = on_write
        self._on_define = on_define
        self._collections = {
            name: self._open(definition)
            for name, definition in self.catalogue.read().items()
            if definition.indexes
        }
        self._last_sync = self._last_checkpoint = 0

    @property
    def kind(self) -> str:
        """The engine's name."""
        return KIND

    @property
    def cost(self) -> Cost:
        """All that was done since the database was opened, recovery included."""
        return self.store.cost

    @property
    def stores(self) -> list[str]:
        """Names of the collections, sorted."""
        return sorted(self._collections)

    def collection(self, name: str) -> Handle:
        """Return what a client can do with a collection, made already or not."""
        return Handle(
            lambda: self._collections.get(name),
            lambda: self.cost,
            lambda: self._made(name),
            self._written,
        )

    def drop_collection(self, name: str) -> None:
        """Take a collection away with all its documents; raises UnknownName."""
        if name not in self._collections:
            raise UnknownName(_("collection"), name, self._collections)
        self.catalogue.publish(None, self._collections.pop(name).definition)
        if self._on_define is not None:
            self._on_define(name)

    def indexes_of(self, collection: str) -> list[str] | None:
        """Return the indexes of a collection but that on `_id`, None where there is none such.

        Each as text that `define` understands, on any volume.
        """
        found = self._collections.get(collection)
        return None if found is None else [portable(index) for index in found.indexes[1:]]

    def define(self, collection: str, indexes: list[str] | None) -> None:
        """Have a collection with some indexes (None: have none), as a replica does."""
        if indexes is None:
            if collection in self._collections:
                self.drop_collection(collection)
            return
        made = self._made(collection)
        there = {portable(index): index for index in made.indexes[1:]}
        if any(index not in indexes for index in there):
            kept = tuple(index for text, index in there.items() if text in indexes)
            made.redefine((made.indexes[0], *kept))
        for text in indexes:
            if text not in there:
                made.add_index(decode_index(text.encode()), enforce=False)

    def apply(self, collection: str, identity: Any, document: Document | None) -> None:
        """Have a document with an `_id` (None: have none), as a replica does."""
        self._made(collection).apply(identity, document)

    def put(self, store: str, record: Record) -> None:
        """Insert a document, or replace the one with its `_id`; raises DocumentError."""
        self.collection(store).put(record)

    def get(self, store: str, key: object) -> Document | None:
        """Return the document with an `_id`, None where there is none."""
        collection = self._collections.get(store)
        return None if collection is None else collection.get(key)

    def delete(self, store: str, key: object) -> bool:
        """Delete the document with an `_id`; return whether it was there."""
        document = self.get(store, key)
        if document is not None:
            self._collections[store].delete(document)
            self._written()
        return document is not None

    def modify(self, store: str, key: object, change: Callable[[Document], Document]) -> bool:
        """Put in the place of a document what is made of it; return whether it is there."""
        collection = self._collections.get(store)
        document = None if collection is None else collection.get(key)
        if collection is None or document is None:
            return False
        collection.replace(document, change(document))
        self._written()
        return True

    def scan(self, store: str, low: object, count: int) -> list[Record]:
        """Return up to `count` documents in the order of `_id`, from `low` on."""
        collection = self._collections.get(store)
        return [] if collection is None else list(islice(collection.from_id(low), count))

    def documents_between(
        self, store: str, index: str, low: bytes, high: bytes | None
    ) -> list[Document]:
        """Return the documents whose keys in an index are from `low` to below `high` (None: all).

        In the order of the index. Raises UnknownName where there is no such index.
        """
        collection = self._collections.get(store)
        indexes = {} if collection is None else {each.name: each for each in collection.indexes}
        if collection is None or index not in indexes:
            raise UnknownName(_("index"), index, indexes)
        return list(collection.between(indexes[index], low, high))

    def sync(self) -> None:
        """Make all writes so far durable: what `j: true` waits for."""
        self.store.sync()

    def advance(self, now: int) -> None:
        """Let time go on to `now` ns: the journal's commit interval, and that of checkpoints."""
        settings = self.store.volume.settings
        self.store.pool.now = now
        if now - self._last_sync >= settings.commit_interval:
            self._last_sync = now - now % settings.commit_interval
            self.store.sync()
        if now - self._last_checkpoint >= settings.checkpoint_interval:
            self._last_checkpoint = now - now % settings.checkpoint_interval
            self.store.checkpoint()

    def resize(self, blocks: int) -> None:
        """Have room for another number of pages; raises InputError where more are in use."""
        self.store.resize(blocks)

    def back_up(self, since: int = 0) -> Snapshot:
        """Return the pages that changed after an LSN, as of a checkpoint that is made now."""
        self.store.checkpoint()
        return _snapshot(self.store, since)

    def close(self) -> None:
        """Write everything back and stop."""
        self.store.checkpoint()
        self.store.stop()

    def _written(self) -> None:
        if self.store.volume.settings.journaled:
            self.store.sync()

    def _open(self, definition: Definition) -> Collection:
        return Collection(self.store, self.catalogue, definition, self._on_write, self._on_define)

    def _made(self, name: str) -> Collection:
        found = self._collections.get(name)
        if found is None:
            found = self._collections[name] = self._open(self._define(name))
        return found

    def _define(self, name: str) -> Definition:
        if not name or "\0" in name or "/" in name:
            raise InputError(_("{name!r} cannot be the name of a collection").format(name=name))
        root, ids = self.catalogue.new_tree(), self.catalogue.new_tree()
        definition = Definition(name, root, (id_index(ids),))
        self.catalogue.publish(definition)
        return definition


def restore(settings: Settings, snapshots: Iterable[Snapshot]) -> Volume:
    """Return a volume with what a full snapshot holds and those that build on it, in order.

    Raises InputError where they do not build on each other, or have pages of another size.
    """
    newest, pages = joined(KIND, settings.page_size, snapshots)
    volume = Volume(settings, newest.blocks)
    write_image(volume, pages, newest.at, newest.log)
    return volume


def roll_forward(
    settings: Settings, snapshots: Sequence[Snapshot], archived: bytes
) -> tuple[Volume, Cost]:
    """Return a volume with what `restore` gives and the journal from the last snapshot on.

    And the cost: what fits into the journal of the database is left to its recovery; more is done
    again here. Raises what `restore` does.
    """
    chain = [*snapshots[:-1], replace(snapshots[-1], log=archived)]
    if 2 * len(archived) <= settings.journal_size:
        return restore(settings, chain), Cost()
    journal_size = (4 * len(archived) // JOURNAL_BLOCK + 1) * JOURNAL_BLOCK
    store = CheckpointStore(restore(replace(settings, journal_size=journal_size), chain))
    return restore(settings, [_snapshot(store, 0)]), store.cost


def _snapshot(store: CheckpointStore, since: int) -> Snapshot:
    """Return the pages of the checkpoint just made that changed after an LSN."""
    return Snapshot(
        kind=KIND,
        blocks=store.room,
        block_size=store.page_size,
        at=store.journal.end,
        since=since,
        changed=store.pages_changed_after(since),
    )


def document_kind(settings: Settings) -> EngineKind[Any]:
    """Return how a storage system makes document databases with some settings."""
    return EngineKind(
        create=lambda blocks: Volume(settings, blocks),
        open=DocumentEngine,
        restore=lambda snapshots: restore(settings, snapshots),
    )
