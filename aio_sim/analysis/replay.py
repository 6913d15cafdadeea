"""The schedule played again: who took which core when."""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Iterator
from itertools import chain

from aio_sim.analysis.board import SEVERAL, Board, CoreSlice, Event, rotation_period
from aio_sim.kernel.trace import ScheduleRow, Trace
from aio_sim.scheduling.rotation import Rotation, rotations

EXCLUSIVE = "exclusive"
"""The name of the spans of cores held as a whole."""


def events(trace: Trace) -> Iterator[Event]:
    """Yield the steps and rotations of a trace in order, a rotation when it ends."""
    rows = (ScheduleRow(*cells) for cells in trace.schedule.rows())
    return heapq.merge(rotations(trace), rows, key=moment)


def moment(event: Event) -> tuple[int, int]:
    """Return when an event is over: a rotation ends before the steps of that instant."""
    return (event.row.end, 0) if isinstance(event, Rotation) else (event.time, 1)


def slices(trace: Trace, finest: int = 0) -> Iterator[CoreSlice]:
    """Yield every stay of a process on a core, those of one core in order of time.

    Rotations are expanded, and parts of one slice joined. Cores held as a whole are stays too.
    What still runs at the end of the trace ends with it. Where the turns of a rotation are shorter
    than `finest` (nanoseconds), all but its first and last on a core are one stay of SEVERAL.
    """
    held: defaultdict[tuple[str, int], deque[CoreSlice]] = defaultdict(deque)
    for each in exclusive_slices(trace):
        held[each.cpu, each.core].append(each)
    for each in shared_slices(trace, finest):
        before = held.get((each.cpu, each.core))
        while before and before[0].start < each.start:
            yield before.popleft()
        yield each
    yield from chain.from_iterable(held.values())


def shared_slices(trace: Trace, finest: int = 0) -> Iterator[CoreSlice]:
    """Yield every stay of a process on a core that others run on too, as it ends."""
    boards: dict[int, Board] = {}
    for event in events(trace):
        code = event.row.cpu if isinstance(event, Rotation) else event.cpu
        board = boards.get(code)
        if board is None:
            board = boards[code] = Board(trace.text(code))
        if isinstance(event, Rotation) and rotation_period(event.row) < finest:
            yield from board.leap(event)
            yield from _turns_together(board.cpu, event)
        else:
            yield from board.apply(event)
    for board in boards.values():
        yield from board.end(trace.meta.get("ended_at", 0))


def _turns_together(cpu: str, rotation: Rotation) -> Iterator[CoreSlice]:
    period = rotation_period(rotation.row)
    for core in rotation.cores:
        turns = (rotation.row.end - 1 - core.slice_end) // period
        if turns > 0:
            end = core.slice_end + turns * period
            yield CoreSlice(cpu, core.core, SEVERAL, core.slice_end, end)


def exclusive_slices(trace: Trace) -> Iterator[CoreSlice]:
    """Yield the cores held as a whole, in the order in which they were returned."""
    held = trace.strings.index(EXCLUSIVE) if EXCLUSIVE in trace.strings else None
    for name, track, process, start, end in trace.spans.rows():
        if name == held:
            machine, _, core = trace.text(track).rpartition("/")
            yield CoreSlice(machine, int(core), process, start, end, exclusive=True)
