"""One collection of a database, as a client has it in hand: queries, writes, indexes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from aio_sim.kernel.errors import UnknownName
from aio_sim.kernel.messages import _
from aio_sim.storage.cost import Cost
from aio_sim.storage.document.collection import Collection
from aio_sim.storage.document.documents import ID, Document
from aio_sim.storage.document.errors import QueryError
from aio_sim.storage.document.filters import Filter, conditions, filter_of
from aio_sim.storage.document.index import Fields, Index, index_of
from aio_sim.storage.document.paths import put
from aio_sim.storage.document.queries import Queries, Query
from aio_sim.storage.document.updates import is_replacement, updated


@dataclass(frozen=True)
class UpdateResult:
    """What an update did."""

    matched: int
    modified: int
    upserted: Any = None
    """The `_id` of the document that was inserted."""


class Handle(Queries):
    """What a client can do with a collection, which is made with its first document or index.

    A write is durable on return where the engine's settings say so, else within the journal's
    commit interval. Writes of several documents are whole for each of them, not for all.
    """

    def __init__(
        self,
        collection: Callable[[], Collection | None],
        cost: Callable[[], Cost],
        make: Callable[[], Collection],
        written: Callable[[], None],
    ) -> None:
        super().__init__(collection, cost)
        self._make = make
        self._written = written

    @property
    def indexes(self) -> tuple[Index, ...]:
        """Its indexes, that on `_id` first."""
        collection = self._collection()
        return () if collection is None else collection.indexes

    def insert(self, document: Mapping[str, Any]) -> Any:
        """Add a document; return its `_id`, which is made where it has none.

        Raises DocumentError, DuplicateKeyError, DiskFullError; nothing has changed then.
        """
        identity = self._make().insert(document)
        self._written()
        return identity

    def insert_many(self, documents: Iterable[Mapping[str, Any]]) -> list[Any]:
        """Add documents in order, up to the first that cannot be; return their `_id`s."""
        collection = self._make()
        identities = [collection.insert(document) for document in documents]
        self._written()
        return identities

    def update(
        self, query: Query, update: Mapping[str, Any], *, upsert: bool = False, many: bool = False
    ) -> UpdateResult:
        """Update the first document that a filter means, or all (`many`), each by itself.

        With `upsert`, where none is meant, one is inserted of what the filter asks to be equal and
        of the update. Raises QueryError, DocumentError, DuplicateKeyError, DiskFullError.
        """
        if many and is_replacement(update):
            raise QueryError(_("several documents cannot be replaced by one; use operators"))
        meant = filter_of(query)
        # All are known before the first is changed, or one that moves would be met again.
        documents = list(islice(self._found(meant), None if many else 1))
        if not documents and upsert:
            return UpdateResult(0, 0, self.insert(updated(_seed(meant), update, is_new=True)))
        collection = self._collection()
        modified = 0
        for document in documents:
            assert collection is not None
            modified += collection.replace(document, updated(document, update))
        self._written()
        return UpdateResult(len(documents), modified)

    def delete(self, query: Query, *, many: bool = False) -> int:
        """Delete the first document that a filter means, or all; return how many."""
        documents = list(islice(self._found(filter_of(query)), None if many else 1))
        collection = self._collection()
        for document in documents:
            assert collection is not None
            collection.delete(document)
        self._written()
        return len(documents)

    def put(self, document: Mapping[str, Any]) -> None:
        """Insert a document, or put it in the place of the one with its `_id`."""
        collection = self._make()
        old = collection.get(document[ID]) if ID in document else None
        if old is None:
            collection.insert(document)
        else:
            collection.replace(old, document)
        self._written()

    def create_index(
        self,
        fields: Fields,
        *,
        unique: bool = False,
        name: str | None = None,
    ) -> str:
        """Make an index over the documents there are; return its name.

        Nothing happens where there is the same one. Raises QueryError where another has its name,
        DuplicateKeyError where a unique one cannot be.
        """
        index = index_of(fields, unique=unique, name=name)
        collection = self._make()
        known = {each.name: each for each in collection.indexes}.get(index.name)
        if known is None:
            collection.add_index(index)
        elif (known.fields, known.unique) != (index.fields, index.unique):
            raise QueryError(
                _("{collection} has another index {index} already").format(
                    collection=collection.name, index=index.name
                )
            )
        return index.name

    def drop_index(self, name: str) -> None:
        """Take an index away; raises UnknownName, QueryError for the one on `_id`."""
        names = [index.name for index in self.indexes]
        collection = self._collection()
        if collection is None or name not in names:
            raise UnknownName(_("index"), name, names)
        if name == names[0]:
            raise QueryError(_("the index on _id stays as long as the collection"))
        collection.redefine(tuple(each for each in collection.indexes if each.name != name))


def _seed(meant: Filter) -> Document:
    """Return the document that an upsert begins with: what the filter asks to be equal."""
    seed: Document = {}
    for condition in conditions(meant):
        if condition.operator == "$eq":
            put(seed, condition.path, condition.operand)
    return seed
