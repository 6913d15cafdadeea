"""Variable partitions: a list of holes in address order, first, best, worst or next fit.

D. Knuth, The Art of Computer Programming, vol. 1, 3rd ed., 2.5; R. and A. Arpaci-Dusseau, Operating
Systems: Three Easy Pieces, ch. 17. Addresses and sizes in bytes (or in any other unit).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from typing import NamedTuple

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _


class Hole(NamedTuple):
    """Free memory from `start`, `size` of it."""

    start: int
    size: int

    @property
    def end(self) -> int:
        """The first address after the hole."""
        return self.start + self.size


class Move(NamedTuple):
    """A block that compaction moved."""

    source: int
    target: int
    size: int


class Choice(NamedTuple):
    """The place in the list of the hole to take, None where none fits, and the holes looked at."""

    place: int | None
    searched: int


Fit = Callable[[Sequence[Hole], int, int], Choice]
"""From the holes in address order, the size wanted, and where the last search ended: the choice."""


def first_fit(holes: Sequence[Hole], size: int, _rover: int) -> Choice:
    """Choose the first hole that is large enough."""
    for index, hole in enumerate(holes):
        if hole.size >= size:
            return Choice(index, index + 1)
    return Choice(None, len(holes))


def next_fit(holes: Sequence[Hole], size: int, rover: int) -> Choice:
    """Choose the first that is large enough from where the last search ended, going round once."""
    begin = next((index for index, hole in enumerate(holes) if hole.end > rover), 0)
    for step in range(len(holes)):
        index = (begin + step) % len(holes)
        if holes[index].size >= size:
            return Choice(index, step + 1)
    return Choice(None, len(holes))


def best_fit(holes: Sequence[Hole], size: int, _rover: int) -> Choice:
    """Choose the smallest hole that is large enough, of equals the first."""
    fitting = (index for index, hole in enumerate(holes) if hole.size >= size)
    return Choice(min(fitting, key=lambda index: holes[index].size, default=None), len(holes))


def worst_fit(holes: Sequence[Hole], size: int, _rover: int) -> Choice:
    """Choose the largest hole, of equals the first."""
    fitting = (index for index, hole in enumerate(holes) if hole.size >= size)
    return Choice(max(fitting, key=lambda index: holes[index].size, default=None), len(holes))


FITS: dict[str, Fit] = {
    "first": first_fit,
    "best": best_fit,
    "worst": worst_fit,
    "next": next_fit,
}


class FreeListAllocator:
    """Memory of `size` from `base`, lent in blocks of exactly the size asked for.

    A block comes from the beginning of its hole. A freed block goes back into the list in address
    order; with `coalesce` it is joined to the holes it touches, without it stays its own hole.
    `searched` is the number of holes the last `allocate` looked at, the cost of a request.
    Raises UnknownName for another fit, InputError for a size that is not positive.
    """

    def __init__(self, base: int, size: int, fit: str = "first", *, coalesce: bool = False) -> None:
        if fit not in FITS:
            raise UnknownName("fit", fit, FITS)
        self.base = base
        self.size = positive(size)
        self.coalesce = coalesce
        self.searched = 0
        self._fit = FITS[fit]
        self._holes = [Hole(base, size)]
        self._blocks: dict[int, int] = {}
        self._rover = base

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The free list, in address order."""
        return tuple(self._holes)

    @property
    def blocks(self) -> dict[int, int]:
        """The size of each block lent, by its address, in address order."""
        return dict(sorted(self._blocks.items()))

    @property
    def requested(self) -> int:
        """The sum of the sizes asked for of the blocks lent: here all that they take."""
        return sum(self._blocks.values())

    def allocate(self, size: int) -> int | None:
        """Return the address of a new block, None where no hole is large enough."""
        index, self.searched = self._fit(self._holes, positive(size), self._rover)
        if index is None:
            return None
        hole = self._holes[index]
        if hole.size == size:
            del self._holes[index]
        else:
            self._holes[index] = Hole(hole.start + size, hole.size - size)
        self._blocks[hole.start] = size
        self._rover = hole.start + size
        return hole.start

    def free(self, address: int) -> None:
        """Take back the block at `address`; InputError where none begins there."""
        hole = Hole(address, take_block(self._blocks, address))
        if self.coalesce:
            hole = self._join(hole)
        insort(self._holes, hole)

    def block_size(self, address: int) -> int:
        """Return the size of the block that begins at `address`."""
        return self._blocks[address]

    def grow_down(self, address: int, size: int) -> int | None:
        """Enlarge a block to `size` into the hole just below it; return where it begins then.

        None where there is no such hole, or it is too small.
        """
        more = size - self._blocks[address]
        index = bisect_left(self._holes, Hole(address, 0)) - 1
        hole = self._holes[index] if index >= 0 else Hole(0, 0)
        if hole.end != address or hole.size < more:
            return None
        self._holes[index : index + 1] = [Hole(hole.start, hole.size - more)][: hole.size != more]
        del self._blocks[address]
        self._blocks[address - more] = size
        return address - more

    def compact(self) -> list[Move]:
        """Move all blocks together at the beginning, leaving one hole; return the moves."""
        moves, target = [], self.base
        for address, size in self.blocks.items():
            if address != target:
                moves.append(Move(address, target, size))
            target += size
        for move in moves:
            self._blocks[move.target] = self._blocks.pop(move.source)
        left = self.base + self.size - target
        self._holes = [Hole(target, left)] if left else []
        self._rover = target
        return moves

    def _join(self, hole: Hole) -> Hole:
        """Take the neighbours of a new hole out of the list, and return the hole with them."""
        index = bisect_left(self._holes, hole)
        if index < len(self._holes) and self._holes[index].start == hole.end:
            hole = Hole(hole.start, hole.size + self._holes.pop(index).size)
        if index and self._holes[index - 1].end == hole.start:
            before = self._holes.pop(index - 1)
            hole = Hole(before.start, before.size + hole.size)
        return hole


def positive(size: int) -> int:
    """Return `size`; InputError where it is not positive."""
    if size < 1:
        raise InputError(_("a size must be at least 1, not {size}").format(size=size))
    return size


def take_block(blocks: dict[int, int], address: int) -> int:
    """Take out the block at `address` and return its size; InputError where there is none."""
    if address not in blocks:
        raise InputError(_("no block begins at address {address}").format(address=address))
    return blocks.pop(address)
