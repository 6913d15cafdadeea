"""Blocks that lack pieces, the most urgent first, waiting at the nodes they can be read from."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count

from aio_sim.distributed.file_system.block import Block

Entry = tuple[int, int, Block]


class RepairQueue:
    """A heap a source. A block waits at each of its sources; who has a stream free takes it.

    Entries that no longer hold are passed over as they come up, so that a change costs O(log n).
    """

    def __init__(self, nodes: list[str]) -> None:
        self._heaps: dict[str, list[Entry]] = {name: [] for name in nodes}
        self._order = count()
        self._urgency: dict[Block, int] = {}

    def __len__(self) -> int:
        return len(self._urgency)

    def __contains__(self, block: Block) -> bool:
        return block in self._urgency

    def push(self, block: Block, urgency: int, sources: list[str]) -> None:
        """Let a block wait at its sources, with this urgency from now on."""
        self._urgency[block] = urgency
        entry = (urgency, next(self._order), block)
        for source in sources:
            heappush(self._heaps[source], entry)

    def discard(self, block: Block) -> None:
        """Let a block wait no more."""
        self._urgency.pop(block, None)

    def clear(self) -> None:
        """Let nothing wait."""
        self._urgency.clear()
        for heap in self._heaps.values():
            heap.clear()

    def top(self, source: str) -> tuple[int, Block] | None:
        """Return the most urgent block at a source with its urgency, None where none waits."""
        heap = self._heaps[source]
        while heap:
            urgency, _order, block = heap[0]
            if self._urgency.get(block) == urgency and source in block.locations:
                return urgency, block
            heappop(heap)
        return None

    def pop(self, source: str) -> None:
        """Take the most urgent block at a source out of all queues."""
        self.discard(heappop(self._heaps[source])[2])
