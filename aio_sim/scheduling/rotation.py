"""Round robin between two changes, in closed form.

While nothing arrives, ends or is taken away, n processes on c < n cores take turns: slice m goes
to member m mod n, on core m mod c (cores in the order in which their slices end), and the slices
of one core follow each other every `cost + quantum`. Everything else follows from that.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from aio_sim.kernel.trace import MemberRow, RotationCoreRow, RotationRow, Trace


class Rotation(NamedTuple):
    """A stretch of round robin: who takes turns, and where each core was in its slice."""

    row: RotationRow
    members: tuple[MemberRow, ...]
    """In the order of their turns, the next slice first; those on a core come last."""
    cores: tuple[RotationCoreRow, ...]
    """In the order in which the slices in progress end."""


class Slice(NamedTuple):
    """A process on a core from start to end, of which the first `cost` is the switch to it."""

    core: int
    process: int
    start: int
    end: int
    cost: int


def rotations(trace: Trace) -> Iterator[Rotation]:
    """Yield the rotations of a trace, in the order in which they ended."""
    members, cores = trace.rotation_members.rows(), trace.rotation_cores.rows()
    for cells in trace.rotations.rows():
        row = RotationRow(*cells)
        yield Rotation(
            row,
            tuple(MemberRow(*cells) for cells in islice(members, row.members)),
            tuple(RotationCoreRow(*cells) for cells in islice(cores, row.cores)),
        )


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
        process = members[turn % len(members)].process
        yield _clipped(rotation, core.core, process, begin + period)
        turn += 1


def _clipped(rotation: Rotation, core: int, process: int, slice_end: int) -> Slice:
    row = rotation.row
    runs_from = slice_end - row.quantum
    start = max(runs_from - row.cost, row.start)
    end = min(slice_end, row.end)
    return Slice(core, process, start, end, min(max(runs_from - start, 0), end - start))
