"""A guest's memory by segmentation: what its tasks' references really meet in its partitions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.memory.guest_memory import (
    AddressSpace,
    Counts,
    MemoryTotals,
    NoReferences,
    check_new,
)
from aio_sim.virtualization.memory.locality import Locality
from aio_sim.virtualization.memory.partitions import Key, Partitions
from aio_sim.virtualization.memory.replacement import RandomStream
from aio_sim.virtualization.memory.segment_layout import SegmentPlan, lay_out
from aio_sim.virtualization.memory.segmented_space import SegmentedSpace

if TYPE_CHECKING:
    import numpy as np


class GuestSegmentation:
    """`size` bytes in variable partitions, filled by the segments of tasks on demand.

    Each task has the segments of `plans`, its pages of `page_size` bytes split among them. `fit` is
    one of FITS or `buddy`. `fault_cost` is in nanoseconds, `copy_rate` in bytes per second; `clock`
    tells the time in nanoseconds. InputError for what Partitions cannot have.
    """

    def __init__(
        self,
        size: int,
        page_size: int,
        plans: Sequence[SegmentPlan],
        *,
        clock: Callable[[], int],
        fit: str = "first",
        compaction: bool = False,
        replacement: str = "lru",
        fault_cost: int = 2_000,
        copy_rate: int = 10_000_000_000,
        random: RandomStream | None = None,
    ) -> None:
        self.page_size = page_size
        self._plans = tuple(plans)
        self._fault_cost, self._copy_rate = fault_cost, copy_rate
        self._partitions = Partitions(
            size,
            fit,
            self._lose,
            clock=clock,
            compaction=compaction,
            replacement=replacement,
            random=random,
        )
        self._spaces: dict[int, SegmentedSpace] = {}
        self._counts = Counts()
        self._written = self._told = self._growths = 0
        self._evictions = self._write_backs = 0

    def open(
        self, task: int, work: int, locality: Locality | None, random: np.random.Generator
    ) -> AddressSpace:
        """Return a new address space for `work` nanoseconds of a task, with nothing in memory.

        InputError for a task that is there already, or with a segment larger than the memory.
        """
        if locality is None:
            return NoReferences(work)
        check_new(task, self._spaces)
        space = SegmentedSpace(
            task,
            work,
            locality,
            locality.draw(random),
            page_size=self.page_size,
            segments=lay_out(self._plans, locality.pages, locality.size, self.page_size),
            partitions=self._partitions,
            fault_cost=self._fault_cost,
            copy_rate=self._copy_rate,
            take_written=self._take_written,
            all_counts=self._counts,
            leave=self._leave,
        )
        self._check_fits(space.largest, self._partitions.available)
        self._spaces[task] = space
        return space

    def resize(self, size: int) -> int:
        """Let the guest use `size` bytes, the rest in a balloon; return the dirty bytes to write.

        InputError where that is more than the guest has, or less than some segment needs.
        """
        self._check_fits(self.least, size)
        self._partitions.resize(size)
        return self._take_written()

    @property
    def least(self) -> int:
        """The bytes of the largest segment of all tasks, as its block has them."""
        sizes = [self._partitions.block_for(space.largest) for space in self._spaces.values()]
        return max(sizes, default=1)

    @property
    def totals(self) -> MemoryTotals:
        """What happened up to now."""
        partitions, means = self._partitions, self._partitions.means
        return MemoryTotals(
            references=self._counts.references,
            faults=self._counts.faults,
            evictions=self._evictions,
            write_backs=self._write_backs,
            read=self._counts.read,
            written=self._written,
            copied=partitions.copied,
            compactions=partitions.compactions,
            growths=self._growths + sum(space.growths for space in self._spaces.values()),
            resident=partitions.resident,
            holes=means.holes.mean,
            blocks=means.blocks.mean,
            internal_fragmentation=means.internal.mean,
            external_fragmentation=means.external.mean,
        )

    def _check_fits(self, size: int, available: int) -> None:
        if self._partitions.block_for(size) > available:
            raise InputError(
                _("a segment of {size} bytes does not fit in {available} bytes of memory").format(
                    size=size, available=available
                )
            )

    def _lose(self, key: Key) -> None:
        written = self._spaces[key[0]].lose(key[1])
        self._evictions += 1
        self._write_backs += written > 0
        self._written += written

    def _take_written(self) -> int:
        """Return the bytes to be written of which nobody was told yet."""
        untold, self._told = self._written - self._told, self._written
        return untold

    def _leave(self, task: int) -> None:
        self._growths += self._spaces.pop(task).growths
