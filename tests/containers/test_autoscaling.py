"""Autoscaling is the documented formula: by a table, and by the documented algorithm pod by pod."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.containers.autoscaling import Autoscaler, Reading, Reason
from aio_sim.containers.scaling_rules import ScalingHistory, ScalingRules
from aio_sim.kernel.errors import InputError

SECOND = 10**9
AT_ONCE = ScalingRules()
"""No window and no policies: the formula alone."""
PLAIN = Autoscaler(up=AT_ONCE, down=AT_ONCE)
TOLERANCE = Fraction(1, 10)


def reading(mean: float | Fraction, measured: int, target: int, not_ready: int = 0) -> Reading:
    return Reading(Fraction(mean) * measured, measured, Fraction(target), not_ready)


def decided(
    autoscaler: Autoscaler, current: int, metric: float | Fraction, target: int
) -> tuple[int, str]:
    found = autoscaler.decide(current, [reading(metric, current, target)], ScalingHistory(0), 0)
    return found.desired, str(found.reason)


@pytest.mark.parametrize(
    ("current", "metric", "target", "desired", "reason"),
    [
        (3, 90, 50, 6, "scale_up"),  # 5.4
        (1, 200, 100, 2, "scale_up"),  # the documentation: twice the target, twice the pods
        (4, 50, 100, 2, "scale_down"),  # and half the target, half of them
        (50, 90, 75, 60, "scale_up"),  # the documentation on tolerances
        (3, 50, 50, 3, "within_tolerance"),
        (10, 55, 50, 10, "within_tolerance"),  # exactly 10 % above
        (10, 56, 50, 12, "scale_up"),  # 11.2
        (10, 45, 50, 10, "within_tolerance"),  # exactly 10 % below
        (10, 44, 50, 9, "scale_down"),  # 8.8
        (1, 10, 50, 1, "unchanged"),  # 0.2
        (5, 0, 50, 1, "min_replicas"),
        (0, 0, 50, 0, "scaled_to_zero"),
        (7, 1000, 1, 7000, "scale_up"),
    ],
)
def test_the_formula_on_a_table(
    current: int, metric: int, target: int, desired: int, reason: str
) -> None:
    assert decided(PLAIN, current, metric, target) == (desired, reason)


def test_bounds_cut_what_the_formula_wants() -> None:
    bounded = Autoscaler(2, 8, AT_ONCE, AT_ONCE)
    assert decided(bounded, 6, 90, 50) == (8, "max_replicas")
    assert decided(bounded, 6, 1, 50) == (2, "min_replicas")
    assert decided(bounded, 8, 90, 50) == (8, "max_replicas")
    assert decided(bounded, 12, 50, 50) == (8, "max_replicas")
    assert decided(bounded, 1, 50, 50) == (2, "min_replicas")


def test_each_direction_has_its_tolerance() -> None:
    eager = Autoscaler(up=ScalingRules(tolerance=Fraction(0)), down=AT_ONCE)
    assert decided(eager, 10, 51, 50) == (11, "scale_up")
    assert decided(eager, 10, 46, 50) == (10, "within_tolerance")


Pods = st.lists(st.integers(0, 300), max_size=8)


@given(Pods, st.integers(0, 4), st.integers(0, 4), st.integers(1, 200), st.integers(1, 14))
def test_the_recommendation_is_that_of_the_controller_pod_by_pod(
    values: list[int], not_ready: int, missing: int, target: int, current: int
) -> None:
    """The steps of replica_calculator.go, with a dictionary of pods and no short cut."""
    found = PLAIN.recommend(
        current,
        Reading(Fraction(sum(values)), len(values), Fraction(target), not_ready, missing),
    )
    assert found.replicas == pod_by_pod(values, not_ready, missing, target, current)


def pod_by_pod(values: list[int], not_ready: int, missing: int, target: int, current: int) -> int:
    metrics = {f"ready-{index}": value for index, value in enumerate(values)}
    if not metrics:
        return current
    ratio = usage_ratio(metrics, target)
    with_not_ready = not_ready > 0 and ratio > 1
    if not with_not_ready and not missing:
        return current if abs(1 - ratio) <= TOLERANCE else ceil(ratio * len(values))
    if ratio != 1:
        metrics |= {f"missing-{n}": target if ratio < 1 else 0 for n in range(missing)}
    if with_not_ready:
        metrics |= {f"new-{n}": 0 for n in range(not_ready)}
    again = usage_ratio(metrics, target)
    if abs(1 - again) <= TOLERANCE or ratio < 1 < again or again < 1 < ratio:
        return current
    replicas = ceil(again * len(metrics))
    turned = (again < 1 and replicas > current) or (again > 1 and replicas < current)
    return current if turned else replicas


def usage_ratio(metrics: dict[str, int], target: int) -> Fraction:
    return Fraction(sum(metrics.values()), len(metrics) * target)


def test_pods_that_are_not_ready_dampen_a_scale_up() -> None:
    alone = PLAIN.recommend(4, reading(100, 2, 50))
    assert (alone.replicas, alone.reason) == (4, Reason.UNCHANGED)
    with_new = PLAIN.recommend(4, reading(150, 2, 50, not_ready=2))
    assert with_new.replicas == 6  # (150 + 150 + 0 + 0) / 4 = 75, and 4 x 75 / 50
    assert PLAIN.recommend(4, reading(90, 2, 50, not_ready=2)).reason is Reason.DAMPENED


def test_a_pod_without_a_metric_of_use_counts_as_all_it_requests() -> None:
    by_target = Reading(Fraction(40), 2, Fraction(50), missing=2)
    by_request = by_target._replace(percent=True)
    assert PLAIN.recommend(4, by_target).replicas == 3  # (20 + 20 + 50 + 50) / 50 = 2.8
    assert PLAIN.recommend(4, by_request).reason is Reason.DAMPENED  # 240 / 50 = 4.8


def test_the_metric_that_asks_for_most_decides() -> None:
    history = ScalingHistory(0)
    up, down = reading(90, 4, 50), reading(10, 4, 50)
    unknown = Reading(Fraction(0), 0, Fraction(50))
    assert PLAIN.decide(4, [down, up], history, 0).desired == 8
    assert PLAIN.decide(4, [up, unknown], history, 0).desired == 8
    # Whoever does not know all must not take away.
    assert PLAIN.decide(4, [down, unknown], history, 0) == (
        4,
        Reason.NO_METRICS,
        (4, "no_metrics", None, 0),
        4,
    )
    assert PLAIN.decide(4, [], history, 0).reason is Reason.NO_METRICS


def test_under_a_constant_load_it_comes_to_rest_within_the_tolerance() -> None:
    """Convergence: load / replicas is the metric; from anywhere one step is enough."""
    for load in range(1, 2000, 37):
        for start in (1, 7, 40):
            replicas = start
            for _step in range(2):
                replicas = decided(PLAIN, replicas, Fraction(load, replicas), 50)[0]
            assert decided(PLAIN, replicas, Fraction(load, replicas), 50)[0] == replicas
            assert replicas == 1 or abs(Fraction(load, replicas * 50) - 1) <= max(
                TOLERANCE, Fraction(1, replicas)
            )


@pytest.mark.parametrize(
    "wrong",
    [
        Reading(Fraction(1), 1, Fraction(0)),
        Reading(Fraction(-1), 1, Fraction(1)),
        Reading(Fraction(1), 1, Fraction(1), not_ready=-1),
        Reading(Fraction(1), -1, Fraction(1)),
    ],
)
def test_a_reading_that_cannot_be_is_refused(wrong: Reading) -> None:
    with pytest.raises(InputError):
        PLAIN.recommend(1, wrong)


def test_bounds_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="below the minimum"):
        Autoscaler(5, 4)
    with pytest.raises(InputError, match="negative"):
        Autoscaler(-1)
