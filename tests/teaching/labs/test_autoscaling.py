"""The lab on autoscaling: its sentences say what the rules decided."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.containers.autoscaling import Autoscaler
from aio_sim.containers.scaling_rules import KUBERNETES_DOWN, KUBERNETES_UP
from aio_sim.kernel.errors import InputError
from aio_sim.teaching.labs.autoscaling import PLAIN, AutoscaleProblem, draw, solve
from aio_sim.teaching.labs.pages.autoscaling import sheet

SECOND = 10**9


def problem(replicas: int, metric: int, target: int, **others: object) -> AutoscaleProblem:
    return AutoscaleProblem(replicas, Fraction(metric), Fraction(target), **others)  # type: ignore[arg-type]


def told(given: AutoscaleProblem) -> str:
    page = sheet(given, solve(given))
    return "\n".join(str(part) for part in [*page.given, *page.solution, *page.explanation])


@given(st.integers(1, 50), st.integers(0, 400), st.integers(1, 200))
def test_with_nothing_else_said_it_is_the_formula(replicas: int, metric: int, target: int) -> None:
    ratio = Fraction(metric, target)
    formula = replicas if abs(ratio - 1) <= Fraction(1, 10) else max(ceil(replicas * ratio), 1)
    assert solve(problem(replicas, metric, target)).decision.desired == formula


def test_the_json_has_two_fields() -> None:
    assert solve(problem(3, 90, 50)).as_json() == {"desired": 6, "reason": "scale_up"}


def test_a_history_within_the_window_holds_a_scale_down_back() -> None:
    recent, old = ((60 * SECOND, 6), (10 * SECOND, 4)), ((300 * SECOND, 6),)
    assert solve(problem(8, 20, 50, history=recent)).as_json() == {
        "desired": 6,
        "reason": "stabilized",
    }
    assert solve(problem(8, 20, 50, history=old)).decision.desired == 4
    assert "4 becomes 6" in told(problem(8, 20, 50, history=recent))


def test_kubernetes_own_policies_slow_it_down() -> None:
    usual = Autoscaler(1, 100, KUBERNETES_UP, KUBERNETES_DOWN)
    assert solve(problem(3, 900, 50, autoscaler=usual)).decision.desired == 7
    grown = problem(3, 900, 50, autoscaler=usual, changes=((10 * SECOND, 2),))
    assert solve(grown).decision.desired == 5  # from the one of 10 s ago, 4 more
    assert "54 becomes 5" in told(grown)


def test_pods_without_a_metric_are_explained() -> None:
    text = told(problem(8, 47, 80, missing=2))
    assert "over 6 pods" in text
    assert "at 80 each: 0.6906, over 8 pods" in text
    assert "at 0 each" in told(problem(8, 160, 80, not_ready=2))
    assert "could turn the change around" in told(problem(4, 90, 50, not_ready=2))
    assert "nothing to decide by" in told(problem(2, 90, 50, missing=2))
    assert "autoscaler is off" in told(problem(0, 90, 50))


def test_a_seed_draws_one_problem() -> None:
    assert draw(5) == draw(5)
    assert len({draw(seed) for seed in range(50)}) > 30
    assert draw(5, replicas=3, metric=Fraction(90), target=Fraction(50)) == problem(3, 90, 50)
    assert draw(5, not_ready=3, missing=4).replicas >= 9
    assert draw(5).autoscaler == PLAIN


def test_more_pods_without_a_metric_than_there_are_is_refused() -> None:
    with pytest.raises(InputError, match="of 3 replicas"):
        solve(problem(3, 90, 50, not_ready=2, missing=2))
