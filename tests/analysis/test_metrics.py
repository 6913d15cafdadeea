"""The metrics are those of the definitions, worked out by hand or task by task."""

from __future__ import annotations

import json
import math
import random
from fractions import Fraction

import numpy as np
import pytest

from aio_sim.analysis.metrics import metrics, rejections
from aio_sim.analysis.task_table import task_table
from aio_sim.kernel.trace import Status, Trace
from tests.analysis.traces import SECOND, TraceWriter, shortest_first, silberschatz_round_robin


def test_the_textbook_round_robin_has_the_printed_mean_waiting() -> None:
    numbers = metrics(silberschatz_round_robin())
    assert numbers["waiting.mean"] == 17 / 3
    assert numbers["turnaround.mean"] == 47 / 3
    assert numbers["response.mean"] == 11 / 3
    assert numbers["makespan"] == 30
    assert numbers["throughput"] == pytest.approx(0.1)
    assert numbers["cpu.utilization"] == 1
    assert numbers["context_switches"] == 3
    assert numbers["tasks.submitted"] == numbers["tasks.completed"] == 3


def test_every_name_of_the_interface_is_there() -> None:
    expected = {
        f"tasks.{word}" for word in ("submitted", "completed", "rejected", "failed", "inside")
    }
    expected |= {
        f"{time}.{statistic}"
        for time in ("waiting", "response", "turnaround")
        for statistic in ("mean", "p50", "p95", "p99", "max")
    }
    expected |= {"throughput", "makespan", "cpu.utilization", "context_switches", "fairness.jain"}
    assert set(metrics(shortest_first())) == expected


def test_jain_is_over_work_per_turnaround() -> None:
    shares = [Fraction(4, 4), Fraction(5, 10), Fraction(2, 4)]
    expected = sum(shares) ** 2 / (3 * sum(share**2 for share in shares))
    assert metrics(shortest_first())["fairness.jain"] == pytest.approx(float(expected))


def test_a_run_of_nothing_has_counts_only() -> None:
    numbers = metrics(TraceWriter().trace)
    assert numbers == {
        "tasks.submitted": 0,
        "tasks.completed": 0,
        "tasks.rejected": 0,
        "tasks.failed": 0,
        "tasks.inside": 0,
        "context_switches": 0,
    }


def test_rejected_tasks_do_not_begin_the_makespan_and_reasons_name_no_metric() -> None:
    writer = TraceWriter("A", "B", "C", "D")
    for name, reason in (("A", "needs 9 cores of 4"), ("B", "needs 17 cores of 4"), ("C", "quota")):
        writer.task(name, 0, status=Status.REJECTED, reason=reason, machine=None)
    writer.trace.add_total("tasks.rejected.too_large", 2)
    numbers = metrics(writer.task("D", 5, 5, 8, 3).trace)
    assert numbers["makespan"] == 3
    assert numbers["tasks.rejected"] == 3
    by_cause = {name: n for name, n in numbers.items() if name.startswith("tasks.rejected.")}
    assert by_cause == {"tasks.rejected.too_large": 2}
    assert rejections(writer.trace) == {
        "needs 9 cores of 4": 1,
        "needs 17 cores of 4": 1,
        "quota": 1,
    }


def test_a_run_cut_short_is_never_more_than_fully_used() -> None:
    writer = TraceWriter("A", "B").task("A", 0, 0, 1, 1)
    writer.task("B", 0, 1, None, 50, status=Status.INSIDE)
    writer.trace.meta["ended_at"] = 10 * SECOND
    writer.trace.totals["cpu.busy"] = 10 * SECOND
    numbers = metrics(writer.trace)
    assert numbers["makespan"] == 1
    assert numbers["cpu.utilization"] == 1
    assert numbers["tasks.inside"] == 1


def test_a_run_that_completes_nothing_was_used_until_its_end() -> None:
    writer = TraceWriter("A").task("A", 1, 1, None, 10, status=Status.INSIDE)
    writer.trace.meta["ended_at"] = 5 * SECOND
    writer.trace.totals["cpu.busy"] = 3 * SECOND
    numbers = metrics(writer.trace)
    assert numbers["cpu.utilization"] == 3 / 4
    assert not numbers.keys() & {"makespan", "throughput"}


