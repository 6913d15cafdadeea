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
    assert metrics["container.web.served"] == metrics["tasks.submitted"] == 2000
    assert metrics["container.web.ready"] == 6
    assert metrics["container.pods.created"] == 12


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (f"{TEMPLATE}.on_term=exit", 4),
        (f"{TEMPLATE}.readiness=null", 60),
        ("platform.deployments.0.strategy={type: recreate}", 93),
    ],
)
def test_what_is_lost_outside_the_bounds_is_counted(setting: str, expected: int) -> None:
    metrics = run("rolling-update", setting).metrics
    assert metrics["container.web.lost"] == metrics["tasks.failed"] == expected
    assert metrics["container.web.served"] == 2000 - expected


def test_a_version_that_never_serves_stops_the_rollout_and_the_old_one_serves_on() -> None:
    told = run("rolling-update", "platform.steps.0.template.ready_after=never", "until=700")
    assert told.metrics["container.web.lost"] == 0
    assert told.metrics["container.updates.stalled"] == 1
    assert platform(told)["troubles"] == [
        "deployment web has made no progress: 0 of 6 new pods are ready, "
        "and 6 old ones go on serving"
    ]


def test_replicas_follow_a_crowd_in_four_decisions_and_go_after_the_window() -> None:
    assert decisions() == [(135, 6), (150, 7), (165, 14), (210, 17), (525, 15), (540, 3)]
    at_once = "platform.autoscalers.0.behavior.scale_down.stabilization_window=0s"
    assert decisions(at_once)[-1] == (255, 2)


@pytest.mark.slow
def test_a_crowd_waits_for_replicas_and_longer_where_they_begin_slowly() -> None:
    def longest(*settings: str) -> float:
        return run("flash-crowd", *settings).metrics["turnaround.max"]

    enough = ("platform.deployments.0.replicas=20", "platform.autoscalers.0.min_replicas=20")
    assert longest(*enough) < 1.5
    assert 25 < longest() < 26
    assert longest("platform.autoscalers.0.max_replicas=2") > 120
    slow = f"{TEMPLATE}.ready_after=30s"
    assert longest(slow) > 2 * longest()
    assert decisions(slow)[-2] == (210, 20)


def test_a_dead_node_costs_its_share_of_the_requests_until_it_is_found_out() -> None:
    metrics = run("node-failure").metrics
    grace, rate = 50, 5
    assert metrics["container.web.lost"] == pytest.approx(grace * rate / 3, abs=20)
    assert metrics["container.web.lost"] == 84
    assert metrics["container.pods.evicted"] == 2
    assert metrics["container.web.ready"] == 6
    pods = platform(run("node-failure"))["nodes"]
    assert pods == {"node-0": 3, "node-1": 2, "node-2": 3}  # two that end when it is back, if ever


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("platform.node_grace=5s", 8), ("failures.0.for=30s", 48)],
)
def test_who_is_found_out_or_back_sooner_loses_less(setting: str, expected: int) -> None:
    assert lost("node-failure", setting) == expected


def test_requests_that_are_sent_again_come_through() -> None:
    assert run("node-failure", "dispatch.retry.attempts=3").metrics["tasks.failed"] == 10
