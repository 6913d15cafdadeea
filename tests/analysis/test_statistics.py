"""Intervals and the Student-t quantile, against tables, scipy and simulation of the definition."""

from __future__ import annotations

import math
import random

import pytest

from aio_sim.analysis.statistics import (
    Interval,
    confidence_interval,
    paired_difference,
    student_t,
)
from aio_sim.kernel.errors import InputError


@pytest.mark.parametrize(
    ("degrees", "printed"),
    [(1, 12.706), (2, 4.303), (4, 2.776), (9, 2.262), (29, 2.045), (120, 1.980)],
)
def test_student_t_is_the_number_printed_in_the_tables(degrees: int, printed: float) -> None:
    assert student_t(0.95, degrees) == pytest.approx(printed, abs=5e-4)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99, 0.9999])
def test_student_t_has_closed_forms_for_one_and_two_degrees(confidence: float) -> None:
    assert student_t(confidence, 1) == pytest.approx(math.tan(math.pi * confidence / 2), rel=1e-10)
    assert student_t(confidence, 2) == pytest.approx(
        confidence * math.sqrt(2 / (1 - confidence**2)), rel=1e-10
    )


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 7, 10, 31, 100, 999, 10_000])
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99, 0.9999])
def test_student_t_is_that_of_scipy(confidence: float, degrees: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    expected = float(stats.t.ppf((1 + confidence) / 2, degrees))
    assert student_t(confidence, degrees) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(("confidence", "degrees"), [(0.0, 5), (1.0, 5), (0.95, 0)])
def test_student_t_refuses_what_has_no_answer(confidence: float, degrees: int) -> None:
    with pytest.raises(InputError):
        student_t(confidence, degrees)


def test_an_interval_is_mean_plus_minus_t_times_the_standard_error() -> None:
    values = [1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09]  # Law, example 4.27
    interval = confidence_interval(values, 0.90)
    assert interval.mean == pytest.approx(1.343)
    assert interval.half_width == pytest.approx(0.24, abs=0.005)


def test_one_value_has_a_mean_and_no_spread() -> None:
    assert confidence_interval([3.0]) == Interval(3.0, None, None)
    assert not confidence_interval([3.0]).excludes_zero
    assert confidence_interval([3.0]).half_width is None


def test_no_value_has_no_mean() -> None:
    with pytest.raises(InputError, match="at least one"):
        confidence_interval([])


def test_ninety_five_of_a_hundred_intervals_hold_the_true_mean() -> None:
    draw = random.Random(7)
    samples = ([draw.gauss(5, 2) for _ in range(4)] for _ in range(4000))
    intervals = [confidence_interval(sample) for sample in samples]
    held = sum(low < 5 < high for _, low, high in intervals if low is not None and high is not None)
    assert held / 4000 == pytest.approx(0.95, abs=0.015)


def test_pairing_takes_away_what_both_share() -> None:
    draw = random.Random(3)
    shared = [draw.gauss(100, 30) for _ in range(10)]
    worse = [value + 1 + draw.gauss(0, 0.1) for value in shared]
    difference = paired_difference(worse, shared)
    assert difference.excludes_zero
    assert difference.mean == pytest.approx(1, abs=0.1)
    half_width = confidence_interval(worse).half_width
    assert half_width is not None
    assert half_width > 10


def test_pairs_must_match() -> None:
    with pytest.raises(ValueError, match="zip"):
        paired_difference([1.0, 2.0], [1.0])