def test_only_completed_tasks_have_their_times_counted() -> None:
    writer = TraceWriter("A", "B").task("A", 0, 0, 2, 2)
    writer.task("B", 0, 0, 100, 100, status=Status.FAILED, reason="its host failed")
    numbers = metrics(writer.trace)
    assert numbers["turnaround.max"] == 2
    assert numbers["tasks.failed"] == 1
    assert numbers["makespan"] == 100


def test_totals_of_components_are_metrics() -> None:
    writer = TraceWriter("A").task("A", 0, 0, 2, 2)
    writer.trace.totals |= {"memory.peak": 4096, "deadlines.missed": 1}
    numbers = metrics(writer.trace)
    assert numbers["memory.peak"] == 4096
    assert numbers["deadlines.missed"] == 1
    assert "cpu.busy" not in numbers


def test_sums_beyond_sixty_four_bits_are_exact() -> None:
    names = [f"t{index}" for index in range(64)]
    writer = TraceWriter(*names)
    year = 365 * 86_400
    for index, name in enumerate(names):
        writer.task(name, 0, 0, 140 * year + index, 1)
    assert metrics(writer.trace)["turnaround.mean"] == 140 * year + 31.5


def random_trace(count: int, seed: int) -> Trace:
    draw = random.Random(seed)
    writer = TraceWriter(*(f"t{index}" for index in range(count)))
    for name in writer.names:
        arrival, waiting, work = draw.random() * 50, draw.random() * 9, 0.1 + draw.random()
        status = draw.choice([Status.COMPLETED] * 4 + [Status.REJECTED])
        if status == Status.REJECTED:
            writer.task(name, arrival, status=status, reason="full", machine=None)
        else:
            writer.task(name, arrival, arrival + waiting, arrival + waiting + work, work)
    return writer.trace


@pytest.mark.parametrize("seed", range(3))
def test_statistics_are_those_of_a_plain_loop_over_the_tasks(seed: int) -> None:
    trace = random_trace(101, seed)
    done = [row for row in trace.tasks.rows() if row[8] == Status.COMPLETED]
    waits = sorted((row[7]) / 1e9 for row in done)
    numbers = metrics(trace)
    assert numbers["waiting.mean"] == pytest.approx(math.fsum(waits) / len(waits), rel=1e-12)
    assert numbers["waiting.max"] == waits[-1]
    for percent in (50, 95, 99):  # Hyndman and Fan's definition 7
        place = (len(waits) - 1) * percent / 100
        below, share = int(place), place % 1
        above = min(below + 1, len(waits) - 1)
        expected = waits[below] + share * (waits[above] - waits[below])
        assert numbers[f"waiting.p{percent}"] == pytest.approx(expected)


def test_metrics_are_plain_numbers_that_json_can_write() -> None:
    numbers = metrics(random_trace(20, 5))
    assert all(type(value) in (int, float) for value in numbers.values())
    json.dumps(numbers, allow_nan=False)


def test_the_table_is_in_order_of_arrival_and_says_what_is_missing() -> None:
    writer = TraceWriter("A", "B", "C").task("B", 3, 3, 4, 1)
    writer.task("C", 3, status=Status.REJECTED, reason="full", machine=None)
    writer.task("A", 1, 1, 2, 0.5, machine="h1")
    table = task_table(writer.trace)
    assert table["id"].tolist() == ["A", "B", "C"]
    assert table["kind"].tolist() == ["list"] * 3
    assert table["status"].tolist() == ["completed", "completed", "rejected"]
    assert table["machine"].tolist() == ["h1", "h1", ""]
    assert table["turnaround"][:2].tolist() == [1, 1]
    assert np.isnan(table["start"][2])
    assert np.isnan(table["finish"][2])
    assert table.dtype.names == (
        *("id", "kind", "arrival", "start", "finish", "work", "waiting", "response"),
        *("turnaround", "status", "machine"),
    )


def test_the_table_of_nothing_has_its_columns() -> None:
    table = task_table(TraceWriter().trace)
    assert len(table) == 0
    assert "turnaround" in (table.dtype.names or ())


def test_ids_come_from_the_pattern_of_their_source() -> None:
    trace = Trace()
    source = trace.add_source("poisson", "poisson-{}")
    trace.tasks.append((0, source, 17, 0, 0, SECOND, SECOND, 0, Status.COMPLETED, -1, -1))
    assert task_table(trace)["id"].tolist() == ["poisson-17"]
    assert task_table(trace)["machine"].tolist() == [""]
