"""Fragmentation measured: memory that is free and of no use, and memory lent and not asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from aio_sim.virtualization.memory.allocator import Hole


class Allocator(Protocol):
    """What lends blocks of memory: a free list or a buddy system."""

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The free memory, in address order."""

    @property
    def blocks(self) -> Mapping[int, int]:
        """The size of each block lent, by its address."""

    @property
    def requested(self) -> int:
        """The sum of the sizes asked for of the blocks lent."""

    def allocate(self, size: int) -> int | None:
        """Return the address of a new block, None where nothing fits."""

    def free(self, address: int) -> None:
        """Take back a block."""

    def block_size(self, address: int) -> int:
        """Return the size of a block."""

    def grow_down(self, address: int, size: int) -> int | None:
        """Enlarge a block where it stands, its end kept; return its new address, or None."""


class Fragmentation(NamedTuple):
    """The state of some memory; sizes in bytes.

    `external` is the share of the free memory outside its largest hole, 1 - largest / free (0 where
    nothing is free); `internal` the share of the memory lent that nobody asked for.
    """

    free: int
    used: int
    holes: int
    blocks: int
    largest_hole: int
    external: float
    internal: float


def measure(allocator: Allocator) -> Fragmentation:
    """Return how fragmented an allocator's memory is; holes count as its free list has them."""
    sizes = [hole.size for hole in allocator.holes]
    free, largest = sum(sizes), max(sizes, default=0)
    blocks = allocator.blocks
    used = sum(blocks.values())
    return Fragmentation(
        free=free,
        used=used,
        holes=len(sizes),
        blocks=len(blocks),
        largest_hole=largest,
        external=1 - largest / free if free else 0.0,
        internal=1 - allocator.requested / used if used else 0.0,
    )


def unused_in_last_page(size: int, page_size: int) -> int:
    """Return the bytes that `size` bytes leave unused in their last page: on average half of it."""
    return -size % page_size


class TimeMean:
    """The mean over time of a value that changes at moments: its integral over the time passed.

    `clock` tells the time, in any unit. A. Law, Simulation Modeling and Analysis, 5th ed., 1.4.3.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._begin = self._since = clock()
        self._value = self._integral = 0.0

    def set(self, value: float) -> None:
        """Note what the value is from now on."""
        now = self._clock()
        self._integral += self._value * (now - self._since)
        self._since, self._value = now, value

    @property
    def mean(self) -> float:
        """The mean from the beginning until now; the value of now where no time has passed."""
        now = self._clock()
        passed = now - self._begin
        integral = self._integral + self._value * (now - self._since)
        return integral / passed if passed else self._value


class FragmentationMeans:
    """How fragmented an allocator's memory is, as means over time.

    `note` is to be called as it changes. Fields as of Fragmentation.
    """

    def __init__(self, allocator: Allocator, clock: Callable[[], int]) -> None:
        self._allocator = allocator
        self.holes, self.blocks = TimeMean(clock), TimeMean(clock)
        self.external, self.internal = TimeMean(clock), TimeMean(clock)
        self.note()

    def note(self) -> None:
        """Take the state of now, which lasts until the next call. O(holes + blocks)."""
        state = measure(self._allocator)
        self.holes.set(state.holes)
        self.blocks.set(state.blocks)
        self.external.set(state.external)
        self.internal.set(state.internal)
