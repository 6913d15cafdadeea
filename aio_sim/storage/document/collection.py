"""Documents of a collection with the entries of its indexes kept true; one write, one record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from aio_sim.kernel.messages import _
from aio_sim.storage.document.catalogue import Catalogue, Definition
from aio_sim.storage.document.checkpoint_store import CheckpointStore, JournaledChange
from aio_sim.storage.document.documents import ID, Document, check_id, checked
from aio_sim.storage.document.errors import DocumentError, DuplicateKeyError
from aio_sim.storage.document.filters import Filter
from aio_sim.storage.document.index import RECORD_SIZE, Index
from aio_sim.storage.document.index_entries import IndexEntries
from aio_sim.storage.document.keys import key_of
from aio_sim.storage.document.planning import Plan
from aio_sim.storage.document.record_store import RecordStore

OnWrite: TypeAlias = Callable[[JournaledChange, str, Document | None, Document | None], None]
"""Told within the change of each write: collection, the document before and now (None: none)."""
OnDefine: TypeAlias = Callable[[str], None]
"""Told of a collection that has got other indexes, or is gone."""

_PAGES_A_TREE: Final = 9
"""A write splits a path of each tree at most; an assumption: heights to 8."""


@dataclass
class Examined:
    """What finding documents took."""

    keys: int = 0
    documents: int = 0


class Collection:
    """The documents of one collection. Each write is whole, and one record of the journal."""

    def __init__(
        self,
        store: CheckpointStore,
        catalogue: Catalogue,
        definition: Definition,
        on_write: OnWrite | None = None,
        on_define: OnDefine | None = None,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self.definition = definition
        self._on_write = on_write
        self._on_define = on_define
        self._records = RecordStore(store, definition.root)
        self._ids = store.tree(definition.indexes[0].root)
        self._entries = IndexEntries(store, definition.name)

    @property
    def name(self) -> str:
        """The collection's name."""
        return self.definition.name

    @property
    def indexes(self) -> tuple[Index, ...]:
        """Its indexes, that on `_id` first."""
        return self.definition.indexes

    def get(self, identity: object) -> Document | None:
        """Return the document with an `_id`, None where there is none."""
        number = self._ids.get(key_of(identity))
        return None if number is None else self._records.get(int.from_bytes(number, "big"))

    def from_id(self, low: object) -> Iterator[Document]:
        """Yield the documents in the order of `_id`, from one on."""
        for _key, number in self._ids.scan(key_of(low)):
            yield self._records.get(int.from_bytes(number, "big"))

    def all(self) -> Iterator[Document]:
        """Yield all documents in the order in which they came."""
        return (document for _number, document in self._records.scan())

    def between(self, index: Index, low: bytes, high: bytes | None) -> Iterator[Document]:
        """Yield the documents with keys of an index from `low` to below `high`, in its order."""
        return self._candidates(Plan(index, ((low, high),)), Examined())

    def find(self, plan: Plan, of: Filter, examined: Examined) -> Iterator[Document]:
        """Yield the documents that a filter means, found by a plan that fits it."""
        for document in self._candidates(plan, examined):
            examined.documents += 1
            if of.matches(document):
                yield document

    def insert(self, document: Mapping[str, object]) -> Any:
        """Add a document; return its `_id`, which is made where it has none.

        Raises DocumentError, DuplicateKeyError, DiskFullError; nothing has changed then.
        """
        new = checked(document)
        number = self._records.take_number()
        if ID not in new:
            new = {ID: f"{number:024x}", **new}
        check_id(new[ID])
        self._entries.require_short(self.indexes[0], {key_of(new[ID])})
        if self._ids.get(key_of(new[ID])) is not None:
            raise DuplicateKeyError(self.name, f"{ID}_", (new[ID],))
        self._write(number, None, new)
        return new[ID]

    def replace(self, old: Document, document: Mapping[str, object]) -> bool:
        """Put a document in the place of one that is there; return whether they differ.

        Raises as `insert` does, and DocumentError where the `_id` is another one.
        """
        new = checked(document)
        if key_of(new.setdefault(ID, old[ID])) != key_of(old[ID]):
            raise DocumentError(
                _("{collection}: the _id {old!r} cannot become {new!r}").format(
                    collection=self.name, old=old[ID], new=new[ID]
                )
            )
        if new == old and key_of(new) == key_of(old):
            return False
        self._write(self._number(old[ID]), old, new)
        return True

    def delete(self, old: Document) -> None:
        """Take away a document that is there; raises DiskFullError."""
        self._write(self._number(old[ID]), old, None)

    def apply(self, identity: Any, new: Document | None) -> None:
        """Have a document with an `_id` (None: have none), whatever there is, as a replica does.

        Unique indexes are not asked: who wrote first has asked them.
        """
        old = self.get(identity)
        if old is None and new is None:
            return
        number = self._records.take_number() if old is None else self._number(identity)
        self._write(number, old, new, enforce=False)

    def add_index(self, index: Index, *, enforce: bool = True) -> None:
        """Give the collection an index over the documents it has; raises DuplicateKeyError.

        Without `enforce` a unique one takes what there is.
        """
        made = replace(index, root=self._catalogue.new_tree())
        made = self._fill(made, enforce=enforce)
        self.redefine((*self.indexes, made))

    def redefine(self, indexes: tuple[Index, ...]) -> None:
        """Have other indexes."""
        new = replace(self.definition, indexes=indexes)
        self._catalogue.publish(new, self.definition)
        self.definition = new
        if self._on_define is not None:
            self._on_define(self.name)

    def _candidates(self, plan: Plan, examined: Examined) -> Iterator[Document]:
        if plan.index is None:
            yield from self.all()
            return
        is_id = plan.index is self.indexes[0]
        seen: set[bytes] | None = set() if plan.index.multikey else None
        tree = self._store.tree(plan.index.root)
        for low, high in plan.ranges:
            for key, value in tree.scan(low, high):
                examined.keys += 1
                number = value if is_id else key[-RECORD_SIZE:]
                if seen is not None:
                    if number in seen:
                        continue
                    seen.add(number)
                yield self._records.get(int.from_bytes(number, "big"))

    def _number(self, identity: object) -> int:
        number = self._ids.get(key_of(identity))
        assert number is not None
        return int.from_bytes(number, "big")

    def _write(
        self, number: int, old: Document | None, new: Document | None, *, enforce: bool = True
    ) -> None:
        """Check all that can fail, then change records and indexes as one."""
        parts = [] if new is None else self._records.cut(new)
        changes = [self._entries.changes(index, old, new) for index in self.indexes[1:]]
        if enforce:
            for index, (_gone, come) in zip(self.indexes[1:], changes, strict=True):
                self._entries.require_unique(index, come, new)
        self._store.require(_PAGES_A_TREE * (len(self.indexes) + 3) + 2 * len(parts))
        with self._store.change() as change:
            if new is None:
                self._records.remove(change, number)
            else:
                self._records.put(change, number, parts, is_new=old is None)
            self._set_id(change, number, old, new)
            for index, (gone, come) in zip(self.indexes[1:], changes, strict=True):
                self._entries.set(change, index, number, gone, come)
            self._note_lists(change, new)
            if self._on_write is not None:
                self._on_write(change, self.name, old, new)

    def _set_id(
        self, change: JournaledChange, number: int, old: Document | None, new: Document | None
    ) -> None:
        root = self.indexes[0].root
        if new is None and old is not None:
            change.set(root, key_of(old[ID]), None)
        elif old is None and new is not None:
            change.set(root, key_of(new[ID]), number.to_bytes(RECORD_SIZE, "big"))

    def _note_lists(self, change: JournaledChange, new: Document | None) -> None:
        """Let the catalogue know of indexes that have become multikey."""
        if new is None:
            return
        for place, index in enumerate(self.indexes):
            if place and not index.multikey and index.is_multikey_with(new):
                now = replace(index, multikey=True)
                indexes = (*self.indexes[:place], now, *self.indexes[place + 1 :])
                self.definition = replace(self.definition, indexes=indexes)
                change.set(*self._catalogue.entry(self.name, now))

    def _fill(self, index: Index, *, enforce: bool) -> Index:
        """Add all documents to a new index, some in each change; return it as it is then."""
        for number, document in list(self._records.scan()):
            _gone, come = self._entries.changes(index, None, document)
            if enforce:
                self._entries.require_unique(index, come, document)
            self._store.require(_PAGES_A_TREE * (len(come) + 1))
            with self._store.change() as change:
                self._entries.set(change, index, number, set(), come)
            if index.is_multikey_with(document):
                index = replace(index, multikey=True)
        return index
