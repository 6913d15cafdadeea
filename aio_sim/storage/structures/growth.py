"""How a cost grows with the number of items: the five classes, and which of them fits counts."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from math import log2, sqrt
from typing import Final, NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

TOLERANCE: Final = 0.05
"""How much larger the residual of a slower class may be for it to be chosen."""

TOLERATED_RATIO: Final = 1.5
"""How many times larger it may be, where that is more."""


class Growth(Enum):
    """A class of growth, from the slowest to the fastest."""

    CONSTANT = "1"
    LOGARITHMIC = "log n"
    LINEAR = "n"
    LINEARITHMIC = "n log n"
    QUADRATIC = "n^2"

    def __str__(self) -> str:
        return self.value

    def of(self, n: int) -> float:
        """Return its value at `n` items, 1 or more; logarithms are to the base of 2."""
        return {
            Growth.CONSTANT: 1.0,
            Growth.LOGARITHMIC: log2(n),
            Growth.LINEAR: float(n),
            Growth.LINEARITHMIC: n * log2(n),
            Growth.QUADRATIC: float(n * n),
        }[self]


class Fit(NamedTuple):
    """`base + slope * growth(n)`; `residual` is the root mean square of its relative errors."""

    growth: Growth
    base: float
    slope: float
    residual: float

    def at(self, n: int) -> float:
        """Return the cost at `n` items."""
        return self.base + self.slope * self.growth.of(n)


Points = Sequence[tuple[int, float]]


def fits(points: Points) -> tuple[Fit, ...]:
    """Return the best fit of each class, in the order of the classes.

    Least squares of the relative errors, so that small sizes weigh as much as large ones; neither
    coefficient is negative, as no step takes steps back. Raises InputError for fewer than three
    points, or sizes or counts that cannot be.

    Source: Goldsmith, Aiken & Wilkerson, Measuring Empirical Computational Complexity, ESEC/FSE
    2007 (fits of counts to models); Lawson & Hanson, Solving Least Squares Problems, 1974, ch. 23
    (coefficients that are not negative).
    """
    if len(points) < 3 or any(n < 1 or count < 0 for n, count in points):
        raise InputError(_("a fit needs three points or more, of sizes and counts that can be"))
    return tuple(_fit(points, growth) for growth in Growth)


def best(candidates: Sequence[Fit]) -> Fit:
    """Return the fit of the slowest class whose residual is near enough to the smallest.

    Near enough is within TOLERANCE, or TOLERATED_RATIO times as large. So a faster class must
    explain clearly more to be believed: every class is nearly contained in the next over a few
    doublings, and drawn keys scatter counts by some per cent.
    """
    least = min(each.residual for each in candidates)
    limit = max(least + TOLERANCE, TOLERATED_RATIO * least)
    return next(each for each in candidates if each.residual <= limit)


def _fit(points: Points, growth: Growth) -> Fit:
    # Each equation is divided by its count, which makes all errors relative.
    weights = [1 / max(count, 1) for _n, count in points]
    ones = weights
    shape = [weight * growth.of(n) for weight, (n, _count) in zip(weights, points, strict=True)]
    goal = [weight * count for weight, (_n, count) in zip(weights, points, strict=True)]
    base, slope = _coefficients(ones, shape, goal, growth is Growth.CONSTANT)
    errors = [base * a + slope * b - c for a, b, c in zip(ones, shape, goal, strict=True)]
    return Fit(growth, base, slope, sqrt(_dot(errors, errors) / len(errors)))


def _coefficients(
    ones: list[float], shape: list[float], goal: list[float], constant: bool
) -> tuple[float, float]:
    """Return the two coefficients of 0 or more that come nearest to the goal."""
    alone = _dot(ones, goal) / _dot(ones, ones)
    if constant:
        return alone, 0.0
    across = _dot(ones, shape)
    determinant = _dot(ones, ones) * _dot(shape, shape) - across**2
    base = (_dot(ones, goal) * _dot(shape, shape) - _dot(shape, goal) * across) / determinant
    slope = (_dot(shape, goal) * _dot(ones, ones) - _dot(ones, goal) * across) / determinant
    if slope < 0:
        return alone, 0.0
    if base < 0:
        return 0.0, _dot(shape, goal) / _dot(shape, shape)
    return base, slope


def _dot(first: Sequence[float], second: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(first, second, strict=True))
