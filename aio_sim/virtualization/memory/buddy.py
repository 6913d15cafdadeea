"""The buddy system: blocks of powers of two, halved to serve and joined with their other half.

K. Knowlton, A fast storage allocator, CACM 8(10), 1965; D. Knuth, The Art of Computer Programming,
vol. 1, 3rd ed., 2.5, algorithms R and S.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.memory.allocator import Hole, positive, take_block
from aio_sim.virtualization.memory.translation import power_of_two_bits


class BuddyAllocator:
    """Memory of `size` from `base`, lent in powers of two of at least `smallest`; O(log size) each.

    Of equally large blocks the lowest is taken. InputError unless `size` and `smallest` are powers
    of two.
    """

    def __init__(self, base: int, size: int, smallest: int = 1) -> None:
        self.base = base
        self.size = size
        self._least = power_of_two_bits(smallest, "smallest block")
        self._most = power_of_two_bits(size, "size of the memory")
        if self._least > self._most:
            raise InputError(_("the smallest block is larger than the memory"))
        self._free: list[list[int]] = [[] for _order in range(self._most + 1)]
        self._free[self._most].append(0)
        self._orders: dict[int, int] = {}
        self._asked: dict[int, int] = {}

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The free blocks, in address order."""
        return tuple(
            sorted(
                Hole(self.base + offset, 1 << order)
                for order, offsets in enumerate(self._free)
                for offset in offsets
            )
        )

    @property
    def blocks(self) -> dict[int, int]:
        """The size of each block lent, a power of two, by its address, in address order."""
        return {address: 1 << order for address, order in sorted(self._orders.items())}

    @property
    def requested(self) -> int:
        """The sum of the sizes asked for of the blocks lent: at most what they take."""
        return sum(self._asked.values())

    def allocate(self, size: int) -> int | None:
        """Return the address of a new block of at least `size`, None where there is none."""
        wanted = max((positive(size) - 1).bit_length(), self._least)
        order = next((at for at in range(wanted, self._most + 1) if self._free[at]), None)
        if order is None:
            return None
        offset = self._free[order].pop(0)
        while order > wanted:
            order -= 1
            insort(self._free[order], offset + (1 << order))
        address = self.base + offset
        self._orders[address], self._asked[address] = order, size
        return address

    def free(self, address: int) -> None:
        """Take back the block at `address`, joining buddies; InputError where none begins there."""
        order = take_block(self._orders, address)
        del self._asked[address]
        offset = address - self.base
        while order < self._most and self._take(order, offset ^ (1 << order)):
            offset &= ~(1 << order)
            order += 1
        insort(self._free[order], offset)

    def block_size(self, address: int) -> int:
        """Return the size of the block that begins at `address`, a power of two."""
        return 1 << self._orders[address]

    def grow_down(self, address: int, size: int) -> int | None:
        """Let a block serve `size` bytes where it is; None where it is too small for them."""
        if size > self.block_size(address):
            return None
        self._asked[address] = size
        return address

    def _take(self, order: int, offset: int) -> bool:
        """Take a block out of the free ones of its order; return whether it was there."""
        offsets = self._free[order]
        index = bisect_left(offsets, offset)
        if index == len(offsets) or offsets[index] != offset:
            return False
        del offsets[index]
        return True
