"""Whole scenarios against exact calculations that need no event loop."""

from __future__ import annotations

import heapq
import json
import math
from fractions import Fraction
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import pytest
import yaml

from aio_sim.kernel import messages
from aio_sim.kernel.trace import Status, TaskRow
from aio_sim.scenario import Scenario
from aio_sim.simulation import Run, simulate
from tests.distributed.runs import Row, listed, reasons, rows, run, statuses
from tests.scheduling.textbook import CASES, Case

SECOND = 10**9
MACHINES, CORES, TASKS = 8, 2, 2000
WORK = {"kind": "uniform", "low": 10, "high": 100}
BATCH = {"kind": "batch", "at": 0, "count": TASKS, "work": WORK}
LOAD = 0.8 * MACHINES * CORES / 55


def dispatched(workload: dict[str, Any], policy: str, machines: int = MACHINES) -> list[TaskRow]:
    """Return the tasks of a run on equal machines, which take turns, by their numbers."""
    hosts = [{"name": "h", "count": machines, "cores": CORES}]
    done = run(
        [workload], hosts, scheduler={"policy": policy}, dispatch={"policy": "round_robin"}, seed=4
    )
    tasks = sorted(TaskRow(*cells) for cells in done.trace.tasks.rows())
    assert [task.number for task in tasks] == list(range(TASKS))
    assert done.metrics["makespan"] == pytest.approx(
        (max(task.finish for task in tasks) - tasks[0].arrival) / SECOND, rel=1e-12
    )
    assert all(10 * SECOND <= task.work <= 100 * SECOND for task in tasks)
    return tasks


def first_come(tasks: list[TaskRow]) -> list[tuple[int, int]]:
    """Return start and finish: each takes the core that is free first."""
    free, times = [0] * CORES, []
    for task in tasks:
        start = max(heapq.heappop(free), task.arrival)
        times.append((start, start + task.work))
        heapq.heappush(free, start + task.work)
    return times


def shared(tasks: list[TaskRow]) -> dict[int, Fraction]:
    """Return when each of tasks that came together finishes, where all share the cores."""
    finish, at, served = {}, Fraction(0), 0
    by_work = sorted(tasks, key=lambda task: task.work)
    for many, task in zip(range(len(tasks), 0, -1), by_work, strict=True):
        at += (task.work - served) * max(Fraction(many, CORES), Fraction(1))
        finish[task.number], served = at, task.work
    return finish


@pytest.mark.parametrize(
    ("workload", "machines"),
    [
        (BATCH, MACHINES),
        ({"kind": "poisson", "rate": LOAD, "count": TASKS, "work": WORK}, MACHINES),
        (BATCH, 50 * MACHINES),
    ],
    ids=["all at once", "at load 0.8", "on many machines"],
)
def test_first_come_first_served_is_a_heap_of_free_cores(
    workload: dict[str, Any], machines: int
) -> None:
    tasks = dispatched(workload, "fcfs", machines)
    for machine in range(machines):
        own = tasks[machine::machines]
        assert [(task.start, task.finish) for task in own] == first_come(own)
        waits = [task.waiting for task in own]
        assert waits == [task.start - task.arrival for task in own]


def test_processor_sharing_is_the_sorted_works() -> None:
    tasks = dispatched(BATCH, "ps")
    for machine in range(MACHINES):
        own = tasks[machine::MACHINES]
        exact = shared(own)
        for task in own:
            assert task.finish == pytest.approx(float(exact[task.number]), rel=1e-9)
            assert task.start == task.arrival == 0


# Textbooks


def textbook(policy: str, tasks: list[dict[str, Any]], **options: Any) -> Run:
    return run([listed(*tasks)], scheduler={"policy": policy, **options})


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict[str, Any]:
    cases = json.loads((shared / "golden.json").read_text(encoding="utf-8"))
    return {case["id"]: case for case in cases}


@pytest.mark.parametrize(
    ("name", "policy", "options"),
    [
        ("FCFS", "fcfs", {}),
        ("RR1", "rr", {"quantum": 1}),
        ("SPN", "sjf", {}),
        ("SRT", "srtf", {}),
        ("FB1", "mlfq", {"quanta": [1, 1, 1, 1, 1], "preemptive": False}),
    ],
)
def test_the_five_processes_of_stallings(
    golden: dict[str, Any], name: str, policy: str, options: dict[str, Any]
) -> None:
    case = golden[f"stallings.{name}"]
    given, expected = case["inputs"]["processes"], case["expected"]
    tasks = [{"id": one, "arrival": arrival, "work": work} for one, arrival, work in given]
    done = textbook(policy, tasks, **options)
    assert [rows(done)[one].finish for one, *_ in given] == expected["finish"]
    turnaround = dict(
        zip(done.tasks["id"].tolist(), done.tasks["turnaround"].tolist(), strict=True)
    )
    assert [turnaround[one] for one, *_ in given] == expected["turnaround"]
    assert done.metrics["turnaround.mean"] == pytest.approx(expected["mean_turnaround"], rel=1e-12)
    norms = [turnaround[one] / work for one, _, work in given]
    assert sum(norms) / len(norms) == pytest.approx(expected["mean_norm"], rel=1e-12)


