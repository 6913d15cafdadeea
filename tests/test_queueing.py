"""Simulated queues against the closed forms of queueing theory."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest

from aio_sim.kernel.trace import TaskRow
from aio_sim.simulation import Run
from tests.queueing import EXPONENTIAL, HYPEREXPONENTIAL, classes, poisson, queue

TASKS = 100_000
SEED = 2

Case = dict[str, Any]


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict[str, Case]:
    cases = json.loads((shared / "golden.json").read_text(encoding="utf-8"))
    return {case["id"]: case for case in cases}


def near(case: Case, expected: float) -> Any:
    """Return the value within what is allowed to a simulation."""
    return pytest.approx(expected, rel=case["sim_tolerance"])


def mean_of(run: Run, field: str, kind: str) -> float:
    tasks = run.tasks
    return float(tasks[field][tasks["kind"] == kind].mean())


def waited(run: Run) -> float:
    """Return the share of tasks that waited at all."""
    return float((run.tasks["waiting"] > 0).mean())


def test_one_exponential_server(golden: dict[str, Case]) -> None:
    case = golden["mm1.base"]
    rate, expected = case["inputs"]["lam"], case["expected"]
    metrics = queue([poisson(rate, TASKS, EXPONENTIAL)], seed=SEED).metrics
    assert metrics["waiting.mean"] == near(case, expected["Wq"])
    assert metrics["turnaround.mean"] == near(case, expected["W"])
    # Little's law, with the arrival rate that was drawn.
    assert metrics["turnaround.mean"] * metrics["throughput"] == near(case, expected["L"])
    assert metrics["cpu.utilization"] == near(case, expected["rho"])
    tail = golden["mm1.p95"]
    assert metrics["turnaround.p95"] == near(tail, tail["expected"])


def test_several_exponential_servers(golden: dict[str, Case]) -> None:
    case = golden["mmc.a8.c10"]
    inputs, expected = case["inputs"], case["expected"]
    run = queue([poisson(inputs["lam"], TASKS, EXPONENTIAL)], cores=inputs["c"], seed=SEED)
    assert run.metrics["waiting.mean"] == near(case, expected["Wq"])
    assert waited(run) == near(case, expected["Pwait"])


def test_constant_work(golden: dict[str, Case]) -> None:
    case = golden["mg1.md1"]
    metrics = queue([poisson(case["inputs"]["lam"], TASKS, 1)], seed=SEED).metrics
    assert metrics["waiting.mean"] == near(case, case["expected"]["Wq"])
    assert metrics["turnaround.mean"] == near(case, case["expected"]["W"])


@pytest.mark.slow
def test_under_sharing_only_the_mean_of_the_work_matters(golden: dict[str, Case]) -> None:
    case, slowdown = golden["mg1ps.insens"], golden["mg1ps.slowdown"]
    rate = case["inputs"]["lam"]
    constant = queue([poisson(rate, TASKS, 1)], "ps", seed=SEED)
    assert constant.metrics["turnaround.mean"] == near(case, case["expected"]["W_det"])
    _names, shares, means = zip(*HYPEREXPONENTIAL, strict=True)
    works = tuple({"kind": "exponential", "mean": mean} for mean in means)
    rates = tuple(rate * share for share in shares)
    varied = queue(classes(rates, TASKS, works), "ps", seed=SEED)
    assert varied.metrics["turnaround.mean"] == near(case, case["expected"]["W_H2"])
    slowdowns = varied.tasks["turnaround"] / varied.tasks["work"]
    assert float(slowdowns.mean()) == near(slowdown, slowdown["expected"])
    # The same slowdown for short and long.
    for at, mean in enumerate(means, 1):
        expected = mean * slowdown["expected"]
        assert mean_of(varied, "turnaround", f"c{at}") == near(slowdown, expected)


@pytest.mark.slow
def test_round_robin_of_a_short_quantum_is_nearly_sharing(golden: dict[str, Case]) -> None:
    case = golden["rr.small_q"]
    load = poisson(case["inputs"]["lam"], TASKS // 2, EXPONENTIAL)
    run = queue([load], "rr", seed=SEED, quantum=case["inputs"]["q"])
    assert run.metrics["turnaround.mean"] == near(case, case["expected"])
    shared = queue([load], "ps", seed=SEED)
    quantum = case["inputs"]["q"]
    assert abs(run.metrics["turnaround.mean"] - shared.metrics["turnaround.mean"]) < 2 * quantum


def test_priorities_without_preemption(golden: dict[str, Case]) -> None:
    case, law = golden["prio.np.mm1"], golden["prio.conservation"]
    rates = tuple(case["inputs"]["lam"])
    load = classes(rates, TASKS, (EXPONENTIAL, EXPONENTIAL))
    run = queue(load, "priority", seed=SEED)
    waits = [mean_of(run, "waiting", name) for name in ("c1", "c2")]
    assert waits == [near(case, case["expected"]["Wq1"]), near(case, case["expected"]["Wq2"])]
    # Kleinrock's conservation law.
    total = sum(rate * wait for rate, wait in zip(rates, waits, strict=True))
    assert total == near(law, law["expected"])


def test_priorities_with_preemption(golden: dict[str, Case]) -> None:
    case = golden["prio.pr.mm1"]
    load = classes(tuple(case["inputs"]["lam"]), TASKS, (EXPONENTIAL, EXPONENTIAL))
    run = queue(load, "priority", seed=SEED, preemptive=True)
    for name in ("1", "2"):
        expected = case["expected"][f"W{name}"]
        assert mean_of(run, "turnaround", f"c{name}") == near(case, expected)


def test_shortest_job_first(golden: dict[str, Case]) -> None:
    case = golden["sjf.mm1"]
    run = queue([poisson(case["inputs"]["lam"], TASKS, EXPONENTIAL)], "sjf", seed=SEED)
    assert run.metrics["waiting.mean"] == near(case, case["expected"]["Wq"])
    assert run.metrics["turnaround.mean"] == near(case, case["expected"]["W"])


def test_one_server_is_lindleys_recursion() -> None:
    run = queue([poisson(0.9, 20_000, EXPONENTIAL)], seed=SEED)
    free = 0
    for task in (TaskRow(*cells) for cells in run.trace.tasks.rows()):
        assert task.waiting == max(free - task.arrival, 0)
        free = max(free, task.arrival) + task.work
        assert task.finish == free


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "rate", "cores", "policy", "options", "metric", "of"),
    [
        ("mm1.base", 0.8, 1, "fcfs", {}, "waiting.mean", "Wq"),
        ("mmc.a8.c10", 8, 10, "fcfs", {}, "waiting.mean", "Wq"),
        ("mmc.a45.c50", 45, 50, "fcfs", {}, "waiting.mean", "Wq"),
        ("sjf.mm1", 0.8, 1, "sjf", {}, "waiting.mean", "Wq"),
        ("rr.small_q", 0.7, 1, "rr", {"quantum": 0.05}, "turnaround.mean", None),
    ],
)
def test_theory_lies_within_the_confidence_of_replications(
    golden: dict[str, Case],
    name: str,
    rate: float,
    cores: int,
    policy: str,
    options: dict[str, Any],
    metric: str,
    of: str | None,
) -> None:
    load = [poisson(rate, 2 * TASKS, EXPONENTIAL)]
    means = [
        queue(load, policy, cores=cores, seed=seed, audit=False, **options).metrics[metric]
        for seed in range(10, 18)
    ]
    expected = golden[name]["expected"]
    exact = expected if of is None else expected[of]
    # Student's t of 7 degrees of freedom at 99.9 %.
    assert abs(fmean(means) - exact) < 5.408 * stdev(means) / len(means) ** 0.5
