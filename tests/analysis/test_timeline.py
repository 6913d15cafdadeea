"""Any moment of a run, forwards and backwards, against a plain reading of the steps."""

from __future__ import annotations

import random

import pytest

from aio_sim.analysis.timeline import QueueLength, Snapshot, Timeline, queue_lengths
from aio_sim.kernel.trace import Reason, Trace
from tests.analysis.traces import (
    SECOND,
    TraceWriter,
    ns,
    shortest_first,
    silberschatz_round_robin,
)


def moment(trace: Trace, seconds: float) -> Snapshot:
    return Timeline(trace).at(ns(seconds))


def on_core(snapshot: Snapshot, core: int = 0) -> int | None:
    running = snapshot.running.get(("h1", core))
    return None if running is None else running.process


def test_who_runs_who_waits_and_why() -> None:
    snapshot = moment(shortest_first(), 3)
    assert on_core(snapshot) == 0
    assert snapshot.ready == {"h1": [1, 2]}
    snapshot = moment(shortest_first(), 5)
    assert on_core(snapshot) == 2
    assert snapshot.ready == {"h1": [1]}
    assert snapshot.decision is not None
    assert snapshot.decision.time == 4 * SECOND
    assert (snapshot.decision.process, snapshot.decision.other) == (2, 1)


def test_an_instant_is_seen_after_all_that_happened_in_it() -> None:
    assert on_core(moment(shortest_first(), 4)) == 2
    assert on_core(moment(shortest_first(), 11)) is None
    assert moment(shortest_first(), 11).ready == {}


def test_before_the_first_step_there_is_nothing() -> None:
    writer = TraceWriter("A").ready(5, "A").dispatch(5, "A")
    snapshot = Timeline(writer.trace).at(0)
    assert (snapshot.running, snapshot.ready, snapshot.decision) == ({}, {}, None)


@pytest.mark.parametrize(
    ("seconds", "running", "ready"),
    [(0, 0, [1, 2]), (3.9, 0, [1, 2]), (4, 1, [2, 0]), (6.5, 1, [2, 0]), (7, 2, [0]), (12, 0, [])],
)
def test_inside_a_rotation_the_queue_turns(seconds: float, running: int, ready: list[int]) -> None:
    snapshot = moment(silberschatz_round_robin(), seconds)
    assert on_core(snapshot) == running
    assert snapshot.ready.get("h1", []) == ready


def test_a_turn_of_a_rotation_is_the_last_decision() -> None:
    decision = moment(silberschatz_round_robin(), 5).decision
    assert decision is not None
    assert (decision.time, decision.process, decision.core) == (4 * SECOND, 1, 0)


def test_who_was_preempted_waits_at_the_front() -> None:
    writer = TraceWriter("A", "B", "C").ready(0, "A").dispatch(0, "A").ready(1, "B").ready(2, "C")
    writer.stop(2, "A", Reason.PREEMPTED).dispatch(2, "C", other="A")
    assert moment(writer.trace, 2).ready == {"h1": [0, 1]}


def test_cores_held_as_a_whole_and_shared_ones_are_seen() -> None:
    writer = TraceWriter("A", "B", cores=2).held("A", [1], 1, 4)
    writer.ready(0, "B").dispatch(0, "B", -1).stop(9, "B", core=-1)
    snapshot = moment(writer.trace, 2)
    assert on_core(snapshot, 1) == 0
    assert snapshot.sharing == {"h1": [1]}
    assert on_core(moment(writer.trace, 4), 1) is None


def long_run(count: int) -> Trace:
    """Return `count` tasks through one core, first come, first served, a second each."""
    writer = TraceWriter(*(f"t{index}" for index in range(count)))
    writer.ready(0, writer.names[0]).dispatch(0, writer.names[0])
    for index, name in enumerate(writer.names[1:], 1):
        writer.ready(index - 0.5, name).stop(index, writer.names[index - 1]).dispatch(index, name)
    return writer.stop(count, writer.names[-1]).trace


def test_moments_asked_for_in_any_order_are_the_same() -> None:
    count = 1500
    timeline, draw = Timeline(long_run(count)), random.Random(11)
    for _ in range(60):
        second = draw.randrange(count)
        snapshot = timeline.at(ns(second + 0.75))
        assert on_core(snapshot) == second
        assert snapshot.ready.get("h1", []) == ([second + 1] if second + 1 < count else [])


def test_instants_are_those_of_the_steps() -> None:
    instants = Timeline(shortest_first()).instants
    assert (instants / SECOND).tolist() == [0, 1, 2, 4, 6, 11]


def test_the_length_of_a_queue_changes_at_most_once_an_instant() -> None:
    lengths = [(each.time / SECOND, each.length) for each in queue_lengths(shortest_first())]
    assert lengths == [(0, 0), (1, 1), (2, 2), (4, 1), (6, 0)]


def test_the_length_of_a_queue_stands_still_in_a_rotation() -> None:
    lengths = list(queue_lengths(silberschatz_round_robin()))
    assert lengths == [
        QueueLength(0, "h1", 2),
        QueueLength(7 * SECOND, "h1", 1),
        QueueLength(10 * SECOND, "h1", 0),
    ]
