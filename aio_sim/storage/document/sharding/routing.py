"""Shard keys, and which shards a query must ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aio_sim.kernel.messages import _
from aio_sim.storage.document.documents import Document
from aio_sim.storage.document.errors import QueryError
from aio_sim.storage.document.filters import Filter
from aio_sim.storage.document.index import BEHIND, Fields, Index, index_of
from aio_sim.storage.document.keys import key_of
from aio_sim.storage.document.paths import values_at
from aio_sim.storage.document.planning import plan
from aio_sim.storage.document.sharding.chunks import Chunk, ChunkTable

HASHED_CHUNKS: Final = 2
"""Chunks of each shard as a collection with a hashed key begins. Source: MongoDB Manual,
Hashed Sharding: each shard has two chunks."""


class ShardKey:
    """The fields by which documents are spread; each document has one value of each.

    Raises QueryError for fields that no index could have.
    """

    def __init__(self, fields: Fields) -> None:
        self.index: Index = index_of(fields)

    def of(self, document: Document) -> bytes:
        """Return the key of a document; raises QueryError where a field holds a list."""
        for field in self.index.fields:
            if any(isinstance(each, list) for each in values_at(document, field.path)):
                raise QueryError(
                    _("a shard key cannot be a list: {path}").format(path=".".join(field.path))
                )
        [key] = self.index.keys(document)
        return key

    def first_chunks(self, shards: Sequence[str]) -> list[tuple[bytes, str]]:
        """Return where the chunks of an empty collection begin: one, or some a shard if hashed."""
        if not self.index.fields[0].hashed:
            return [(b"", shards[0])]
        count = HASHED_CHUNKS * len(shards)
        width = 2**64 // count
        lows = [b"", *(key_of(-(2**63) + number * width) for number in range(1, count))]
        return [(low, shards[place // HASHED_CHUNKS]) for place, low in enumerate(lows)]

    def chunks_for(self, of: Filter, table: ChunkTable) -> list[Chunk]:
        """Return the chunks in which documents may be that a filter means."""
        chosen = plan(of, (), (self.index,))
        if chosen.index is None:
            return table.chunks
        found = {
            chunk.low: chunk
            for low, high in chosen.ranges
            for chunk in table.within(low, high or BEHIND)
        }
        return list(found.values())
