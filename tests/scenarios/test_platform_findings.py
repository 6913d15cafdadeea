"""What one finds in the scenarios of a platform: updates, crowds, deaths."""

from __future__ import annotations

from typing import Any

import pytest

from aio_sim import Run
from tests.scenarios.runs import run

TEMPLATE = "platform.deployments.0.template"


def lost(name: str, *settings: str) -> int | float:
    return run(name, *settings).metrics["container.web.lost"]


def platform(told: Run) -> dict[str, Any]:
    found: dict[str, Any] = told.trace.meta["platform"]
    return found


def decisions(*settings: str) -> list[tuple[float, int]]:
    """Return when the autoscaler wanted how many replicas."""
    told = platform(run("flash-crowd", *settings))["decisions"]
    return [(each["at"], each["replicas"]) for each in told]


def test_a_rolling_update_within_its_bounds_loses_no_request() -> None:
    metrics = run("rolling-update").metrics
    assert metrics["container.web.served"] == metrics["tasks.submitted"] == 795
    assert metrics["container.web.ready"] == 6
    assert metrics["container.pods.created"] == 12


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (f"{TEMPLATE}.on_term=exit", 4),
        (f"{TEMPLATE}.readiness=null", 34),
        ("platform.deployments.0.strategy={type: recreate}", 46),
    ],
)
def test_what_is_lost_outside_the_bounds_is_counted(setting: str, expected: int) -> None:
    metrics = run("rolling-update", setting).metrics
    assert metrics["container.web.lost"] == metrics["tasks.failed"] == expected
    assert metrics["container.web.served"] == 795 - expected


def test_a_version_that_never_serves_stops_the_rollout_and_the_old_one_serves_on() -> None:
    told = run("rolling-update", "platform.steps.0.template.ready_after=never", "until=700")
    assert told.metrics["container.web.lost"] == 0
    assert told.metrics["container.updates.stalled"] == 1
    assert platform(told)["troubles"] == [
        "deployment web has made no progress: 0 of 6 new pods are ready, "
        "and 6 old ones go on serving"
    ]


def test_replicas_follow_a_crowd_in_three_decisions_and_go_after_the_window() -> None:
    assert decisions() == [(105, 3), (135, 7), (150, 10), (165, 15), (540, 2)]


@pytest.mark.slow
def test_without_a_window_replicas_follow_every_fluctuation() -> None:
    at_once = "platform.autoscalers.0.behavior.scale_down.stabilization_window=0s"
    assert len(decisions(at_once)) == 9
    assert decisions(at_once)[-1] == (255, 2)
    assert run("flash-crowd", at_once).metrics["turnaround.max"] > 26


@pytest.mark.slow
def test_a_crowd_waits_for_replicas_and_longer_where_they_begin_slowly() -> None:
    def longest(*settings: str) -> float:
        return run("flash-crowd", *settings).metrics["turnaround.max"]

    enough = ("platform.deployments.0.replicas=20", "platform.autoscalers.0.min_replicas=20")
    assert longest(*enough) < 2
    assert 11 < longest() < 12
    assert longest("platform.autoscalers.0.max_replicas=2") > 120
    slow = f"{TEMPLATE}.ready_after=30s"
    assert longest(slow) > 2 * longest()
    assert decisions(slow)[-2] == (195, 20)


def test_a_dead_node_costs_its_share_of_the_requests_until_it_is_found_out() -> None:
    metrics = run("node-failure").metrics
    grace, rate = 50, 2.5
    assert metrics["container.web.lost"] == pytest.approx(grace * rate / 3, abs=10)
    assert metrics["container.web.lost"] == 38
    assert metrics["container.pods.evicted"] == 2
    assert metrics["container.web.ready"] == 6
    pods = platform(run("node-failure"))["nodes"]
    assert pods == {"node-0": 3, "node-1": 2, "node-2": 3}  # two that end when it is back, if ever


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setting", "expected"),
    [("platform.node_grace=5s", 4), ("failures.0.for=30s", 24)],
)
def test_who_is_found_out_or_back_sooner_loses_less(setting: str, expected: int) -> None:
    assert lost("node-failure", setting) == expected


@pytest.mark.slow
def test_requests_that_are_sent_again_come_through() -> None:
    assert run("node-failure", "dispatch.retry.attempts=3").metrics["tasks.failed"] == 4