def bursts(*works: int) -> list[dict[str, Any]]:
    return [{"id": f"P{at}", "work": work} for at, work in enumerate(works, 1)]


def test_the_waiting_times_of_silberschatz(golden: dict[str, Any]) -> None:
    srtf = [
        {"id": one, "arrival": arrival, "work": work}
        for one, arrival, work in golden["silb.srtf"]["inputs"]["processes"]
    ]
    priority = [
        {"id": one, "arrival": arrival, "work": work, "priority": level}
        for one, arrival, work, level in golden["silb.priority"]["inputs"]["processes"]
    ]
    convoy, short_first = golden["silb.fcfs"]["expected"]
    of_sjf, of_srtf = golden["silb.sjf"]["expected"], golden["silb.srtf"]["expected"]
    quantum = golden["silb.rr4"]["inputs"]["q"]
    expected = [
        ("fcfs", bursts(24, 3, 3), {}, convoy),
        ("fcfs", bursts(3, 3, 24), {}, short_first),
        ("sjf", bursts(6, 8, 7, 3), {}, of_sjf["sjf"]),
        ("fcfs", bursts(6, 8, 7, 3), {}, of_sjf["fcfs"]),
        ("srtf", srtf, {}, of_srtf["srtf"]),
        ("sjf", srtf, {}, of_srtf["sjf"]),
        ("priority", priority, {}, golden["silb.priority"]["expected"]),
        ("rr", bursts(24, 3, 3), {"quantum": quantum}, golden["silb.rr4"]["expected"]),
    ]
    for policy, tasks, options, mean in expected:
        waiting = textbook(policy, tasks, **options).metrics["waiting.mean"]
        assert waiting == pytest.approx(mean, rel=1e-12)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_case_of_a_textbook_as_a_scenario(case: Case) -> None:
    tasks = []
    for process in case.processes:
        task: dict[str, Any] = {"id": f"P{process.number}", "priority": process.priority}
        task |= {"arrival": process.arrival, "work": process.work}
        if process.deadline is not None:
            task["deadline"] = process.deadline - process.arrival
        tasks.append(task)
    options = {name: list(v) if isinstance(v, tuple) else v for name, v in case.options.items()}
    done = textbook(case.policy, tasks, **options)
    finishes = {name: row.finish for name, row in rows(done).items()}
    if case.finish is not None:
        assert tuple(finishes[task["id"]] for task in tasks) == case.finish
    for metric, mean in (("waiting", case.mean_waiting), ("turnaround", case.mean_turnaround)):
        if mean is not None:
            assert done.metrics[f"{metric}.mean"] == pytest.approx(mean, rel=1e-9)


# The end of a run


def test_what_happens_at_the_very_end_still_happens() -> None:
    tasks = [
        {"id": "A", "arrival": 0, "work": 5},
        {"id": "B", "arrival": 0, "work": 5},
        {"id": "C", "arrival": 5, "work": 5},
        {"id": "D", "arrival": "5000000001ns", "work": 5},
    ]
    done = run([listed(*tasks)], [{"name": "h", "cores": 1}], until=5)
    assert statuses(done) == {"A": "completed", "B": "inside", "C": "inside"}
    assert rows(done)["A"] == Row(0, 5, "h")
    assert rows(done)["B"].start == 5
    assert math.isnan(rows(done)["C"].start)
    assert done.ended_at == 5
    assert done.metrics["tasks.submitted"] == 3


def test_tasks_inside_at_the_end_are_counted_wherever_they_are() -> None:
    tasks: list[dict[str, Any]] = [
        {"id": "ends", "work": 0.5},
        {"id": "runs", "work": 9},
        {"id": "waits", "work": 9},
        {"id": "blocked", "bursts": [1, 9, 1]},
        {"id": "wants-memory", "work": 9, "memory": 90},
        {"id": "has-memory", "work": 9, "memory": 90},
        {"id": "holds-cores", "work": 9, "cores": 2},
        {"id": "wants-cores", "work": 9, "cores": 2},
    ]
    hosts = [{"name": "h", "cores": 3, "memory": 100}]
    done = run([listed(*tasks)], hosts, until=6, scheduler={"policy": "rr", "quantum": 1})
    told = statuses(done)
    assert told.pop("ends") == "completed"
    assert set(told.values()) == {"inside"}
    assert done.metrics["tasks.inside"] == len(tasks) - 1
    # All three cores were busy all the time.
    assert done.metrics["cpu.utilization"] == 1


def test_a_task_blocked_at_the_end_has_waited_only_while_it_was_ready() -> None:
    tasks: list[dict[str, Any]] = [{"id": "A", "work": 2}, {"id": "B", "bursts": [1, 10, 1]}]
    done = run([listed(*tasks)], until=6)
    waiting = dict(zip(done.tasks["id"].tolist(), done.tasks["waiting"].tolist(), strict=True))
    assert waiting == {"A": 0, "B": 2}


