"""The address space of one task in variable partitions: bounds, segment faults, a growing stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from aio_sim.virtualization.memory.guest_memory import Counts, Fault, VisitingSpace
from aio_sim.virtualization.memory.locality import Locality, References
from aio_sim.virtualization.memory.partitions import Key, Partitions
from aio_sim.virtualization.memory.segment_layout import LaidSegment
from aio_sim.virtualization.memory.segmentation import Segment, SegmentTable
from aio_sim.virtualization.memory.translation import Permission


class SegmentedSpace(VisitingSpace):
    """Visits of one task to its pages, each in one of its segments.

    A visit within the limit of a segment in memory pays nothing. One to a segment that is not there
    brings it in whole; one below a stack's limit makes it grow to that page. Visits that would
    change a page of a segment that may not be written only read it. `leave` is called as the task
    ends, `fault_cost` is the processor's time of a fault and `copy_rate` in bytes per second.
    """

    def __init__(
        self,
        task: int,
        work: int,
        locality: Locality,
        chunks: Iterator[References],
        *,
        page_size: int,
        segments: Sequence[LaidSegment],
        partitions: Partitions,
        fault_cost: int,
        copy_rate: int,
        take_written: Callable[[], int],
        all_counts: Counts,
        leave: Callable[[int], None],
    ) -> None:
        super().__init__(work, locality, chunks, all_counts)
        self._task, self._leave = task, leave
        self._page_size = page_size
        self._partitions = partitions
        self._fault_cost, self._copy_rate = fault_cost, copy_rate
        self._take_written = take_written
        self._segments = segments
        self._keys: list[Key] = [(task, number) for number in range(len(segments))]
        self._limits = [
            laid.size_up_to(laid.first, page_size) if laid.plan.grows else laid.size
            for laid in segments
        ]
        self._valid_up_to = [0] * len(segments)
        """The page after the last that can be visited without a fault; 0 where not in memory."""
        self._dirty: set[int] = set()
        self._pages: list[int] = []
        self._numbers: list[int] = []
        self._writes: list[bool] = []
        self.growths = 0

    @property
    def resident(self) -> tuple[int, ...]:
        """The numbers of its segments that are in memory."""
        return tuple(number for number, upto in enumerate(self._valid_up_to) if upto)

    @property
    def largest(self) -> int:
        """The size in bytes that its largest segment may come to have."""
        return max(laid.size for laid in self._segments)

    @property
    def table(self) -> SegmentTable:
        """The segment table as the hardware has it now; what is not in memory has the limit 0."""
        part = 1 << (self.largest - 1).bit_length()
        width = (len(self._segments) - 1).bit_length()
        return SegmentTable(part << width, [self._entry(key) for key in self._keys])

    def release(self) -> None:
        """Give back all memory of the task, which has ended; nothing is written back."""
        for number in self.resident:
            self._partitions.release(self._keys[number])
        self._leave(self._task)

    def lose(self, number: int) -> int:
        """Note that a segment had to leave; return the bytes to be written, 0 unless changed."""
        self._valid_up_to[number] = 0
        if number not in self._dirty:
            return 0
        self._dirty.remove(number)
        return self._limits[number]

    def _entry(self, key: Key) -> Segment:
        plan = self._segments[key[1]].plan
        if key not in self._partitions.address:
            return Segment(0, 0, plan.grows, plan.permission)
        start = self._partitions.address[key]
        base = start + self._partitions.size_of(start) if plan.grows else start
        return Segment(base, self._limits[key[1]], plan.grows, plan.permission)

    def _take(self, chunk: References) -> None:
        import numpy as np

        firsts = np.array([laid.first for laid in self._segments])
        writable = np.array([Permission.WRITE in laid.plan.permission for laid in self._segments])
        numbers = firsts.searchsorted(chunk.pages, side="right") - 1
        self._pages = chunk.pages.tolist()
        self._numbers = numbers.tolist()
        self._writes = (chunk.writes & writable[numbers]).tolist()

    def _go_on(self, begin: int, end: int) -> tuple[int, int]:
        pages, numbers, upto = self._pages, self._numbers, self._valid_up_to
        keys, touch = self._keys, self._partitions.touch
        place = begin
        while place < end and pages[place] < upto[number := numbers[place]]:
            touch(keys[number])
            if self._writes[place]:
                self._dirty.add(number)
            place += 1
        return place, 0

    def _fault(self, place: int) -> Fault:
        page, number = self._pages[place], self._numbers[place]
        partitions, copied = self._partitions, self._partitions.copied
        read = 0
        if not self._valid_up_to[number]:
            read = self._limits[number]
            partitions.place(self._keys[number], read)
        self._reach(page, number)
        if self._writes[place]:
            self._dirty.add(number)
        copied = partitions.copied - copied
        time = self._fault_cost + copied * 10**9 // self._copy_rate
        return Fault(time, read, self._take_written(), copied)

    def _reach(self, page: int, number: int) -> None:
        """Make a page of a segment in memory valid: a stack grows, where it is not that deep."""
        laid = self._segments[number]
        size = laid.size_up_to(page, self._page_size)
        if size > self._limits[number]:
            self._partitions.grow_down(self._keys[number], size)
            self._limits[number] = size
            self.growths += 1
        self._valid_up_to[number] = laid.first - (-self._limits[number] // self._page_size)
