"""The address space of one task in a guest's frames: translation, faults, working set."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aio_sim.virtualization.memory.frame_pool import FramePool, Holding
from aio_sim.virtualization.memory.guest_memory import (
    Counts,
    Fault,
    VisitingSpace,
)
from aio_sim.virtualization.memory.locality import Locality, References
from aio_sim.virtualization.memory.tlb import Key


@dataclass(frozen=True)
class PagingCosts:
    """The processor's times in nanoseconds of what references meet.

    `fault` is for handling one: interrupt and restart, 1 to 100 us each (Silberschatz, 10.2.3),
    here 1 us each. `look_up` is what the TLB adds to each access, `memory` what one access takes
    (100 ns: Silberschatz, 9.3.2, up to the 9th edition). A TLB miss walks `levels` of the guest's
    tables, through `nested_levels` of the host's at each step; 0 under shadow page tables.
    """

    fault: int = 2_000
    look_up: int = 0
    memory: int = 100
    levels: int = 4
    nested_levels: int = 4

    @property
    def walk_accesses(self) -> int:
        """The accesses of a TLB miss, (n + 1) (m + 1) - 1: 24 for 4 and 4 levels.

        R. Bhargava et al., Accelerating two-dimensional page walks for virtualized systems, ASPLOS
        2008.
        """
        return (self.levels + 1) * (self.nested_levels + 1) - 1


class PagedSpace(VisitingSpace):
    """Visits of one task to its pages, of which `holding` says what is in memory.

    A visit pays a look-up for each of its accesses and a walk where the TLB misses; one that faults
    walks twice, to find the fault and after it. `leave` is called as the task ends. `working_set`
    looks back `window` references.
    """

    def __init__(
        self,
        task: int,
        work: int,
        locality: Locality,
        chunks: Iterator[References],
        *,
        pool: FramePool,
        holding: Holding,
        costs: PagingCosts,
        window: int,
        all_counts: Counts,
        leave: Callable[[int], None],
    ) -> None:
        super().__init__(work, locality, chunks, all_counts)
        self._task = task
        self._pool, self._holding, self._leave = pool, holding, leave
        self._fault_cost = costs.fault
        self._walk = costs.walk_accesses * costs.memory
        self._look_ups = locality.accesses * costs.look_up
        self._look_up = costs.look_up
        self._keys: list[Key] = []
        self._writes: list[bool] = []
        self._recent: deque[Key] = deque(maxlen=window)
        self._recent_faults = RecentFaults(window)

    def release(self) -> None:
        """Give back all frames of the task, which has ended; nothing is written back."""
        self._leave(self._task)

    @property
    def working_set(self) -> int:
        """The number of pages used in the last references. O(window)."""
        return len(set(self._recent))

    @property
    def recent(self) -> Counts:
        """The last references, as many as the window has, and the faults among them."""
        return Counts(len(self._recent), self._recent_faults.count(self.counts.references))

    def _take(self, chunk: References) -> None:
        task = self._task
        self._keys = [(task, page) for page in chunk.pages.tolist()]
        self._writes = chunk.writes.tolist()

    def _go_on(self, begin: int, end: int) -> tuple[int, int]:
        memory, tlb = self._holding.memory, self._pool.tlb
        place = memory.access_resident(self._keys, self._writes, begin, end)
        visited = self._keys[begin:place]
        self._recent.extend(visited)
        tlb.switch_to(self._task)
        misses = tlb.visit(visited, memory.frame_of)  # type: ignore[arg-type]  # all are keys
        return place, len(visited) * self._look_ups + misses * self._walk

    def _fault(self, place: int) -> Fault:
        key, tlb = self._keys[place], self._pool.tlb
        tlb.look_up(key[1], self._task)
        frame = self._pool.bring_in(key, write=self._writes[place]).frame
        tlb.visit((key,), {key: frame})
        self._recent.append(key)
        self._recent_faults.note(self.counts.references)
        page_size = self._holding.table.page_size
        time = self._fault_cost + self._look_up + self._look_ups + 2 * self._walk
        return Fault(time, page_size, self._pool.take_write_backs() * page_size)


class RecentFaults:
    """How often a task faulted in its last `window` references. O(1) a fault."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._at: deque[int] = deque()

    def note(self, reference: int) -> None:
        """Note that the reference of that number, counted from 0, faulted."""
        self._at.append(reference)
        self._forget(reference + 1)

    def count(self, references: int) -> int:
        """Return the faults of the last window, after so many references."""
        self._forget(references)
        return len(self._at)

    def _forget(self, references: int) -> None:
        while self._at and self._at[0] < references - self._window:
            self._at.popleft()
