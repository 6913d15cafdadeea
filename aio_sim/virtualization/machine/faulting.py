"""Tasks in a guest's memory: their bursts are cut where they fault, and go on after the disk."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, SupportsIndex

from simpy.events import Event

from aio_sim.kernel.environment import Environment
from aio_sim.kernel.span_record import Record
from aio_sim.scheduling.process import Bursts, Process, Stretches
from aio_sim.virtualization.memory.guest_memory import AddressSpace, Stretch

Swap = Callable[[Stretch], Event]
"""Writes and reads what a fault wants written and read; the event fires when that is done."""

MOST_VISITS: Final = 256
"""Visits to pages that a task makes before it looks again what others have left it in memory."""


class FaultingBursts(Stretches):
    """The bursts of a task whose memory is not all there: CPU, a fault or I/O, CPU, ...

    Own bursts are carried out a stretch at a time, each until the next fault, or for so many visits
    that what other tasks and balloons take meanwhile is missed soon enough.
    """

    __slots__ = ("_left", "_own", "_space", "_swap", "_waits")

    def __init__(self, space: AddressSpace, first: int, own: Bursts | None, swap: Swap) -> None:
        self._space = space
        self._own = own  # I/O, CPU, ... after the burst that is going on
        self._left = first  # of that burst, in nanoseconds of own work
        self._swap = swap
        self._waits: Stretch | None = None  # for the disk, before it can go on

    def __bool__(self) -> bool:
        return self._waits is not None or self._left > 0 or bool(self._own)

    @property
    def left(self) -> int:
        """The task's own work in the present burst behind the present stretch, in nanoseconds."""
        return self._left

    def stretch(self) -> int:
        """Go on to the next fault or look, or the end of the burst; return the processor's time."""
        most = self._space.visit * MOST_VISITS or self._left
        stretch = self._space.advance(min(most, self._left))
        self._left -= stretch.progress
        self._waits = stretch if stretch.read or stretch.written else None
        return stretch.time

    def go_on(self) -> int:
        """Go on where nothing is to be waited for; return the processor's time, else 0."""
        return self.stretch() if self._waits is None and self._left else 0

    def pop(self, _index: SupportsIndex, /) -> Any:
        """Return what comes next: an event or a time to wait for, then the time of a burst."""
        if self._waits is not None:
            fault, self._waits = self._waits, None
            return self._swap(fault)
        if self._left == 0:
            assert self._own is not None
            wait = self._own.pop(0)
            self._left = self._own.pop(0) if self._own else 0
            return wait
        return self.stretch()


class Tenant:
    """The owner of a task in a guest's memory, who gives the memory back when the task ends."""

    __slots__ = ("_owner", "_space")

    def __init__(self, process: Process, space: AddressSpace) -> None:
        self._owner = process.owner
        self._space = space

    def leave(self, process: Process) -> None:
        """Give the memory back, as the task leaves the guest."""
        self._space.release()
        process.owner = self._owner

    def finished(self, process: Process) -> None:
        """Give the memory back, and tell the task's owner that it has finished."""
        self.leave(process)
        if self._owner is not None:
            self._owner.finished(process)

    def lost(self, process: Process, reason: str) -> None:
        """Give the memory back, and tell the task's owner that it ended unfinished."""
        self.leave(process)
        if self._owner is not None:
            self._owner.lost(process, reason)


class FaultRecord:
    """Writes the waits of a guest's tasks for their pages to a trace.

    Each is a span `page fault R W` of the task: R bytes are read, after W were written.
    """

    def __init__(self, env: Environment, record: Record) -> None:
        self._env = env
        self._record = record
        self._open: dict[int, tuple[str, int]] = {}

    def watch(self, process: int, swap: Swap, fault: Stretch) -> Event:
        """Have a fault served, and note for how long the process waits."""
        served = swap(fault)
        if self._record.kept and served.callbacks is not None:
            name = f"page fault {fault.read} {fault.written}"
            self._open[process] = name, self._env.now
            served.callbacks.append(partial(self._served, process))
        return served

    def close(self) -> None:
        """Write the waits that the end of the run finds."""
        for process in list(self._open):
            self._served(process)

    def _served(self, process: int, _event: Event | None = None) -> None:
        if process in self._open:
            name, begun = self._open.pop(process)
            self._record.span(name, begun, self._env.now, process)
