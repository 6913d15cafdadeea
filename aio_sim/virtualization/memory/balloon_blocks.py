"""A balloon in variable partitions: blocks that it holds so that nobody else can use them.

C. Waldspurger, Memory resource management in VMware ESX Server, OSDI 2002, section 3.2.
"""

from __future__ import annotations

from collections.abc import Iterable

from aio_sim.virtualization.memory.allocator import Move
from aio_sim.virtualization.memory.fragmentation import Allocator


class BalloonBlocks:
    """Blocks of an allocator, `held` bytes together; `powers` where it lends powers of two."""

    def __init__(self, allocator: Allocator, *, powers: bool) -> None:
        self._allocator = allocator
        self._powers = powers
        self._blocks: list[int] = []
        self.held = 0

    def fill(self, target: int) -> bool:
        """Take free memory until `target` bytes are held; return whether there was enough."""
        while self.held < target:
            largest = max((hole.size for hole in self._allocator.holes), default=0)
            piece = min(target - self.held, largest)
            if not piece:
                return False
            self._take(1 << (piece.bit_length() - 1) if self._powers else piece)
        return True

    def shrink(self, target: int) -> None:
        """Give back blocks until at most `target` bytes are held."""
        while self.held > target:
            address = self._blocks.pop()
            self.held -= self._allocator.block_size(address)
            self._allocator.free(address)

    def follow(self, moves: Iterable[Move]) -> int:
        """Note that blocks were moved; return the bytes of its own, which nobody has to copy."""
        targets = {move.source: move for move in moves}
        mine = [targets[address] for address in self._blocks if address in targets]
        self._blocks = [
            targets[address].target if address in targets else address for address in self._blocks
        ]
        return sum(move.size for move in mine)

    def _take(self, size: int) -> None:
        address = self._allocator.allocate(size)
        assert address is not None  # a hole of that size was just seen
        self._blocks.append(address)
        self.held += size
