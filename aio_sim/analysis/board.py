"""The cores and the ready queue of one Cpu, moved on by the steps of a trace."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from itertools import count, islice
from typing import NamedTuple

from aio_sim.kernel.trace import Reason, RotationRow, ScheduleRow, Step
from aio_sim.scheduling.rotation import Rotation, Slice, expand

Event = ScheduleRow | Rotation

SHARED = -1
"""The core of a process that shares all cores of its Cpu with others."""

SEVERAL = -2
"""The process where several took turns."""


class CoreSlice(NamedTuple):
    """A process on a core from start to end (nanoseconds), of which the first `cost` is the switch.

    `core` is SHARED under processor sharing. `exclusive` is a core held as a whole.
    """

    cpu: str
    core: int
    process: int
    start: int
    end: int
    cost: int = 0
    exclusive: bool = False


@dataclass(slots=True)
class Running:
    """Who is on a core, since when, and how much of that is the switch."""

    process: int
    since: int
    cost: int = 0


class Board:
    """The cores and the ready queue of one Cpu, moved on by one event after the other."""

    def __init__(self, cpu: str) -> None:
        self.cpu = cpu
        self.running: dict[int, Running] = {}
        self.sharing: dict[int, Running] = {}
        self.decision: ScheduleRow | None = None
        """The last process that took a core."""
        self._cores: dict[int, int] = {}  # where each running process is
        self._ready: dict[int, int] = {}  # the place in the queue of each waiting process
        self._front = self._back = 0

    def copy(self) -> Board:
        """Return a board that goes its own way from here on."""
        board = copy(self)
        board.running = {core: copy(running) for core, running in self.running.items()}
        board.sharing = {process: copy(running) for process, running in self.sharing.items()}
        board._cores, board._ready = dict(self._cores), dict(self._ready)
        return board

    @property
    def waiting(self) -> int:
        """How many processes are in the ready queue."""
        return len(self._ready)

    def queue(self) -> list[int]:
        """Return the processes in the ready queue, in the order in which they joined."""
        return sorted(self._ready, key=self._ready.__getitem__)

    def apply(self, event: Event) -> Iterator[CoreSlice]:
        """Move on by one event, and yield the stays that it ends."""
        if isinstance(event, Rotation):
            yield from self.rotate(event)
        elif event.step == Step.READY:
            self._join(event.process, event.reason)
        elif event.step == Step.DISPATCH:
            yield from self._dispatch(event)
        else:
            yield from self._stop(event.process, event.time)
            if event.reason == Reason.PREEMPTED:
                self._join(event.process, event.reason)

    def goes_on(self, part: Slice) -> bool:
        """Return whether a slice of a rotation that begins is of the process already there."""
        running = self.running.get(part.core)
        return running is not None and running.process == part.process

    def pass_over(self, event: Event, until: int | None = None) -> None:
        """Move on by one event (to `until` in a rotation), whatever stays it ends."""
        stays = self.leap(event, until) if isinstance(event, Rotation) else self.apply(event)
        for _ended in stays:
            pass

    def rotate(self, rotation: Rotation) -> Iterator[CoreSlice]:
        """Move on to the end of a rotation, turn by turn."""
        parts = expand(rotation)
        for part in islice(parts, len(rotation.cores)):
            yield from self._go_on(part.core, part.process, part.start, part.cost)
        turns = 0
        for turns, part in enumerate(parts, 1):  # noqa: B007
            yield from self._occupy(part.core, part.process, part.start, rotation.row.cost)
        self._line_up(rotation, turns)

    def leap(self, rotation: Rotation, until: int | None = None) -> Iterator[CoreSlice]:
        """Move on to the end of a rotation, or to `until` in it, at once however many its turns.

        Of the stays that end, only those that began before the rotation are yielded.
        """
        row, members, cores = rotation
        last = row.end - 1 if until is None else min(until, row.end - 1)
        turns = 0
        for number, core in enumerate(cores):
            runs_from = core.slice_end - row.quantum
            slice_start = max(runs_from - row.cost, row.start)
            switching = max(runs_from - slice_start, 0)
            yield from self._go_on(core.core, core.process, slice_start, switching)
            begun = max((last - core.slice_end) // rotation_period(row) + 1, 0)
            turns += begun
            if begun:
                yield from self._stop(core.process, core.slice_end)
                turn = number + (begun - 1) * len(cores)
                begin = core.slice_end + (begun - 1) * rotation_period(row)
                process = members[turn % len(members)]
                self.running[core.core] = Running(process, begin, row.cost)
        self._cores = {running.process: core for core, running in self.running.items()}
        self._line_up(rotation, turns)

    def end(self, time: int) -> Iterator[CoreSlice]:
        """Yield what is still on the cores when the trace ends."""
        for core, running in self.running.items():
            yield from self._closed(core, running, time)
        for running in self.sharing.values():
            yield from self._closed(SHARED, running, time)

    def _join(self, process: int, reason: int) -> None:
        """Queue a process: at the back, or at the front where its core was taken from it."""
        if reason in (Reason.PREEMPTED, Reason.WITHDRAWN):
            self._front -= 1
            self._ready[process] = self._front
        else:
            self._back += 1
            self._ready[process] = self._back

    def _line_up(self, rotation: Rotation, turns: int) -> None:
        """Have the members wait that are on no core, as they stand after so many turns."""
        row, members, cores = rotation
        first = turns % max(len(members), 1)
        in_turn = (*members[first:], *members[:first])
        waiting = max(len(members) - len(cores), 0)
        self._ready.update(zip(in_turn[:waiting], count(self._back + 1), strict=False))
        self._back += waiting
        for process in in_turn[waiting:]:  # those on a core
            self._ready.pop(process, None)
        if turns:
            core = cores[(turns - 1) % len(cores)].core
            last = self.running[core]
            step = (last.since, Step.DISPATCH, row.cpu, core, last.process, Reason.POLICY)
            self.decision = ScheduleRow(*step, row.cost, -1, 0, 0)

    def _dispatch(self, row: ScheduleRow) -> Iterator[CoreSlice]:
        self.decision = row
        if row.core == SHARED:
            self._ready.pop(row.process, None)
            self.sharing[row.process] = Running(row.process, row.time, row.cost)
        else:
            yield from self._go_on(row.core, row.process, row.time, row.cost)

    def _go_on(self, core: int, process: int, start: int, cost: int) -> Iterator[CoreSlice]:
        """Carry on with the slice in progress, where the process is on the core already."""
        running = self.running.get(core)
        if running is None or running.process != process:
            yield from self._occupy(core, process, start, cost)
        elif cost:
            running.cost = start + cost - running.since

    def _occupy(self, core: int, process: int, start: int, cost: int) -> Iterator[CoreSlice]:
        self._ready.pop(process, None)
        previous = self.running.get(core)
        if previous is not None:
            yield from self._stop(previous.process, start)
        if process in self._cores:
            yield from self._stop(process, start)
        self.running[core] = Running(process, start, cost)
        self._cores[process] = core

    def _stop(self, process: int, time: int) -> Iterator[CoreSlice]:
        self._ready.pop(process, None)
        if process in self._cores:
            core = self._cores.pop(process)
            yield from self._closed(core, self.running.pop(core), time)
        elif process in self.sharing:
            yield from self._closed(SHARED, self.sharing.pop(process), time)

    def _closed(self, core: int, running: Running, time: int) -> Iterator[CoreSlice]:
        if time > running.since:
            cost = min(running.cost, time - running.since)
            yield CoreSlice(self.cpu, core, running.process, running.since, time, cost)


def rotation_period(row: RotationRow) -> int:
    """Return how far apart the slices of one core begin in a rotation."""
    return row.quantum + row.cost
