"""A rotation expanded, against cores that step from slice to slice."""

from __future__ import annotations

import heapq
from functools import partial
from itertools import groupby
from operator import attrgetter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aio_sim.kernel.environment import ARRIVAL, Environment, Timer
from aio_sim.kernel.errors import TraceError
from aio_sim.kernel.trace import FIRST, LEFT, RotationCoreRow, RotationRow, Trace
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.rotation import Rotation, Rotations, Slice, expand, rotations
from tests.scheduling.on_cpu import Finishes, in_nanoseconds


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
    members = tuple(range(waiting + many))
    end = start + draw(st.integers(1, 80))
    row = RotationRow(start, end, 0, quantum, cost, 0, members[0], len(members), many)
    return Rotation(row, members, cores)


def stepped(rotation: Rotation) -> list[Slice]:
    """Return the slices of cores that, each time one ends, take the first in the queue."""
    row, members, cores = rotation
    queue = list(members[: -len(cores)])
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


@st.composite
def drawn_circles(draw: st.DrawFn) -> tuple[Trace, list[tuple[int, ...]]]:
    """Draw a trace of two circles that change by turns, and who takes turns in each rotation."""
    trace, expected = Trace("full"), []
    circles: list[list[int]] = [[], []]
    began = [-1, -1]
    for number in range(draw(st.integers(0, 12))):
        which = draw(st.integers(0, 1))
        changes = []
        if began[which] < 0 or draw(st.integers(0, 4)) == 0:
            circles[which] = draw(st.permutations(range(draw(st.integers(1, 5)))))
            began[which] = number
            changes = list(zip(circles[which], [FIRST, *circles[which]], strict=False))
        circle = circles[which]
        for process in draw(st.lists(st.integers(10, 30), max_size=3)):
            behind = draw(st.integers(0, len(circle) - 1))
            if process not in circle:
                changes.append((process, circle[behind]))
                circle.insert(behind + 1, process)
        while len(circle) > 1 and draw(st.booleans()):
            changes.append((circle.pop(draw(st.integers(0, len(circle) - 1))), LEFT))
        at = draw(st.integers(0, len(circle) - 1))
        expected.append((*circle[at:], *circle[:at]))
        row = (number, number + 1, which, 1, 0, began[which], circle[at], len(changes), 0)
        trace.rotations.append(row)
        for change in changes:
            trace.rotation_changes.append(change)
    return trace, expected


@given(drawn_circles(), st.data())
def test_who_takes_turns_is_read_from_how_the_circle_changes(
    written: tuple[Trace, list[tuple[int, ...]]], data: st.DataObject
) -> None:
    trace, expected = written
    assert [rotation.members for rotation in rotations(trace)] == expected
    found = Rotations(trace)
    for number in data.draw(st.lists(st.sampled_from(range(len(expected))))) if expected else ():
        assert found[number].members == expected[number]


@pytest.mark.parametrize("change", [(1, 7), (7, LEFT)])
def test_a_circle_that_cannot_have_been_is_a_trace_error(change: tuple[int, int]) -> None:
    trace = Trace("full")
    for row in ((0, 1, 0, 1, 0, 0, 0, 1, 0), (1, 2, 0, 1, 0, 0, 0, 1, 0)):
        trace.rotations.append(row)
    trace.rotation_changes.append((0, FIRST))
    trace.rotation_changes.append(change)
    with pytest.raises(TraceError, match="process 7"):
        list(rotations(trace))


def test_a_change_of_those_who_take_turns_costs_the_same_however_many_they_are() -> None:
    count = 300
    env, trace = Environment(), Trace("full")
    cpu = Cpu(env, trace, "cpu", 2, in_nanoseconds("rr", quantum=4))
    owner = Finishes(env)
    for number in range(count):
        process = Process(number, number, 10 + number)
        process.owner = owner
        Timer(env, partial(cpu.accept, process), ARRIVAL).set(number)
    while env.advance(1000):
        pass
    assert len(owner.at) == count
    assert len(trace.rotations) > count
    assert len(trace.rotation_changes) <= 2 * count
    widest = max(len(rotation.members) for rotation in rotations(trace))
    assert widest > count // 2


def test_three_processes_on_two_cores_take_turns_so() -> None:
    row = RotationRow(0, 10, 0, 4, 1, 0, 2, 3, 2)
    cores = (RotationCoreRow(0, 0, 4), RotationCoreRow(1, 1, 5))
    assert list(expand(Rotation(row, (2, 0, 1), cores))) == [
        Slice(0, 0, 0, 4, 0),
        Slice(1, 1, 0, 5, 1),
        Slice(0, 2, 4, 9, 1),
        Slice(1, 0, 5, 10, 1),
        Slice(0, 1, 9, 10, 1),
    ]
