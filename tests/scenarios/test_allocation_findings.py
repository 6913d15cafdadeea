"""What the scenarios of task allocation say one finds, found."""

from __future__ import annotations

import numpy as np
import pytest

from aio_sim import Run, Scenario, simulate
from aio_sim.analysis.theory import supermarket
from tests.scenarios.runs import run

ORDERS = ("file", "sjf", "priority", "lpt")


def waits(order: str) -> dict[str, float]:
    """Return the mean wait of each kind of task of the lab, and of all."""
    tasks = run("mixed-ai-lab", f"dispatch.order={order}").tasks
    kinds = {
        kind: float(tasks["waiting"][tasks["kind"] == kind].mean())
        for kind in np.unique(tasks["kind"])
    }
    return kinds | {"all": float(tasks["waiting"].mean())}


def test_in_the_order_of_arrival_everybody_in_the_lab_waits_alike() -> None:
    found = waits("file")
    assert found["question"] == pytest.approx(112, abs=1)
    assert found["training"] == pytest.approx(found["question"], rel=0.05)


def test_shortest_first_and_priority_spare_the_questions_and_training_pays() -> None:
    by_arrival, shortest, by_priority, longest = map(waits, ORDERS)
    assert shortest["question"] == pytest.approx(4, abs=0.1)
    assert by_priority["question"] == pytest.approx(6, abs=0.1)
    assert 1.05 < shortest["training"] / by_arrival["training"] < 1.15
    assert 1.45 < by_priority["training"] / by_arrival["training"] < 1.6
    assert shortest["all"] < by_priority["all"] < by_arrival["all"] < longest["all"]


def times(*settings: str, warm: float) -> float:
    """Return the mean turnaround of the tasks that arrive after the queues have filled."""
    found: Run = simulate(Scenario.load("two-choices", set=settings))
    late = found.tasks["arrival"] > warm
    return float(found.tasks["turnaround"][late].mean())


def test_a_minute_of_two_choices_against_one_and_all() -> None:
    settings = ("workload.0.count=30000",)
    mean = {
        policy: simulate(
            Scenario.load("two-choices", set=(*settings, f"dispatch.policy={policy}"))
        ).metrics["turnaround.mean"]
        for policy in ("power_of_two", "random", "join_shortest_queue", "work_stealing")
    }
    assert mean["random"] > 1.5 * mean["power_of_two"]
    assert mean["power_of_two"] > 2 * mean["join_shortest_queue"]
    assert mean["work_stealing"] == pytest.approx(mean["join_shortest_queue"], rel=0.01)


@pytest.mark.parametrize("choices", [1, 2])
def test_half_loaded_hosts_are_those_of_the_supermarket_model(choices: int) -> None:
    settings = ("workload.0.rate=500", "workload.0.count=30000", f"dispatch.choices={choices}")
    assert supermarket(0.5, 2) == pytest.approx(1.2656860360875726)
    assert times(*settings, warm=15) == pytest.approx(supermarket(0.5, choices), rel=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("choices", "count", "warm"), [(2, 400_000, 100), (3, 300_000, 100), (1, 2_000_000, 1200)]
)
def test_in_the_long_run_they_are_the_supermarket_models(
    choices: int, count: int, warm: float
) -> None:
    settings = (f"dispatch.choices={choices}", f"workload.0.count={count}")
    assert times(*settings, warm=warm) == pytest.approx(supermarket(0.9, choices), rel=0.05)


def test_the_minute_is_what_the_scenario_says() -> None:
    metrics = simulate(Scenario.load("two-choices")).metrics
    assert metrics["turnaround.mean"] == pytest.approx(2.4, abs=0.05)
