"""A guest's memory as its tasks meet it: work that goes on from one fault to the next.

A task visits pages as its locality says; a visit lasts a fixed time of the task's own work. The
page (or segment) of a visit is wanted at its beginning: it may fault then, and once it is there the
visit runs to its end, whoever's fault takes the page away in between.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.memory.locality import Locality, References

if TYPE_CHECKING:
    import numpy as np


class Stretch(NamedTuple):
    """How far a task came: times in nanoseconds, sizes in bytes.

    `progress` is own work done, `time` the processor's time that it took: progress, translation,
    handling of the fault, moving of memory. `read` is to be read before the task goes on, and
    `written` to be written before that; both are 0 where no fault stopped it. `copied` was moved
    within memory, its time already in `time`.
    """

    progress: int
    time: int
    read: int = 0
    written: int = 0
    copied: int = 0


class MemoryTotals(NamedTuple):
    """Counts since the beginning, sizes in bytes, and means over time.

    `references` are visits, of which `faults` met what was not in memory; `write_backs` counts
    dirty victims, `evictions` all; `growths` stacks that grew. `resident` and `table_bytes` are of
    now. Of segments, the mean numbers of `holes` and `blocks`. Internal fragmentation is the share
    of the memory lent that nobody asked for, external that of the free memory outside its largest
    hole; all four are averaged over time.
    """

    references: int = 0
    faults: int = 0
    evictions: int = 0
    write_backs: int = 0
    read: int = 0
    written: int = 0
    copied: int = 0
    compactions: int = 0
    growths: int = 0
    tlb_hits: int = 0
    tlb_misses: int = 0
    resident: int = 0
    table_bytes: int = 0
    holes: float = 0.0
    blocks: float = 0.0
    internal_fragmentation: float = 0.0
    external_fragmentation: float = 0.0

    @property
    def hits(self) -> int:
        """The visits that found what they wanted in memory."""
        return self.references - self.faults


class AddressSpace(Protocol):
    """What one task sees of a guest's memory."""

    @property
    def visit(self) -> int:
        """How long a visit to a page lasts, in nanoseconds of own work; 0 where it makes none."""

    def advance(self, most: int) -> Stretch:
        """Go on until the next fault, or until `most` nanoseconds of own work are done."""

    def release(self) -> None:
        """Give back all memory of the task, which has ended; nothing is written back."""


class GuestMemory(Protocol):
    """The memory of one guest."""

    @property
    def totals(self) -> MemoryTotals:
        """What happened up to now."""

    @property
    def least(self) -> int:
        """The bytes that its tasks of now cannot do without."""

    def open(
        self, task: int, work: int, locality: Locality | None, random: np.random.Generator
    ) -> AddressSpace:
        """Return a new address space for `work` nanoseconds of a task; `random` is its own.

        A task without a locality takes no memory and never faults. InputError, before anything is
        changed, for a task that is there already, or that does not fit in what the guest may use.
        """

    def resize(self, size: int) -> int:
        """Change the bytes that the guest may use, as a balloon does; return the dirty bytes out.

        InputError, before anything is changed, for less than `least`.
        """


class Fault(NamedTuple):
    """What a fault costs: the processor's time in nanoseconds, and bytes.

    One that reads nothing, as where a stack grows, counts as no fault of the task.
    """

    time: int
    read: int
    written: int
    copied: int = 0


class NoReferences:
    """The address space of a task that never touches memory that could be elsewhere."""

    visit = 0

    def __init__(self, work: int) -> None:
        self._left = work

    def advance(self, most: int) -> Stretch:
        """Go on for `most` nanoseconds, or to the end of the task."""
        progress = min(most, self._left)
        self._left -= progress
        return Stretch(progress, progress)

    def release(self) -> None:
        """Give back nothing."""


@dataclass
class Counts:
    """What happened in an address space, or in all of a guest's.

    Visits, faults among them, and the bytes that these read.
    """

    references: int = 0
    faults: int = 0
    read: int = 0


class VisitingSpace(ABC):
    """An address space whose task visits pages: the cursor in its reference string.

    `counts` has its own visits up to now, `all_counts` is shared with the guest's other tasks.
    """

    def __init__(
        self, work: int, locality: Locality, chunks: Iterator[References], all_counts: Counts
    ) -> None:
        self.counts = Counts()
        self._all_counts = all_counts
        self.visit = locality.visit
        self._left = work
        self._chunks = chunks
        self._place = self._ready = 0
        self._begun = 0
        """The work left of the visit that goes on; its page was there when it began."""

    @abstractmethod
    def release(self) -> None:
        """Give back all memory of the task."""

    def advance(self, most: int) -> Stretch:
        """Go on until the next transfer, or until `most` nanoseconds of own work are done."""
        most = min(most, self._left)
        progress, overhead, copied = self._work(most), 0, 0
        while progress < most:
            visits, cost = self._visits(-(-(most - progress) // self.visit))
            overhead += cost
            self._begun += visits * self.visit
            progress += self._work(most - progress)
            if progress < most and self._place < self._ready:
                fault = self._fault_now()
                overhead += fault.time
                copied += fault.copied
                if fault.read or fault.written:
                    return Stretch(progress, progress + overhead, fault.read, fault.written, copied)
                progress += self._work(most - progress)
        return Stretch(progress, progress + overhead, copied=copied)

    def _work(self, most: int) -> int:
        """Do what was begun, up to `most`; return how much that was."""
        done = min(self._begun, most)
        self._begun -= done
        self._left -= done
        return done

    def _visits(self, most: int) -> tuple[int, int]:
        """Begin up to `most` visits at hand that do not fault; return how many, and their cost."""
        if self._place == self._ready:
            chunk = next(self._chunks)
            self._place, self._ready = 0, len(chunk.pages)
            self._take(chunk)
        begin = self._place
        self._place, cost = self._go_on(begin, min(begin + most, self._ready))
        self._count(self._place - begin, 0)
        return self._place - begin, cost

    def _fault_now(self) -> Fault:
        fault = self._fault(self._place)
        self._place += 1
        self._count(1, fault.read)
        self._begun = self.visit
        return fault

    def _count(self, references: int, read: int) -> None:
        for counts in (self.counts, self._all_counts):
            counts.references += references
            counts.faults += read > 0
            counts.read += read

    @abstractmethod
    def _take(self, chunk: References) -> None:
        """Keep the next part of the reference string, whose places count from 0."""

    @abstractmethod
    def _go_on(self, begin: int, end: int) -> tuple[int, int]:
        """Visit what is in memory from place `begin` on; return where that ends and its cost."""

    @abstractmethod
    def _fault(self, place: int) -> Fault:
        """Bring in what the visit at `place` wants, which is not in memory."""


def check_new(task: int, present: Container[int]) -> None:
    """InputError where a task has an address space already."""
    if task in present:
        raise InputError(_("task {task} has an address space already").format(task=task))
