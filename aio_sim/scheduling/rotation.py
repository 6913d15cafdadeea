"""Round robin between two changes, in closed form.

While nothing arrives, ends or is taken away, n processes on c < n cores take turns: slice m goes
to member m mod n, on core m mod c (cores in the order in which their slices end), and the slices
of one core follow each other every `cost + quantum`. Everything else follows from that.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from aio_sim.kernel.errors import TraceError
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import (
    FIRST,
    LEFT,
    RotationCoreRow,
    RotationRow,
    Table,
    Trace,
)


class Rotation(NamedTuple):
    """A stretch of round robin: who takes turns, and where each core was in its slice."""

    row: RotationRow
    members: tuple[int, ...]
    """Processes in the order of their turns, the next slice first; those on a core come last."""
    cores: tuple[RotationCoreRow, ...]
    """In the order in which the slices in progress end."""


class Slice(NamedTuple):
    """A process on a core from start to end, of which the first `cost` is the switch to it."""

    core: int
    process: int
    start: int
    end: int
    cost: int


class Rotations:
    """The rotations of a trace by their numbers, in the order in which they ended.

    Going forwards is fastest; for one further back, its circle is formed again. Raises TraceError
    where a circle cannot have been as the trace has it.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._changes = _bounds(trace.rotations, "changes")
        self._cores = _bounds(trace.rotations, "cores")
        self._of_ring: defaultdict[int, list[int]] = defaultdict(list)
        for number, ring in enumerate(trace.rotations.column("ring").tolist()):
            self._of_ring[ring].append(number)
        self._circles: dict[int, tuple[int, list[int]]] = {}  # how many rotations each has had

    def __len__(self) -> int:
        return len(self._trace.rotations)

    def __getitem__(self, number: int) -> Rotation:
        row = RotationRow(*self._trace.rotations.part(number, number + 1)[0])
        circle = self._circle(row.ring, number)
        at = _place(circle, row.next)
        cores = self._trace.rotation_cores.part(*self._cores[number : number + 2])
        return Rotation(
            row,
            (*circle[at:], *circle[:at]),
            tuple(RotationCoreRow(*cells) for cells in cores),
        )

    def _circle(self, ring: int, number: int) -> list[int]:
        """Return who takes turns in a rotation, beginning anywhere."""
        numbers = self._of_ring[ring]
        wanted = bisect_right(numbers, number)
        had, circle = self._circles.get(ring, (0, []))
        if had > wanted:
            had, circle = 0, []
        for each in numbers[had:wanted]:
            self._change(circle, each)
        self._circles[ring] = wanted, circle
        return circle

    def _change(self, circle: list[int], number: int) -> None:
        for process, behind in self._trace.rotation_changes.part(
            *self._changes[number : number + 2]
        ):
            if behind == LEFT:
                del circle[_place(circle, process)]
            else:
                circle.insert(0 if behind == FIRST else _place(circle, behind) + 1, process)


def rotations(trace: Trace) -> Iterator[Rotation]:
    """Yield the rotations of a trace, in the order in which they ended."""
    found = Rotations(trace)
    return (found[number] for number in range(len(found)))


def expand(rotation: Rotation) -> Iterator[Slice]:
    """Yield every slice of a rotation, clipped to it, in the order in which they begin."""
    row, members, cores = rotation
    period = row.quantum + row.cost
    for core in cores:
        yield _clipped(rotation, core.core, core.process, core.slice_end)
    turn = 0
    while members:
        core = cores[turn % len(cores)]
        begin = core.slice_end + turn // len(cores) * period
        if begin >= row.end:
            return
        process = members[turn % len(members)]
        yield _clipped(rotation, core.core, process, begin + period)
        turn += 1


def _clipped(rotation: Rotation, core: int, process: int, slice_end: int) -> Slice:
    row = rotation.row
    runs_from = slice_end - row.quantum
    start = max(runs_from - row.cost, row.start)
    end = min(slice_end, row.end)
    return Slice(core, process, start, end, min(max(runs_from - start, 0), end - start))


def _bounds(rotations: Table, column: str) -> list[int]:
    """Return where the parts of each rotation begin in their own table, and where the last ends."""
    return [0, *accumulate(rotations.column(column).tolist())]


def _place(circle: list[int], process: int) -> int:
    try:
        return circle.index(process)
    except ValueError:
        sentence = _("the trace is damaged: process {process} takes turns with none of its circle")
        raise TraceError(sentence.format(process=process)) from None
