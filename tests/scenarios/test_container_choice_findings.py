"""What one finds in the scenario that has one service under Docker and under Kubernetes."""

from __future__ import annotations

import pytest

from tests.scenarios.runs import run

NAME = "docker-or-kubernetes"
FOR_GOOD = ("failures.0.for=null", "failures.1.for=null")


def lost(*settings: str) -> tuple[float, float]:
    """Return how many requests Docker and Kubernetes lose."""
    metrics = run(NAME, *settings).metrics
    return metrics["container.web.lost"], metrics["container.shop.lost"]


def longest(kind: str, *settings: str) -> float:
    """Return the longest time from the arrival of such a request until it is done."""
    tasks = run(NAME, *settings).tasks
    return float(tasks["turnaround"][tasks["kind"] == kind].max())


def test_under_a_spike_and_a_failure_the_platform_waits_less_and_loses_less() -> None:
    metrics = run(NAME).metrics
    assert metrics["container.start.mean"] == pytest.approx(0.428)
    assert 1.05 < metrics["container.pods.start.mean"] < 1.1
    assert longest("docker-spike") > 3 * longest("kubernetes-spike")
    assert metrics["container.shop.replicas.most"] == 9
    assert metrics["container.web.ready"] == metrics["container.web.replicas"] == 3
    assert lost() == (175, 55)
    rate, share = 3, 1 / 3
    assert lost()[0] == pytest.approx(rate * 60, rel=0.1)
    assert lost()[1] == pytest.approx(rate * share * 50, rel=0.15)


@pytest.mark.slow
def test_a_host_that_never_comes_back_costs_one_of_them_all() -> None:
    assert lost(*FOR_GOOD) == (528, lost()[1])
    metrics = run(NAME, *FOR_GOOD).metrics
    assert metrics["container.web.ready"] == 0
    assert metrics["container.shop.ready"] == 6


@pytest.mark.slow
def test_a_host_that_is_back_at_once_costs_little() -> None:
    docker, platform = lost("failures.0.for=5", "failures.1.for=5")
    assert docker == 26
    # Three requests a second, a third of them to the dead node; one more or less by turns.
    assert platform == pytest.approx(3 / 3 * 5, abs=1)


@pytest.mark.slow
def test_what_the_platform_loses_is_its_patience() -> None:
    docker, platform = lost("platform.node_grace=5s")
    assert docker == lost()[0]
    assert platform == pytest.approx(3 / 3 * 5, abs=1)


@pytest.mark.slow
def test_enough_replicas_from_the_start_beat_scaling() -> None:
    nine = "platform.deployments.0.replicas=9"
    assert longest("kubernetes-spike", nine) < longest("kubernetes-spike") / 3


@pytest.mark.slow
def test_without_scaling_and_failures_they_are_alike() -> None:
    calm = "failures=[]", "platform.autoscalers=[]"
    assert lost(*calm) == (0, 0)
    docker, platform = longest("docker-spike", *calm), longest("kubernetes-spike", *calm)
    assert docker == pytest.approx(platform, rel=0.1)
