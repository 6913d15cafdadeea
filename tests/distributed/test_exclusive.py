"""Exclusive tasks: whole cores, taken from those who share them, and given back."""

from __future__ import annotations

import pytest

from aio_sim.kernel.trace import SpanRow
from tests.distributed.runs import Row, listed, rows, run


def test_an_exclusive_task_takes_cores_from_those_that_share_them() -> None:
    # A and B have a core each until X takes both from 2 to 5. A and B go back to the head of the
    # queue, in the order of their cores; C, which came at 1, waits behind them.
    tasks = [
        {"id": "A", "arrival": 0, "work": 4},
        {"id": "B", "arrival": 0, "work": 3},
        {"id": "C", "arrival": 1, "work": 2},
        {"id": "X", "arrival": 2, "work": 3, "cores": 2},
    ]
    done = run([listed(*tasks)], [{"name": "h", "cores": 2}])
    assert rows(done) == {
        "A": Row(0, 7, "h"),
        "B": Row(0, 6, "h"),
        "C": Row(6, 8, "h"),
        "X": Row(2, 5, "h"),
    }
    # 9 core-seconds shared and 6 exclusive, of 2 cores over 8 seconds.
    assert done.metrics["cpu.utilization"] == 15 / 16
    # A and B go on where they were; C, after B, is the only other process a core turns to.
    assert done.metrics["context_switches"] == 1


def test_one_core_taken_leaves_the_other_to_share() -> None:
    tasks = [
        {"id": "A", "arrival": 0, "work": 4},
        {"id": "B", "arrival": 0, "work": 4},
        {"id": "X", "arrival": 1, "work": 2, "cores": 1},
    ]
    done = run([listed(*tasks)], [{"name": "h", "cores": 2}], scheduler={"policy": "ps"})
    # Both have a core until 1, half a core until 3, and a core again for the two that are left.
    assert rows(done) == {"A": Row(0, 5, "h"), "B": Row(0, 5, "h"), "X": Row(1, 3, "h")}


def test_an_idle_core_is_taken_before_a_busy_one() -> None:
    tasks = [
        {"id": "A", "arrival": 0, "work": 4},
        {"id": "X", "arrival": 1, "work": 2, "cores": 1},
    ]
    done = run([listed(*tasks)], [{"name": "h", "cores": 2}], level="full")
    assert rows(done)["A"] == Row(0, 4, "h")
    spans = [SpanRow(*cells) for cells in done.trace.spans.rows()]
    held = [span for span in spans if done.trace.text(span.name) == "exclusive"]
    assert [(done.trace.text(span.track), span.start, span.end) for span in held] == [
        ("h/1", 10**9, 3 * 10**9)
    ]


def test_exclusive_tasks_wait_for_cores_in_the_order_of_their_queue() -> None:
    tasks = [
        {"id": "A", "work": 10, "cores": 3},
        {"id": "B", "work": 10, "cores": 2},
        {"id": "C", "work": 5, "cores": 1},
    ]
    hosts = [{"name": "h", "cores": 4}]
    plain = rows(run([listed(*tasks)], hosts))
    assert [plain[name].start for name in "ABC"] == [0, 10, 10]
    easy = rows(run([listed(*tasks)], hosts, allocation={"backfill": "easy"}))
    assert [easy[name].start for name in "ABC"] == [0, 10, 0]
    shortest = rows(run([listed(*tasks)], hosts, allocation={"policy": "sjf"}))
    assert [shortest[name].start for name in "ABC"] == [0, 10, 0]


def test_a_task_that_spans_hosts_names_the_first_and_goes_as_fast_as_the_slowest() -> None:
    hosts = [
        {"name": "fast", "cores": 2, "speed": 2},
        {"name": "slow", "cores": 2, "speed": 0.5},
    ]
    task = {"id": "X", "work": 6, "cores": 3, "span": True}
    done = run([listed(task, {"id": "Y", "work": 6, "cores": 2})], hosts)
    assert rows(done)["X"] == Row(0, 12, "fast +1 more")
    assert rows(done)["Y"] == Row(12, 15, "fast")


@pytest.mark.parametrize("policy", ["fcfs", "sjf", "srtf", "ps", "rr", "mlfq"])
@pytest.mark.parametrize("queue", ["shared", "per_core"])
def test_shared_and_exclusive_work_adds_up(policy: str, queue: str) -> None:
    scheduler = {"policy": policy, "queue": queue}
    if policy == "rr":
        scheduler["quantum"] = "100ms"
    short = {"kind": "uniform", "low": 0.1, "high": 2}
    workload = [
        {"kind": "poisson", "name": "shared", "rate": 3, "count": 150, "work": short},
        {"kind": "poisson", "name": "whole", "rate": 0.5, "count": 25, "work": short, "cores": 2},
    ]
    done = run(workload, [{"name": "h", "count": 2, "cores": 3}], scheduler=scheduler)
    tasks = done.tasks
    assert set(tasks["status"]) == {"completed"}
    whole = tasks["kind"] == "whole"
    assert (tasks["finish"] - tasks["start"])[whole] == pytest.approx(tasks["work"][whole])
    work = float(tasks["work"].sum() + tasks["work"][whole].sum())
    busy = done.metrics["cpu.utilization"] * 6 * done.metrics["makespan"]
    assert busy == pytest.approx(work, rel=1e-7)


def test_a_task_on_many_hosts_has_a_short_machine_and_spans_on_each() -> None:
    hosts = [{"name": "h", "count": 300, "cores": 1}]
    done = run([listed({"id": "X", "work": 1, "cores": 300, "span": True})], hosts, level="full")
    assert rows(done)["X"].machine == "h-0 +299 more"
    tracks = {done.trace.text(code) for code in done.trace.spans.column("track").tolist()}
    assert {f"h-{at}/0" for at in range(300)} <= tracks


def test_an_exclusive_task_that_the_end_finds_inside_has_its_machine() -> None:
    done = run(
        [listed({"id": "X", "work": 9, "cores": 1}, {"id": "Y", "work": 9, "cores": 2})],
        [{"name": "h", "cores": 2}],
        until=4,
    )
    assert done.tasks["machine"].tolist() == ["h", ""]
    assert done.tasks["status"].tolist() == ["inside", "inside"]
