"""The schedule played again: who took which core when, and who waited meanwhile."""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple

from aio_sim.kernel.trace import MemberRow, Reason, ScheduleRow, Step, Trace
from aio_sim.scheduling.rotation import Rotation, expand, rotations

Event = ScheduleRow | Rotation

EXCLUSIVE = "exclusive"
"""The name of the spans of cores held as a whole."""

SHARED = -1
"""The core of a process that shares all cores of its Cpu with others."""


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


def events(trace: Trace) -> Iterator[Event]:
    """Yield the steps and rotations of a trace in order, a rotation when it ends."""
    rows = (ScheduleRow(*cells) for cells in trace.schedule.rows())
    return heapq.merge(rotations(trace), rows, key=moment)


def moment(event: Event) -> tuple[int, int]:
    """Return when an event is over: a rotation ends before the steps of that instant."""
    return (event.row.end, 0) if isinstance(event, Rotation) else (event.time, 1)


def slices(trace: Trace) -> Iterator[CoreSlice]:
    """Yield every stay of a process on a core, those of one core in order of time.

    Rotations are expanded, and parts of one slice joined. Cores held as a whole are stays too.
    What still runs at the end of the trace ends with it.
    """
    held: defaultdict[tuple[str, int], deque[CoreSlice]] = defaultdict(deque)
    for each in exclusive_slices(trace):
        held[each.cpu, each.core].append(each)
    for each in shared_slices(trace):
        before = held.get((each.cpu, each.core))
        while before and before[0].start < each.start:
            yield before.popleft()
        yield each
    yield from chain.from_iterable(held.values())


def shared_slices(trace: Trace) -> Iterator[CoreSlice]:
    """Yield every stay of a process on a core that others run on too, as it ends."""
    boards: dict[int, Board] = {}
    for event in events(trace):
        code = event.row.cpu if isinstance(event, Rotation) else event.cpu
        board = boards.get(code)
        if board is None:
            board = boards[code] = Board(trace.text(code))
        yield from board.apply(event)
    for board in boards.values():
        yield from board.end(trace.meta.get("ended_at", 0))


def exclusive_slices(trace: Trace) -> Iterator[CoreSlice]:
    """Yield the cores held as a whole, in the order in which they were returned."""
    held = trace.strings.index(EXCLUSIVE) if EXCLUSIVE in trace.strings else None
    for name, track, process, start, end in trace.spans.rows():
        if name == held:
            machine, _, core = trace.text(track).rpartition("/")
            yield CoreSlice(machine, int(core), process, start, end, exclusive=True)


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

    def rotate(self, rotation: Rotation, until: int | None = None) -> Iterator[CoreSlice]:
        """Move on to the end of a rotation, or to `until` inside it."""
        parts = expand(rotation)
        for part in islice(parts, len(rotation.cores)):
            yield from self._go_on(part.core, part.process, part.start, part.cost)
        turns = 0
        for part in parts:
            if until is not None and part.start > until:
                break
            turns += 1
            yield from self._occupy(part.core, part.process, part.start, part.cost)
            self.decision = _turn(rotation, part.core, part.process, part.start, part.cost)
        self._line_up(rotation.members, turns)

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

    def _line_up(self, members: tuple[MemberRow, ...], turns: int) -> None:
        count = len(members)
        for place in range(count):
            process = members[(turns + place) % count].process
            self._ready.pop(process, None)
            if process not in self._cores:
                self._join(process, Reason.QUANTUM)

    def _dispatch(self, row: ScheduleRow) -> Iterator[CoreSlice]:
        self.decision = row
        if row.core == SHARED:
            self._ready.pop(row.process, None)
            self.sharing[row.process] = Running(row.process, row.time, row.cost)
        else:
            yield from self._occupy(row.core, row.process, row.time, row.cost)

    def _go_on(self, core: int, process: int, start: int, cost: int) -> Iterator[CoreSlice]:
        """Carry on with the slice in progress as a rotation begins."""
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


def _turn(rotation: Rotation, core: int, process: int, start: int, cost: int) -> ScheduleRow:
    """Return the step that a turn of round robin would be, were it kept."""
    cpu, reason = rotation.row.cpu, Reason.POLICY
    return ScheduleRow(start, Step.DISPATCH, cpu, core, process, reason, cost, -1, 0, 0)
