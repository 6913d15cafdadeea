"""Windows hold back, policies slow down: by hand, and by the controller's own bookkeeping."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.containers.autoscaling import Autoscaler, Reading, Reason
from aio_sim.containers.scaling_rules import (
    KUBERNETES_DOWN,
    KUBERNETES_UP,
    ScalingHistory,
    ScalingPolicy,
    ScalingRules,
    Select,
    Unit,
    highest_allowed,
    horizon,
    lowest_allowed,
    stabilised,
)
from aio_sim.kernel.errors import InputError

SECOND = 10**9
MINUTE = 60 * SECOND
LONG = 3600 * SECOND


def history(recommended: dict[int, int], changed: dict[int, int] | None = None) -> ScalingHistory:
    """Return a history from seconds to numbers."""
    made = ScalingHistory(LONG)
    for at, replicas in recommended.items():
        made.recommended(at * SECOND, replicas)
    for at, replicas in (changed or {}).items():
        made.changed(at * SECOND, replicas)
    return made


def test_down_waits_until_the_highest_recommendation_has_left_the_window() -> None:
    past = history({0: 8, 60: 3, 120: 2})
    window = {"up": ScalingRules(), "down": ScalingRules(window=5 * MINUTE)}
    assert stabilised(8, 2, past, 299 * SECOND, **window) == 8
    assert stabilised(8, 2, past, 300 * SECOND, **window) == 3
    assert stabilised(8, 2, past, 360 * SECOND, **window) == 2


def test_up_takes_the_lowest_recommendation_of_its_window() -> None:
    past = history({0: 4, 30: 9})
    window = {"up": ScalingRules(window=MINUTE), "down": ScalingRules()}
    assert stabilised(3, 10, past, 59 * SECOND, **window) == 4
    assert stabilised(3, 10, past, 60 * SECOND, **window) == 9
    assert stabilised(3, 10, past, 90 * SECOND, **window) == 10


def test_kubernetes_doubles_or_adds_four_in_15_seconds() -> None:
    none = history({})
    assert highest_allowed(1, none, 0, KUBERNETES_UP) == 5
    assert highest_allowed(3, none, 0, KUBERNETES_UP) == 7
    assert highest_allowed(10, none, 0, KUBERNETES_UP) == 20
    assert lowest_allowed(10, none, 0, KUBERNETES_DOWN) == 0
    grown = history({}, {0: 10})
    assert highest_allowed(20, grown, 14 * SECOND, KUBERNETES_UP) == 20  # its period has not ended
    assert highest_allowed(20, grown, 15 * SECOND, KUBERNETES_UP) == 40


def test_a_policy_down_drops_a_part_of_a_pod_and_one_up_keeps_it() -> None:
    tenth = (ScalingPolicy(Unit.PERCENT, 10, MINUTE),)
    assert highest_allowed(11, history({}), 0, ScalingRules(0, tenth)) == 13  # 12.1
    assert lowest_allowed(11, history({}), 0, ScalingRules(0, tenth)) == 9  # 9.9


def test_select_chooses_the_larger_change_or_the_smaller_or_none() -> None:
    both = (ScalingPolicy(Unit.PODS, 2, MINUTE), ScalingPolicy(Unit.PERCENT, 50, MINUTE))
    largest, smallest, off = (ScalingRules(0, both, select) for select in Select)
    none = history({})
    assert [highest_allowed(10, none, 0, each) for each in (largest, smallest, off)] == [15, 12, 10]
    assert [lowest_allowed(10, none, 0, each) for each in (largest, smallest, off)] == [5, 8, 10]


def test_the_history_forgets_what_no_rule_looks_at() -> None:
    assert horizon(KUBERNETES_UP, KUBERNETES_DOWN) == 300 * SECOND
    kept = ScalingHistory(horizon(KUBERNETES_UP, KUBERNETES_DOWN))
    for at in range(0, 3600, 15):
        kept.recommended(at * SECOND, at)
    assert len(kept.recommendations) == 21


class Controller:
    """The controller's steps as horizontal.go has them: lists that are searched, seconds."""

    def __init__(self, up_window: int, down_window: int, up_pods: int, down_pods: int) -> None:
        self.up_window, self.down_window = up_window, down_window
        self.up_pods, self.down_pods = up_pods, down_pods
        self.recommendations: list[tuple[int, int]] = []
        self.changes: list[tuple[int, int]] = []

    def decide(self, current: int, desired: int, now: int, least: int, most: int) -> int:
        lowest, highest = desired, desired
        for at, replicas in self.recommendations:
            if at > now - self.up_window:
                lowest = min(lowest, replicas)
            if at > now - self.down_window:
                highest = max(highest, replicas)
        self.recommendations.append((now, desired))
        stable = current
        stable = lowest if stable < lowest else stable
        stable = highest if stable > highest else stable
        began = current - sum(change for at, change in self.changes if at > now - 60)
        if stable > current:
            stable = min(stable, most, max(began + self.up_pods, current))
        elif stable < current:
            stable = max(stable, least, min(began - self.down_pods, current))
        if stable != current:
            self.changes.append((now, stable - current))
        return stable


@given(
    st.integers(0, 120),
    st.integers(0, 300),
    st.integers(1, 6),
    st.integers(1, 6),
    st.lists(st.tuples(st.sampled_from([15, 20, 30]), st.integers(0, 900)), max_size=30),
)
def test_a_run_is_that_of_the_controller(
    up_window: int, down_window: int, up_pods: int, down_pods: int, loads: list[tuple[int, int]]
) -> None:
    up = ScalingRules(up_window * SECOND, (ScalingPolicy(Unit.PODS, up_pods, MINUTE),))
    down = ScalingRules(down_window * SECOND, (ScalingPolicy(Unit.PODS, down_pods, MINUTE),))
    autoscaler = Autoscaler(2, 15, up, down)
    past = ScalingHistory(horizon(up, down))
    reference = Controller(up_window, down_window, up_pods, down_pods)
    now, current = 0, 2
    for wait, load in loads:
        now += wait
        ratio = Fraction(load, current * 50)
        wanted = current if abs(ratio - 1) <= Fraction(1, 10) else ceil(ratio * current)
        reading = Reading(Fraction(load), current, Fraction(50))
        found = autoscaler.decide(current, [reading], past, now * SECOND)
        assert found.recommendation.replicas == wanted
        past.recommended(now * SECOND, wanted)
        if found.desired != current:
            past.changed(now * SECOND, found.desired - current)
        current = reference.decide(current, wanted, now, 2, 15)
        assert found.desired == current


def test_reasons_tell_what_held_it_back() -> None:
    autoscaler = Autoscaler(1, 100)
    busy, idle = Reading(Fraction(900), 3, Fraction(50)), Reading(Fraction(0), 3, Fraction(50))
    assert autoscaler.decide(3, [busy], history({}), 0)[:2] == (7, Reason.RATE_LIMITED)
    assert autoscaler.decide(3, [idle], history({0: 5}), 0)[:2] == (3, Reason.STABILISED)
    assert autoscaler.decide(3, [idle], history({}), 0)[:2] == (1, Reason.MIN_REPLICAS)


@pytest.mark.parametrize(("value", "period"), [(0, MINUTE), (4, 0)])
def test_a_policy_without_value_or_period_is_refused(value: int, period: int) -> None:
    with pytest.raises(InputError):
        ScalingPolicy(Unit.PODS, value, period)


def test_windows_and_tolerances_are_not_negative() -> None:
    with pytest.raises(InputError):
        ScalingRules(window=-1)
    with pytest.raises(InputError):
        ScalingRules(tolerance=Fraction(-1))