@pytest.mark.parametrize("policy", [{"policy": "fcfs"}, {"policy": "rr", "quantum": 4}], ids=str)
def test_a_task_in_its_first_switch_at_the_end_has_not_started(policy: dict[str, Any]) -> None:
    tasks = bursts(4, 4, 4)
    done = run([listed(*tasks)], until=5, scheduler={**policy, "switch_cost": 3})
    assert rows(done)["P1"] == Row(0, 4, "h")
    assert math.isnan(rows(done)["P2"].start)
    later = run([listed(*tasks)], until=7, scheduler={**policy, "switch_cost": 3})
    assert rows(later)["P2"].start == 7


def test_a_run_ends_when_its_work_is_done_though_it_might_go_on() -> None:
    assert run([listed({"id": "A", "work": 3})], until=100).ended_at == 3


# What is in a scenario reaches the machine


def test_hosts_have_their_own_speeds_and_schedulers() -> None:
    hosts: list[dict[str, Any]] = [
        {"name": "slow", "speed": 0.5},
        {"name": "fair", "scheduler": {"policy": "ps"}},
        {"name": "twin", "count": 2, "speed": 4},
    ]
    tasks = [{"id": f"T{at}", "work": 2 + at // 4} for at in range(8)]
    done = run([listed(*tasks)], hosts, dispatch={"policy": "round_robin"})
    assert rows(done) == {
        "T0": Row(0, 4, "slow"), "T4": Row(4, 10, "slow"),
        "T1": Row(0, 4, "fair"), "T5": Row(0, 5, "fair"),
        "T2": Row(0, 0.5, "twin-0"), "T6": Row(0.5, 1.25, "twin-0"),
        "T3": Row(0, 0.5, "twin-1"), "T7": Row(0.5, 1.25, "twin-1"),
    }  # fmt: skip


def test_rows_that_cannot_run_are_counted_with_their_reason(tmp_path: Path) -> None:
    table = "at,takes,cores\n0,3,1\n1,0,1\n2,,1\n3,2,9\n4,x,1\n5,1,1\n"
    (tmp_path / "log.csv").write_text(table, encoding="utf-8")
    workload = {
        "kind": "trace",
        "format": "csv",
        "path": str(tmp_path / "log.csv"),
        "columns": {"arrival": "at", "work": "takes", "cores": "cores"},
        "on_error": "skip",
    }
    done = run([workload])
    told = reasons(done)
    assert len(told) == 3
    assert "needs 9 cores, the largest host has 1" in told.values()
    metrics = done.metrics
    assert metrics["tasks.submitted"] == 5
    assert metrics["tasks.completed"] == 2
    assert metrics["tasks.rejected"] == 3
    assert metrics["workload.skipped"] == 1
    counted = {n: c for n, c in metrics.items() if n.startswith("tasks.rejected.")}
    assert counted == {"tasks.rejected.no_run_time": 2, "tasks.rejected.too_large": 1}


class Exclaimed(NullTranslations):
    """Another language."""

    def gettext(self, message: str) -> str:
        return f"¡{message}!"


def test_rejections_have_the_same_metrics_in_every_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tasks = [
        {"id": "A", "work": 1, "cores": 9},
        {"id": "B", "work": 1, "memory": 101},
        {"id": "C", "work": 1, "memory": 20, "tenant": "small"},
    ]
    hosts = [{"name": "h", "memory": 100}]
    quotas = {"small": {"memory": 10}}
    english = run([listed(*tasks)], hosts, quotas=quotas)
    monkeypatch.setattr(messages, "_catalogue", Exclaimed())
    other = run([listed(*tasks)], hosts, quotas=quotas)
    assert reasons(other) != reasons(english)
    assert other.metrics == english.metrics
    counted = {n: c for n, c in other.metrics.items() if n.startswith("tasks.rejected.")}
    assert counted == {"tasks.rejected.too_large": 2, "tasks.rejected.quota": 1}


def test_the_trace_holds_the_scenario_as_it_ran() -> None:
    text = yaml.safe_dump(
        {"name": "small", "seed": 3, "hosts": [{"name": "h", "count": 2}], "workload": [BATCH]}
    )
    done = simulate(Scenario.from_text(text), seed=8)
    assert done.trace.meta["seed"] == done.trace.meta["scenario"]["seed"] == done.seed == 8
    assert done.scenario == Scenario.from_text(text).model_copy(update={"seed": 8})
    again = simulate(Scenario.from_text(yaml.safe_dump(done.trace.meta["scenario"])))
    assert list(again.trace.tasks.rows()) == list(done.trace.tasks.rows())
    assert done.trace.meta["hosts"][0]["count"] == 2
    assert set(done.trace.tasks.column("status").tolist()) == {Status.COMPLETED}
