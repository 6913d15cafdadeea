"""A leap over a rotation ends where its turns, one after the other, end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aio_sim.analysis.board import Board, Running
from aio_sim.kernel.trace import RotationCoreRow, RotationRow
from aio_sim.scheduling.rotation import Rotation, expand


@st.composite
def rotations(draw: st.DrawFn) -> Rotation:
    """Return a rotation such as a dispatch loop may leave: more members than cores, in turn."""
    cores = draw(st.integers(1, 4))
    members = draw(st.integers(cores + 1, 8))
    quantum, cost = draw(st.integers(1, 9)), draw(st.integers(0, 4))
    start = draw(st.integers(0, 50))
    ahead = st.integers(1, quantum + cost)
    ends = sorted(draw(st.lists(ahead, min_size=cores, max_size=cores)))
    order = draw(st.permutations(range(members)))
    places = draw(st.permutations(range(cores)))
    return Rotation(
        RotationRow(
            start, start + draw(st.integers(1, 60)), 0, quantum, cost, 0, order[0], members, cores
        ),
        tuple(order),
        tuple(
            RotationCoreRow(core, process, start + end)
            for core, process, end in zip(places, order[-cores:], ends, strict=True)
        ),
    )


def begun(rotation: Rotation) -> Board:
    """Return a board as the steps before a rotation leave it."""
    board = Board("h1")
    for core in rotation.cores:
        board.running[core.core] = Running(core.process, 0, 0)
        board._cores[core.process] = core.core
    return board


def places(board: Board) -> dict[int, tuple[int, int]]:
    return {core: (running.process, running.since) for core, running in board.running.items()}


@given(rotations())
def test_a_leap_is_all_turns_at_once(rotation: Rotation) -> None:
    one_by_one, at_once = begun(rotation), begun(rotation)
    stays = list(one_by_one.rotate(rotation))
    first = list(at_once.leap(rotation))
    assert places(at_once) == places(one_by_one)
    assert at_once.queue() == one_by_one.queue()
    assert at_once.decision == one_by_one.decision
    assert set(first) == {stay for stay in stays if stay.start == 0}


@given(rotations(), st.data())
def test_a_leap_into_a_rotation_shows_the_slices_of_that_moment(
    rotation: Rotation, data: st.DataObject
) -> None:
    row = rotation.row
    moment = data.draw(st.integers(row.start, row.end - 1))
    board = begun(rotation)
    board.pass_over(rotation, until=moment)
    expected = {
        part.core: part.process for part in expand(rotation) if part.start <= moment < part.end
    }
    assert {core: running.process for core, running in board.running.items()} == expected
    assert set(board.queue()) == set(rotation.members) - set(expected.values())


@given(rotations(), st.data())
def test_who_waits_stands_in_the_order_of_the_next_turns(
    rotation: Rotation, data: st.DataObject
) -> None:
    moment = data.draw(st.integers(rotation.row.start, rotation.row.end - 1))
    board = begun(rotation)
    board.pass_over(rotation, until=moment)
    endless = rotation._replace(row=rotation.row._replace(end=10_000))
    after = [part.process for part in expand(endless) if part.start > moment]
    assert board.queue() == after[: board.waiting]
