"""What `--explain` says, sentence by sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from aio_sim.analysis.explanation import explain
from aio_sim.kernel.trace import Reason, Status, Trace
from tests.analysis.traces import TraceWriter, shortest_first, silberschatz_round_robin


def lines(trace: Trace) -> list[str]:
    return list(explain(trace))


def known(*names: str) -> TraceWriter:
    """Return a trace in which tasks of these names have arrived."""
    writer = TraceWriter(*names)
    for name in names:
        writer.task(name, 0, work=1)
    return writer


def test_a_choice_names_both_and_the_reason() -> None:
    assert lines(shortest_first()) == [
        " 0.0 s  A arrives with 4 s of work",
        " 0.0 s  core 0: A runs, for nobody else is ready",
        " 1.0 s  B arrives with 5 s of work",
        " 2.0 s  C arrives with 2 s of work",
        " 4.0 s  core 0: A has finished",
        " 4.0 s  core 0: sjf takes C (2 s left) before B (5 s left)",
        " 6.0 s  core 0: C has finished",
        " 6.0 s  core 0: B runs, for nobody else is ready",
        "11.0 s  core 0: B has finished",
    ]


@pytest.mark.parametrize(
    ("criterion", "value", "other_value", "expected"),
    [
        ("remaining", 0.25, 5, "A (250 ms left) before B (5 s left)"),
        ("priority", 1, 2.5, "A (priority 1) before B (priority 2.5)"),
        ("deadline", 7, 0, "A (deadline 7 s) before B (no deadline)"),
        ("response_ratio", 2.5, 1.3333, "A (response ratio 2.5) before B (response ratio 1.333)"),
        ("virtual_runtime", 2, 3, "A (virtual runtime 2 s) before B (virtual runtime 3 s)"),
        ("level", 0, 2, "A (level 0) before B (level 2)"),
        ("tickets", 10, 1, "A (10 tickets) before B (1 ticket)"),
        ("turn", 3, 4, "A, who came before B"),
        ("", 0, 0, "A before B"),
        ("bytes_read", 12, 13, "A (bytes read 12) before B (bytes read 13)"),
    ],
)
def test_every_criterion_is_told_in_its_own_words(
    criterion: str, value: float, other_value: float, expected: str
) -> None:
    writer = known("A", "B").policy("mine", criterion)
    writer.dispatch(3, "A", other="B", value=value, other_value=other_value)
    assert lines(writer.trace) == [f"3.0 s  core 0: mine takes {expected}"]


def test_few_turns_are_told_one_by_one() -> None:
    told = lines(silberschatz_round_robin())
    assert " 4.0 s  core 0: rr gives P2 its turn of 4 s" in told
    assert " 0.0 s  core 0: rr takes P1, who came before P2" in told


def test_many_turns_are_told_in_one_sentence() -> None:
    writer = known("A", "B", "C").policy("rr", "turn").dispatch(0, "A", other="B")
    writer.rotation(0, 30, 0.1, ["B", "C", "A"], [(0, "A", 0.1)], cost=0.001)
    assert lines(writer.trace)[-1] == (
        "0.0 s  rr, 100 ms each: A, B, C take turns until 30 s, with a switch of 1 ms before each"
    )


def test_a_long_list_of_names_is_cut() -> None:
    names = [f"t{index}" for index in range(20)]
    writer = known(*names).policy("rr", "turn")
    writer.rotation(0, 30, 0.1, [*names[1:], names[0]], [(0, "t0", 0.1)])
    assert "t0, t1, t2, t3, t4, t5, t6, t7 and 12 more take turns" in lines(writer.trace)[0]


def test_why_a_process_left_its_core() -> None:
    writer = known("A", "B").ready(1, "A", reason=Reason.WAKE_UP)
    writer.stop(2, "A", Reason.BLOCKED).stop(3, "A", Reason.QUANTUM)
    writer.ready(3, "A", reason=Reason.QUANTUM).stop(4, "A", Reason.PREEMPTED)
    writer.stop(5, "A", Reason.WITHDRAWN).stop(6, "B", Reason.WITHDRAWN, core=-1)
    assert lines(writer.trace) == [
        "1.0 s  A has done its I/O and is ready again",
        "2.0 s  core 0: A waits for its I/O",
        "3.0 s  core 0: A has used up its quantum and goes to the back of the queue",
        "4.0 s  core 0: A is preempted",
        "5.0 s  core 0: A is taken off the core",
        "6.0 s  B is taken out of the queue",
    ]


def test_a_switch_is_told_where_it_costs() -> None:
    writer = known("A", "B").policy("sjf", "remaining")
    writer.dispatch(0.002, "A", other="B", value=1, other_value=2, cost=0.001)
    assert lines(writer.trace) == [
        "0.002 s  core 0: sjf takes A (1 s left) before B (2 s left), after a switch of 1 ms"
    ]


def test_several_machines_are_told_apart() -> None:
    writer = known("A", "B").ready(0, "A").dispatch(0, "A").dispatch(1, "B", cpu="h2")
    assert lines(writer.trace) == [
        "0.0 s  h1: A arrives with 1 s of work",
        "0.0 s  h1 core 0: A runs, for nobody else is ready",
        "1.0 s  h2 core 0: B runs, for nobody else is ready",
    ]


def test_sharing_is_told_without_a_core() -> None:
    writer = known("A", "B").policy("ps", "").dispatch(0, "A", -1)
    assert lines(writer.trace) == ["0.0 s  ps: A shares the cores from here on"]


def test_rejections_and_failures_are_told_with_their_reason() -> None:
    writer = TraceWriter("A", "B").task("B", 1, 1, 4, 1, status=Status.FAILED, reason="host lost")
    writer.task("A", 2, status=Status.REJECTED, reason="larger than the machine", machine=None)
    assert lines(writer.trace) == [
        "2.0 s  A is rejected: larger than the machine",
        "4.0 s  B fails: host lost",
    ]


def test_whole_cores_are_told_as_granted_and_returned() -> None:
    writer = TraceWriter("A", "B").task("A", 0, 0, 4, 4).task("B", 1, 4, 6, 2)
    writer.held("A", [0, 1], 0, 4).held("B", [0], 4, 6)
    assert lines(writer.trace) == [
        "0.0 s  A gets 2 whole cores of h1",
        "1.0 s  B arrives with 2 s of work and waits for its cores",
        "4.0 s  A gives its 2 cores back",
        "4.0 s  B gets 1 whole core of h1, after a wait of 3 s",
        "6.0 s  B gives its core back",
    ]


def test_times_show_the_digits_they_need() -> None:
    writer = known("A", "B", "C").dispatch(0.25, "A").dispatch(1.000001, "B")
    assert lines(writer.trace)[0].startswith("0.250000 s")


def test_a_trace_of_totals_explains_nothing() -> None:
    assert lines(TraceWriter("A", level="tasks").task("A", 0, 0, 1, 1).trace) == []


def test_a_saved_trace_explains_the_same(tmp_path: Path) -> None:
    trace = shortest_first()
    trace.save(tmp_path / "trace.npz")
    assert lines(Trace.load(tmp_path / "trace.npz")) == lines(trace)


def test_a_turn_that_begins_with_a_rotation_is_told_and_one_that_goes_on_is_not() -> None:
    writer = known("A", "B", "C").policy("rr", "turn").ready(0, "A", "B")
    writer.rotation(0, 6, 4, ["B", "A"], [(0, "A", 4)]).ready(6, "C")
    writer.rotation(6, 11, 4, ["A", "C", "B"], [(0, "B", 8)])
    assert [line for line in lines(writer.trace) if "turn" in line] == [
        "0.0 s  core 0: rr gives A its turn of 4 s",
        "4.0 s  core 0: rr gives B its turn of 4 s",
        "8.0 s  core 0: rr gives A its turn of 4 s",
    ]
