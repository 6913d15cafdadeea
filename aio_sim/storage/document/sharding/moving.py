"""Chunks that are split as they grow, and moved from shard to shard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aio_sim.storage.document.documents import ID, Document, encode
from aio_sim.storage.document.engine import DocumentEngine
from aio_sim.storage.document.sharding.chunks import Chunk, ChunkTable
from aio_sim.storage.document.sharding.routing import ShardKey

CHUNK_SIZE: Final = 128 * 1024 * 1024
"""Bytes above which a chunk is split. Source: MongoDB Manual 7.0, Ranges: default 128 MB."""


@dataclass
class Traffic:
    """What the router and the balancer did."""

    targeted: int = 0
    """Operations that one shard alone was asked for."""
    scattered: int = 0
    """Operations that several were asked for."""
    splits: int = 0
    moves: int = 0
    moved_documents: int = 0
    moved_bytes: int = 0
    messages: int = 0
    message_bytes: int = 0


@dataclass
class Sharded:
    """A collection that is spread: by which key, and where its chunks are."""

    name: str
    key: ShardKey
    table: ChunkTable
    in_round: bool = False
    """Whether the balancer has begun to move its chunks, and they are not yet even."""


class Mover:
    """Splits and moves chunks of documents on some engines."""

    def __init__(
        self, shards: Mapping[str, DocumentEngine], traffic: Traffic, chunk_size: int
    ) -> None:
        self._shards = shards
        self._traffic = traffic
        self._chunk_size = chunk_size

    def move(self, of: Sharded, chunk: Chunk, target: str) -> int:
        """Move a chunk; return the bytes that went; nothing where it is there already.

        Copied and durable there first, then the config, then deleted here: a crash in between
        leaves documents on a shard that are another's, which nobody sees and the next move clears.
        """
        source, taker = chunk.shard, self._shards[target]
        if source == target:
            return 0
        self._clear(of, chunk, target)
        documents = self._documents(of, chunk, source)
        for document in documents:
            taker.put(of.name, document)
        taker.sync()
        of.table.move(chunk, target)
        self._clear(of, chunk, source)
        chunk.size = _size(documents)
        self._traffic.moves += 1
        self._traffic.moved_documents += len(documents)
        self._traffic.moved_bytes += chunk.size
        return chunk.size

    def grow(self, of: Sharded, chunk: Chunk, size: int) -> None:
        """Let a chunk have so many bytes more; split it in the middle where it is too large."""
        chunk.size += size
        if chunk.size <= self._chunk_size or chunk.jumbo:
            return
        documents = self._documents(of, chunk, chunk.shard)
        chunk.size = _size(documents)
        if chunk.size > self._chunk_size:
            self._split(of, chunk, documents)

    def _split(self, of: Sharded, chunk: Chunk, documents: list[Document]) -> None:
        keys = [of.key.of(document) for document in documents]
        middle = keys[len(keys) // 2]
        at = next((key for key in keys if key >= middle and key > keys[0]), None)
        if at is None:
            of.table.mark_jumbo(chunk)
            return
        of.table.split(chunk, at, _size(documents[: keys.index(at)]))
        self._traffic.splits += 1

    def _documents(self, of: Sharded, chunk: Chunk, shard: str) -> list[Document]:
        low, high = chunk.low, of.table.end_of(chunk)
        return self._shards[shard].documents_between(of.name, of.key.index.name, low, high)

    def _clear(self, of: Sharded, chunk: Chunk, shard: str) -> None:
        for document in self._documents(of, chunk, shard):
            self._shards[shard].delete(of.name, document[ID])


def _size(documents: list[Document]) -> int:
    return sum(len(encode(document)) for document in documents)
