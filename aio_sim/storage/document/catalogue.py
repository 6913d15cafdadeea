"""Which collections and indexes there are, and in which trees; each change durable at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from aio_sim.storage.document.checkpoint_store import CheckpointStore
from aio_sim.storage.document.index import Index, decode_index

_ROOT: Final = 1
"""Root of the catalogue's tree; the first page that is allocated."""
_COLLECTION, _INDEX, _GARBAGE = b"collection/", b"index/", b"garbage/"
_END: Final = b"\xff"


@dataclass(frozen=True)
class Definition:
    """A collection: the tree of its records, and its indexes, the one on `_id` first."""

    name: str
    root: int
    indexes: tuple[Index, ...]

    @property
    def trees(self) -> list[int]:
        """Roots of all its trees."""
        return [self.root, *(index.root for index in self.indexes)]


class Catalogue:
    """Definitions by name, and trees that were dropped, or not yet finished: garbage."""

    def __init__(self, store: CheckpointStore) -> None:
        self._store = store
        if not store.tree(_ROOT).is_there:
            with store.change() as change:
                change.create()
            store.sync()
        self._tree = store.tree(_ROOT)
        self._collect_garbage()

    def read(self) -> dict[str, Definition]:
        """Return all definitions by name."""
        definitions = {
            name: Definition(name, int(root), ())
            for key, root in self._tree.scan(_COLLECTION, _COLLECTION + _END)
            for name in [key[len(_COLLECTION) :].decode()]
        }
        for key, data in self._tree.scan(_INDEX, _INDEX + _END):
            name = key[len(_INDEX) :].split(b"\0")[0].decode()
            old = definitions[name]
            definitions[name] = replace(old, indexes=(*old.indexes, decode_index(data)))
        return definitions

    def new_tree(self) -> int:
        """Return the root of a new tree, which is garbage until it is published."""
        self._store.require(_PAGES_OF_A_CHANGE)
        with self._store.change() as change:
            root = change.create()
            change.set(_ROOT, _garbage(root), b"")
        return root

    def publish(self, new: Definition | None, old: Definition | None = None) -> None:
        """Have a definition in the place of another; trees that it does not name are garbage."""
        entries: dict[bytes, bytes | None] = dict.fromkeys(_entries(old))
        entries |= _entries(new)
        there, gone = set(new.trees if new else ()), set(old.trees if old else ())
        entries |= {_garbage(root): None for root in there - gone}
        entries |= {_garbage(root): b"" for root in gone - there}
        self._store.require(len(entries) + _PAGES_OF_A_CHANGE)
        with self._store.change() as change:
            for key, value in sorted(entries.items()):
                change.set(_ROOT, key, value)
        self._store.sync()
        self._collect_garbage()

    def raw_tree(self, name: str) -> int:
        """Return the root of a tree that is no collection, made where there is none."""
        root = self._tree.get(_COLLECTION + name.encode())
        if root is None:
            made = self.new_tree()
            self.publish(Definition(name, made, ()))
            return made
        return int(root)

    def entry(self, collection: str, index: Index) -> tuple[int, bytes, bytes]:
        """Return tree, key and value by which another change sets a definition of an index."""
        return _ROOT, _index_key(collection, index), index.encode()

    def _collect_garbage(self) -> None:
        """Give back the pages of trees that nothing names, page by page."""
        for key, _nothing in list(self._tree.scan(_GARBAGE, _GARBAGE + _END)):
            gone = False
            while not gone:
                with self._store.change() as change:
                    gone = change.prune(int(key[len(_GARBAGE) :]))
                    if gone:
                        change.set(_ROOT, key, None)


_PAGES_OF_A_CHANGE: Final = 8


def _entries(definition: Definition | None) -> Mapping[bytes, bytes]:
    if definition is None:
        return {}
    entries = {_COLLECTION + definition.name.encode(): str(definition.root).encode()}
    for index in definition.indexes:
        entries[_index_key(definition.name, index)] = index.encode()
    return entries


def _index_key(collection: str, index: Index) -> bytes:
    # Whatever its name, the index on `_id` comes first: none other may begin with 0.
    name = b"\0" if index.name == "_id_" else index.name.encode()
    return _INDEX + collection.encode() + b"\0" + name


def _garbage(root: int) -> bytes:
    return _GARBAGE + str(root).encode()
