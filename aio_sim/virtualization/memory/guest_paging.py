"""A guest's memory by paging: what its tasks' references really meet in its frames."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.memory.frame_pool import FramePool
from aio_sim.virtualization.memory.guest_memory import (
    AddressSpace,
    Counts,
    MemoryTotals,
    NoReferences,
    check_new,
)
from aio_sim.virtualization.memory.locality import Locality, joined
from aio_sim.virtualization.memory.page_table import PageTable
from aio_sim.virtualization.memory.paged_space import PagedSpace, PagingCosts
from aio_sim.virtualization.memory.replacement import RandomStream
from aio_sim.virtualization.memory.tlb import Key, Tlb
from aio_sim.virtualization.memory.working_set import thrashes

if TYPE_CHECKING:
    import numpy as np

_ENTRY_SIZE = 8
"""Bytes of an entry of a page table: x86-64 (Intel, Software Developer's Manual, vol. 3A, 4.5)."""

_MOST_KNOWN = 1_000_000
"""References of a task that can be known in advance; some 200 bytes each are kept."""


class Pressure(NamedTuple):
    """How short of memory a guest is.

    `faults` are those of the last `references` of its tasks, `working_sets` the pages that they
    used in them, all tasks together.
    """

    references: int
    faults: int
    working_sets: int
    frames: int

    @property
    def fault_rate(self) -> float:
        """The share of the last references that faulted."""
        return self.faults / self.references if self.references else 0.0

    @property
    def thrashing(self) -> bool:
        """Whether the working sets want more frames than there are (Denning, 1968)."""
        return thrashes([self.working_sets], self.frames)


class GuestPaging:
    """`size` bytes in frames of `page_size`, filled by the pages of tasks on demand.

    `local` gives each task an equal share of the frames; otherwise a fault may take any. Working
    sets and fault rates look back `window` references. `clock` tells the time in nanoseconds.
    InputError without a whole frame, or for `opt` unless `local`.
    """

    def __init__(
        self,
        size: int,
        page_size: int = 4096,
        replacement: str = "lru",
        *,
        clock: Callable[[], int],
        tlb: Tlb,
        costs: PagingCosts | None = None,
        local: bool = False,
        window: int = 1000,
        random: RandomStream | None = None,
    ) -> None:
        self.page_size = page_size
        self._costs = costs or PagingCosts()
        self._knows_future = replacement == "opt"
        self._window = window
        frames = size // page_size
        self._pool = FramePool(
            frames, page_size, replacement, local=local, tlb=tlb, clock=clock, random=random
        )
        self._spaces: dict[int, PagedSpace] = {}
        self._counts = Counts()

    def open(
        self, task: int, work: int, locality: Locality | None, random: np.random.Generator
    ) -> AddressSpace:
        """Return a new address space for `work` nanoseconds of a task, with no page in memory.

        InputError for a task that is there already, without a frame for each, or with more
        references than `opt` can know in advance.
        """
        if locality is None:
            return NoReferences(work)
        check_new(task, self._spaces)
        chunks = locality.draw(random)
        future: list[Key] = []
        if self._knows_future:
            string = joined(chunks, _known(ceil(work / locality.visit)))
            future = [(task, page) for page in string.pages.tolist()]
            chunks = iter((string,))
        table = self._table(locality.pages)
        unused = -locality.size % self.page_size
        self._spaces[task] = PagedSpace(
            task,
            work,
            locality,
            chunks,
            pool=self._pool,
            holding=self._pool.join(task, table, locality.pages - 1, unused, future),
            costs=self._costs,
            window=self._window,
            all_counts=self._counts,
            leave=self._leave,
        )
        return self._spaces[task]

    def resize(self, size: int) -> int:
        """Change the bytes that the guest may use; return the bytes of dirty pages to write out.

        InputError where there is not a frame left (for each task, under local replacement).
        """
        self._pool.resize(size // self.page_size)
        return self._pool.take_write_backs() * self.page_size

    @property
    def least(self) -> int:
        """The bytes of one frame, or of one for each task under local replacement."""
        return self._pool.least * self.page_size

    @property
    def pressure(self) -> Pressure:
        """How short of memory the guest is now. O(tasks x window)."""
        recent = [space.recent for space in self._spaces.values()]
        return Pressure(
            references=sum(counts.references for counts in recent),
            faults=sum(counts.faults for counts in recent),
            working_sets=sum(space.working_set for space in self._spaces.values()),
            frames=self._pool.frames,
        )

    @property
    def totals(self) -> MemoryTotals:
        """What happened up to now."""
        pool, page_size = self._pool, self.page_size
        return MemoryTotals(
            references=self._counts.references,
            faults=self._counts.faults,
            evictions=pool.evictions,
            write_backs=pool.write_backs,
            read=self._counts.read,
            written=pool.write_backs * page_size,
            tlb_hits=pool.tlb.hits,
            tlb_misses=pool.tlb.misses,
            resident=pool.resident * page_size,
            table_bytes=pool.table_bytes,
            internal_fragmentation=pool.unused_share,
        )

    def _leave(self, task: int) -> None:
        del self._spaces[task]
        self._pool.leave(task)

    def _table(self, pages: int) -> PageTable:
        """Return an empty page table for so many pages, its bits split evenly over the levels."""
        levels = self._costs.levels
        bits = max(levels, (pages - 1).bit_length())
        least, more = divmod(bits, levels)
        return PageTable(
            self.page_size, [least + (level < more) for level in range(levels)], _ENTRY_SIZE
        )


def _known(references: int) -> int:
    if references > _MOST_KNOWN:
        raise InputError(
            _("opt cannot know {references:,} references in advance, at most {most:,}").format(
                references=references, most=_MOST_KNOWN
            )
        )
    return references
