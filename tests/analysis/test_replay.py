"""The stays on the cores, rebuilt from steps and rotations."""

from __future__ import annotations

from aio_sim.analysis.board import SEVERAL, SHARED, CoreSlice
from aio_sim.analysis.replay import slices
from aio_sim.kernel.trace import Reason, Trace
from tests.analysis.traces import SECOND, TraceWriter, shortest_first, silberschatz_round_robin


def told(trace: Trace) -> list[tuple[str, int, float, float]]:
    """Return (process, core, start, end) in seconds, in order."""
    names = trace.names()
    found = [
        (names[each.process], each.core, each.start / SECOND, each.end / SECOND)
        for each in slices(trace)
    ]
    return sorted(found, key=lambda stay: (stay[2], stay[1]))


def test_steps_become_stays() -> None:
    assert told(shortest_first()) == [("A", 0, 0, 4), ("C", 0, 4, 6), ("B", 0, 6, 11)]


def test_a_rotation_becomes_its_slices_and_parts_are_joined() -> None:
    # P3 begins its slice at 7, as the rotation is cut by the end of P2, and goes on in the next.
    assert told(silberschatz_round_robin()) == [
        ("P1", 0, 0, 4),
        ("P2", 0, 4, 7),
        ("P3", 0, 7, 10),
        ("P1", 0, 10, 30),
    ]


def test_a_slice_cut_by_an_arrival_is_one_slice() -> None:
    writer = TraceWriter("A", "B", "C").ready(0, "A", "B").dispatch(0, "A", other="B")
    writer.rotation(0, 6, 4, ["B", "A"], [(0, "A", 4)]).ready(6, "C")
    writer.rotation(6, 10, 4, ["A", "C", "B"], [(0, "B", 8)])
    for name in writer.names:
        writer.task(name, 0)
    writer.trace.meta["ended_at"] = 10 * SECOND
    assert told(writer.trace) == [("A", 0, 0, 4), ("B", 0, 4, 8), ("A", 0, 8, 10)]


def test_a_switch_cut_by_an_arrival_is_one_switch() -> None:
    writer = TraceWriter("A", "B", "C").ready(0, "A", "B").dispatch(0, "A", other="B")
    writer.rotation(0, 5, 4, ["B", "A"], [(0, "A", 4)], cost=2).ready(5, "C")
    writer.rotation(5, 12, 4, ["A", "C", "B"], [(0, "B", 10)], cost=2)
    writer.trace.meta["ended_at"] = 12 * SECOND
    stays = list(slices(writer.trace))
    second = 1 * SECOND
    assert stays == [
        CoreSlice("h1", 0, 0, 0, 4 * second),
        CoreSlice("h1", 0, 1, 4 * second, 10 * second, 2 * second),
        CoreSlice("h1", 0, 0, 10 * second, 12 * second, 2 * second),
    ]


def test_two_cores_take_turns_from_one_queue() -> None:
    writer = TraceWriter("A", "B", "C").ready(0, "A", "B", "C")
    writer.dispatch(0, "A", 0, other="B").dispatch(0, "B", 1, other="C")
    writer.rotation(0, 3, 1, ["C", "A", "B"], [(0, "A", 1), (1, "B", 1)])
    for name in writer.names:
        writer.task(name, 0)
    writer.trace.meta["ended_at"] = 3 * SECOND
    assert told(writer.trace) == [
        ("A", 0, 0, 1),
        ("B", 1, 0, 1),
        ("C", 0, 1, 2),
        ("A", 1, 1, 2),
        ("B", 0, 2, 3),
        ("C", 1, 2, 3),
    ]


def test_preemption_ends_a_stay_and_a_later_dispatch_begins_another() -> None:
    writer = TraceWriter("A", "B").ready(0, "A").dispatch(0, "A").ready(1, "B")
    writer.stop(1, "A", Reason.PREEMPTED).dispatch(1, "B", other="A", cost=0.5)
    writer.stop(3, "B").dispatch(3, "A", cost=0.5).stop(9, "A")
    stays = list(slices(writer.trace))
    assert [(each.process, each.start, each.end, each.cost) for each in stays] == [
        (0, 0, 1 * SECOND, 0),
        (1, 1 * SECOND, 3 * SECOND, SECOND // 2),
        (0, 3 * SECOND, 9 * SECOND, SECOND // 2),
    ]


def test_processes_that_share_have_no_core_of_their_own() -> None:
    writer = TraceWriter("A", "B").ready(0, "A").dispatch(0, "A", SHARED).ready(1, "B")
    writer.dispatch(1, "B", SHARED).stop(3, "A", core=SHARED).stop(4, "B", core=SHARED)
    stays = list(slices(writer.trace))
    assert stays == [
        CoreSlice("h1", SHARED, 0, 0, 3 * SECOND),
        CoreSlice("h1", SHARED, 1, SECOND, 4 * SECOND),
    ]


def test_cores_held_as_a_whole_are_stays_too() -> None:
    writer = TraceWriter("A").held("A", [0, 3], 2, 7, host="rack/h1")
    stays = list(slices(writer.trace))
    assert stays == [
        CoreSlice("rack/h1", 0, 0, 2 * SECOND, 7 * SECOND, exclusive=True),
        CoreSlice("rack/h1", 3, 0, 2 * SECOND, 7 * SECOND, exclusive=True),
    ]


def test_what_still_runs_at_the_end_is_told_up_to_the_end() -> None:
    writer = TraceWriter("A").task("A", 0).ready(0, "A").dispatch(0, "A")
    writer.trace.meta["ended_at"] = 5 * SECOND
    assert told(writer.trace) == [("A", 0, 0, 5)]


def test_a_stay_of_no_time_is_none() -> None:
    writer = TraceWriter("A", "B").ready(0, "A").dispatch(0, "A")
    writer.stop(0, "A", Reason.PREEMPTED).dispatch(0, "B", other="A").stop(2, "B")
    assert [each.process for each in slices(writer.trace)] == [1]


def test_reading_leaves_the_trace_as_it_was() -> None:
    trace = shortest_first()
    before = list(trace.strings)
    list(slices(trace))
    assert trace.strings == before


def test_a_core_lent_between_two_processes_is_told_in_order_of_time() -> None:
    writer = TraceWriter("A", "B", "C").ready(0, "A").dispatch(0, "A").stop(2, "A")
    writer.held("C", [0], 2, 5).ready(3, "B").dispatch(5, "B").stop(6, "B")
    assert [each.process for each in slices(writer.trace)] == [0, 2, 1]


def test_turns_too_short_to_be_told_are_one_stay_of_several() -> None:
    writer = TraceWriter("A", "B", "C").ready(0, "A").dispatch(0, "A").ready(1, "B")
    writer.rotation(1, 9, 0.5, ["B", "A"], [(0, "A", 1.5)]).stop(9, "B").stop(10, "A")
    stays = list(slices(writer.trace, finest=SECOND))
    assert stays == [
        CoreSlice("h1", 0, 0, 0, 3 * SECOND // 2),
        CoreSlice("h1", 0, SEVERAL, 3 * SECOND // 2, 17 * SECOND // 2),
        CoreSlice("h1", 0, 1, 17 * SECOND // 2, 9 * SECOND),
    ]
    assert len(list(slices(writer.trace))) == 16
