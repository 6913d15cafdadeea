"""Which shard has which range of the shard key: the config's table of chunks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from aio_sim.storage.document.documents import ID, Document
from aio_sim.storage.document.engine import DocumentEngine

_CHUNKS: Final = "config.chunks"


@dataclass
class Chunk:
    """Documents whose keys are from `low` to below that of the next chunk."""

    low: bytes
    shard: str
    jumbo: bool = False
    """Whether it cannot be split, for all its documents have one key."""
    size: int = 0
    """Bytes of the documents that came since it was made, or read; a guess, as MongoDB's is."""


class ChunkTable:
    """The chunks of one collection, kept in the config's database.

    A chunk ends where the next begins, so each split and each move is one document, and whole.
    """

    def __init__(self, config: DocumentEngine, collection: str) -> None:
        self._collection = collection
        self._handle = config.collection(_CHUNKS)
        self._config = config
        held = self._handle.find({"ns": collection})
        self.chunks = sorted(map(_chunk, held), key=lambda chunk: chunk.low)
        self._lows = [chunk.low for chunk in self.chunks]

    def create(self, lows: Iterable[tuple[bytes, str]]) -> None:
        """Make chunks that begin at some keys, on some shards; the first at no key at all."""
        for low, shard in lows:
            self._add(Chunk(low, shard))

    def of(self, key: bytes) -> Chunk:
        """Return the chunk that a key belongs to."""
        return self.chunks[bisect_right(self._lows, key) - 1]

    def within(self, low: bytes, high: bytes) -> list[Chunk]:
        """Return the chunks that have keys from `low` to below `high`."""
        first = max(bisect_right(self._lows, low) - 1, 0)
        return [chunk for chunk in self.chunks[first:] if chunk.low < high or chunk.low <= low]

    def end_of(self, chunk: Chunk) -> bytes | None:
        """Return the key at which a chunk ends, None for the last."""
        place = bisect_right(self._lows, chunk.low)
        return self._lows[place] if place < len(self._lows) else None

    def split(self, chunk: Chunk, at: bytes, left: int) -> None:
        """Let a chunk of `left` bytes end at a key, and one with the rest begin there."""
        self._add(Chunk(at, chunk.shard, size=max(chunk.size - left, 0)))
        chunk.size = left

    def move(self, chunk: Chunk, shard: str) -> None:
        """Let another shard have a chunk. Durable on return."""
        chunk.shard = shard
        self._save(chunk)

    def mark_jumbo(self, chunk: Chunk) -> None:
        """Note that a chunk cannot be split."""
        chunk.jumbo = True
        self._save(chunk)

    def counts(self, shards: Iterable[str]) -> dict[str, int]:
        """Return how many chunks each shard has."""
        counts = dict.fromkeys(shards, 0)
        for chunk in self.chunks:
            counts[chunk.shard] += 1
        return counts

    def _add(self, chunk: Chunk) -> None:
        place = bisect_right(self._lows, chunk.low)
        self.chunks.insert(place, chunk)
        self._lows.insert(place, chunk.low)
        self._save(chunk)

    def _save(self, chunk: Chunk) -> None:
        identity = f"{self._collection}/{chunk.low.hex()}"
        self._handle.put(
            {
                ID: identity,
                "ns": self._collection,
                "low": chunk.low.hex(),
                "shard": chunk.shard,
                "jumbo": chunk.jumbo,
            }
        )
        self._config.sync()


def _chunk(held: Document) -> Chunk:
    return Chunk(bytes.fromhex(held["low"]), held["shard"], held["jumbo"])
