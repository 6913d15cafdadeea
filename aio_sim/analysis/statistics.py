"""Means with their confidence intervals, over independent replications."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import fmean, stdev
from typing import NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """A mean and its confidence interval; the ends are None where one value tells no spread."""

    mean: float
    low: float | None
    high: float | None

    @property
    def half_width(self) -> float | None:
        """Half the length of the interval, or None."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2

    @property
    def excludes_zero(self) -> bool:
        """Whether a mean of 0 is ruled out at the chosen confidence."""
        if self.low is None or self.high is None:
            return False
        return self.low > 0 or self.high < 0


def confidence_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval:
    """Return the mean of independent values with its Student-t confidence interval.

    Law, Simulation Modeling and Analysis, 5th ed., 4.5. Raises InputError where there are none.
    """
    if not values:
        raise InputError(_("a mean needs at least one value"))
    mean, count = fmean(values), len(values)
    if count == 1:
        return Interval(mean, None, None)
    half = student_t(confidence, count - 1) * stdev(values, mean) / math.sqrt(count)
    return Interval(mean, mean - half, mean + half)


def paired_difference(
    values: Sequence[float], baseline: Sequence[float], confidence: float = CONFIDENCE
) -> Interval:
    """Return the mean of `values - baseline`, pair by pair, with its confidence interval.

    Pairs come from replications with common random numbers, so that what they share cancels
    (Law, Simulation Modeling and Analysis, 5th ed., 10.2.1 and 11.2).
    """
    differences = [value - base for value, base in zip(values, baseline, strict=True)]
    return confidence_interval(differences, confidence)


@lru_cache(maxsize=256)
def student_t(confidence: float, degrees: int) -> float:
    """Return the t with P(|T| <= t) = confidence, for T of Student with `degrees` of freedom.

    The distribution function is the finite trigonometric sum for whole degrees of freedom
    (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4), inverted by bisection of the angle.

    Raises InputError where confidence is not between 0 and 1, or degrees not at least 1.
    """
    if not 0 < confidence < 1 or degrees < 1:
        raise InputError(
            _("expected a confidence between 0 and 1, and 1 or more degrees of freedom")
        )
    low, high = 0.0, math.pi / 2
    while True:
        angle = (low + high) / 2
        if angle in (low, high):
            return math.sqrt(degrees) * math.tan(angle)
        if _central_probability(angle, degrees) < confidence:
            low = angle
        else:
            high = angle


def _central_probability(angle: float, degrees: int) -> float:
    """Return P(|T| <= sqrt(degrees) tan(angle))."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2
    term, total = (cosine, 0.0) if odd else (1.0, 0.0)
    for step in range(1 + odd, degrees, 2):
        total += term
        term *= cosine * cosine * step / (step + 1)
        if term < 1e-18 * total:
            break
    if odd:
        return 2 / math.pi * (angle + sine * total)
    return sine * total
