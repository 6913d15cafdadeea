"""Variants meet the same arrivals, and their differences are paired."""

from __future__ import annotations

from typing import Any

import pytest

from aio_sim.analysis.comparison import compare
from aio_sim.analysis.headlines import HEADLINES, headlines
from aio_sim.analysis.statistics import confidence_interval
from aio_sim.kernel.errors import InputError, ScenarioError, UnknownName
from aio_sim.scenario import Scenario
from aio_sim.simulation import simulate

LOAD = """
name: load
hosts: [{name: h, cores: 1, memory: 1GiB}]
workload:
  - {kind: poisson, rate: 0.7, count: 60, work: {kind: exponential, mean: 1}}
"""
MODEL = Scenario.from_text("""
name: model
hosts:
  - {name: centre, network: {bandwidth: 1Gbps}}
  - {name: e, count: 3, network: {bandwidth: 1Gbps}}
distributions: [{name: model, size: 125MB, from: centre, to: "e-*", scheme: tree}]
""")
POLICIES = {"scheduler.policy": ["fcfs", "sjf"]}


@pytest.fixture(scope="module")
def load() -> Scenario:
    return Scenario.from_text(LOAD)


def test_each_variant_is_what_simulate_says_of_it_under_each_seed(load: Scenario) -> None:
    comparison = compare(load, POLICIES, replications=3, seed=5, audit=True)
    for variant in comparison.variants:
        policy = variant.values["scheduler.policy"]
        alone = Scenario.from_text(LOAD, [f"scheduler.policy={policy}"])
        expected = [simulate(alone, seed).metrics["waiting.mean"] for seed in (5, 6, 7)]
        assert variant.samples["waiting.mean"] == expected
        assert variant.metrics["waiting.mean"] == confidence_interval(expected)


def test_differences_are_seed_by_seed_to_the_first(load: Scenario) -> None:
    first, second = compare(load, POLICIES, replications=3, audit=True).variants
    assert first.difference == {}
    pairs = zip(second.samples["waiting.mean"], first.samples["waiting.mean"], strict=True)
    expected = confidence_interval([own - other for own, other in pairs])
    assert second.difference["waiting.mean"] == expected
    assert expected.mean < 0  # the shortest first wait less on average
    assert second.difference["makespan"].mean == 0


def test_variants_are_every_combination_in_order(load: Scenario) -> None:
    vary: dict[str, list[Any]] = {**POLICIES, "hosts.h.cores": [1, 2]}
    comparison = compare(load, vary, audit=True)
    assert [variant.label for variant in comparison.variants] == [
        "fcfs, 1",
        "fcfs, 2",
        "sjf, 1",
        "sjf, 2",
    ]
    assert comparison.shown == HEADLINES


def test_one_replication_has_no_interval(load: Scenario) -> None:
    comparison = compare(load, POLICIES, audit=True)
    assert comparison.variants[1].difference["waiting.mean"].low is None


def test_chosen_metrics_are_the_only_ones(load: Scenario) -> None:
    comparison = compare(load, POLICIES, metrics=["makespan", "waiting.p99"], audit=True)
    assert list(comparison.variants[0].metrics) == ["makespan", "waiting.p99"]
    assert comparison.shown == ("makespan", "waiting.p99")


def test_where_no_task_runs_what_else_there_is_is_shown() -> None:
    comparison = compare(MODEL, {"distributions.0.scheme": ["unicast", "tree"]}, audit=True)
    assert comparison.shown == ("distribution.model.time",)
    assert headlines(["makespan"]) == HEADLINES
    assert headlines(["storage.db.lost", "storage.y.throughput", "makespan"]) == (
        "storage.y.throughput",
        "storage.db.lost",
    )


def test_an_unknown_metric_is_refused_with_the_nearest(load: Scenario) -> None:
    with pytest.raises(UnknownName, match=r"waiting\.mean"):
        compare(load, POLICIES, metrics=["waitin.mean"])


def test_a_variant_that_is_no_scenario_is_refused_before_anything_runs(load: Scenario) -> None:
    with pytest.raises(ScenarioError, match="sjff"):
        compare(load, {"scheduler.policy": ["fcfs", "sjff"]})


@pytest.mark.parametrize(
    ("vary", "replications"), [({}, 1), ({"scheduler.policy": []}, 1), (POLICIES, 0)]
)
def test_nothing_to_compare_is_refused(
    load: Scenario, vary: dict[str, list[str]], replications: int
) -> None:
    with pytest.raises(InputError):
        compare(load, vary, replications)


def test_progress_is_told_run_by_run(load: Scenario) -> None:
    told: list[tuple[int, int]] = []
    compare(load, POLICIES, 2, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_an_interrupt_keeps_what_all_variants_have_finished(load: Scenario) -> None:
    def interrupt(done: int, _total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    comparison = compare(load, POLICIES, 10, progress=interrupt)
    assert comparison.interrupted
    assert comparison.replications == 2
    assert len(comparison.variants[0].samples["makespan"]) == 2


def test_an_interrupt_before_the_first_replication_ends_it(load: Scenario) -> None:
    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(load, POLICIES, 10, progress=interrupt)
