"""A rotation expanded, against cores that step from slice to slice."""

from __future__ import annotations

import heapq
from itertools import groupby
from operator import attrgetter

from hypothesis import assume, given
from hypothesis import strategies as st

from aio_sim.kernel.trace import MemberRow, RotationCoreRow, RotationRow, Trace
from aio_sim.scheduling.rotation import Rotation, Slice, expand, rotations


@st.composite
def drawn_rotations(draw: st.DrawFn) -> Rotation:
    """Draw a rotation as a loop may record it: every core in its slice, or in the switch to it."""
    quantum, cost = draw(st.integers(1, 9)), draw(st.integers(0, 4))
    start = draw(st.integers(0, 50))
    many = draw(st.integers(1, 4))
    waiting = draw(st.integers(1, 5))
    ends = sorted(draw(st.lists(st.integers(1, quantum + cost), min_size=many, max_size=many)))
    indices = draw(st.permutations(range(many)))
    cores = tuple(
        RotationCoreRow(index, waiting + at, start + end)
        for at, (index, end) in enumerate(zip(indices, ends, strict=True))
    )
    members = tuple(MemberRow(number, 1000) for number in range(waiting + many))
    end = start + draw(st.integers(1, 80))
    row = RotationRow(start, end, 0, quantum, cost, len(members), many)
    return Rotation(row, members, cores)


def stepped(rotation: Rotation) -> list[Slice]:
    """Return the slices of cores that, each time one ends, take the first in the queue."""
    row, members, cores = rotation
    queue = [member.process for member in members[: -len(cores)]]
    parts = []
    running = [(core.slice_end, at, core.process) for at, core in enumerate(cores)]
    for end, at, process in running:
        parts.append((cores[at].core, process, end - row.quantum - row.cost, end))
    heapq.heapify(running)
    while running[0][0] < row.end:
        end, at, process = heapq.heappop(running)
        queue.append(process)
        following = queue.pop(0)
        parts.append((cores[at].core, following, end, end + row.cost + row.quantum))
        heapq.heappush(running, (end + row.cost + row.quantum, at, following))
    slices = []
    for core, process, begin, end in parts:
        switched = begin + row.cost
        start, stop = max(begin, row.start), min(end, row.end)
        cost = max(min(switched, stop) - start, 0)
        slices.append(Slice(core, process, start, stop, cost))
    return slices


@given(drawn_rotations())
def test_a_rotation_is_what_cores_do_slice_by_slice(rotation: Rotation) -> None:
    assert list(expand(rotation)) == stepped(rotation)


@given(drawn_rotations())
def test_the_slices_of_a_rotation_fill_every_core_without_a_gap(rotation: Rotation) -> None:
    row = rotation.row
    ordered = sorted(expand(rotation), key=attrgetter("core", "start"))
    for _core, group in groupby(ordered, key=attrgetter("core")):
        at = row.start
        for part in group:
            assert part.start == at
            assert 0 <= part.cost <= part.end - part.start
            at = part.end
        assert at == row.end


@given(drawn_rotations(), st.integers(1, 79))
def test_a_rotation_cut_in_two_gives_the_same_slices(rotation: Rotation, after: int) -> None:
    row, members, cores = rotation
    cut = row.start + after
    assume(cut < row.end)
    whole = list(expand(rotation))
    first = list(expand(Rotation(row._replace(end=cut), members, cores)))
    clipped = [
        part._replace(end=min(part.end, cut), cost=min(part.cost, min(part.end, cut) - part.start))
        for part in whole
        if part.start < cut
    ]
    assert first == clipped


@given(st.lists(drawn_rotations(), max_size=4))
def test_rotations_are_read_from_a_trace_as_they_were_written(written: list[Rotation]) -> None:
    trace = Trace("full")
    for row, members, cores in written:
        trace.rotations.append(row)
        for member in members:
            trace.rotation_members.append(member)
        for core in cores:
            trace.rotation_cores.append(core)
    assert list(rotations(trace)) == written


def test_three_processes_on_two_cores_take_turns_so() -> None:
    row = RotationRow(0, 10, 0, 4, 1, 3, 2)
    members = (MemberRow(2, 9), MemberRow(0, 9), MemberRow(1, 9))
    cores = (RotationCoreRow(0, 0, 4), RotationCoreRow(1, 1, 5))
    assert list(expand(Rotation(row, members, cores))) == [
        Slice(0, 0, 0, 4, 0),
        Slice(1, 1, 0, 5, 1),
        Slice(0, 2, 4, 9, 1),
        Slice(1, 0, 5, 10, 1),
        Slice(0, 1, 9, 10, 1),
    ]
