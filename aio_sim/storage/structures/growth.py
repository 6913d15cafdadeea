"""How a cost grows with the number of items: the five classes, and which of them fits counts."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from math import fsum, log2, sqrt
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
    # An error weighs as the square of one over the count, which makes all errors relative.
    weights = [1 / max(count, 1.0) ** 2 for _n, count in points]
    shape = [growth.of(n) for n, _count in points]
    counts = [count for _n, count in points]
    base, slope = _coefficients(weights, shape, counts)
    squares = (
        weight * (base + slope * at - count) ** 2
        for weight, at, count in zip(weights, shape, counts, strict=True)
    )
    return Fit(growth, base, slope, sqrt(fsum(squares) / len(points)))


def _coefficients(
    weights: list[float], shape: list[float], counts: list[float]
) -> tuple[float, float]:
    """Return the base and the slope of 0 or more with the least weighted squares of errors."""
    shape_mean, mean = _mean(weights, shape), _mean(weights, counts)
    spread = fsum(w * (at - shape_mean) ** 2 for w, at in zip(weights, shape, strict=True))
    common = fsum(
        weight * (at - shape_mean) * (count - mean)
        for weight, at, count in zip(weights, shape, counts, strict=True)
    )
    if spread == 0 or common <= 0:
        return mean, 0.0
    base = mean - common / spread * shape_mean
    if base >= 0:
        return base, common / spread
    squares = [weight * at for weight, at in zip(weights, shape, strict=True)]
    return 0.0, _dot(squares, counts) / _dot(squares, shape)


def _mean(weights: list[float], values: list[float]) -> float:
    return _dot(weights, values) / fsum(weights)


def _dot(first: list[float], second: list[float]) -> float:
    return fsum(a * b for a, b in zip(first, second, strict=True))
