"""The class of growth that fits: exact laws are recognised, and the fit is that of numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.storage.structures.growth import Growth, best, fits

SIZES = (32, 64, 128, 256, 512)


@pytest.mark.parametrize("growth", Growth)
@pytest.mark.parametrize("slope", [0.5, 1.0, 30.0])
@pytest.mark.parametrize("scatter", [0.0, 0.02])
def test_a_law_is_recognised_for_what_it_is(growth: Growth, slope: float, scatter: float) -> None:
    signs = (1, -1, 1, -1, 1)
    points = [
        (n, 1 + slope * growth.of(n) * (1 + sign * scatter))
        for n, sign in zip(SIZES, signs, strict=True)
    ]
    found = best(fits(points))
    assert found.growth is growth
    assert found.at(1024) == pytest.approx(1 + slope * growth.of(1024), rel=0.1)


@given(base=st.floats(1, 100), slope=st.floats(1, 100), growth=st.sampled_from(list(Growth)[1:]))
def test_the_fit_is_the_least_squares_of_the_relative_errors(
    base: float, slope: float, growth: Growth
) -> None:
    counts = [base + slope * growth.of(n) * (1.05 if n == 128 else 1) for n in SIZES]
    matrix = [[1 / y, growth.of(n) / y] for n, y in zip(SIZES, counts, strict=True)]
    (a, b), *_rest = np.linalg.lstsq(np.array(matrix), np.ones(len(SIZES)), rcond=None)
    fit = next(
        each for each in fits(list(zip(SIZES, counts, strict=True))) if each.growth is growth
    )
    if a >= 0:
        assert (fit.base, fit.slope) == pytest.approx((a, b), rel=1e-6, abs=1e-6)
    else:
        assert fit.base == 0


@given(counts=st.lists(st.floats(0, 1e9), min_size=5, max_size=5))
def test_no_coefficient_is_negative_and_no_wider_class_is_taken_for_nothing(
    counts: list[float],
) -> None:
    candidates = fits(list(zip(SIZES, counts, strict=True)))
    assert all(each.base >= 0 and each.slope >= 0 for each in candidates)
    chosen = best(candidates)
    slower = [
        each
        for each in candidates
        if list(Growth).index(each.growth) < list(Growth).index(chosen.growth)
    ]
    assert all(each.residual > chosen.residual for each in slower)


@pytest.mark.parametrize("points", [[(1, 1.0), (2, 2.0)], [(0, 1.0)] * 3, [(1, -1.0)] * 3])
def test_what_is_no_measurement_is_refused(points: list[tuple[int, float]]) -> None:
    with pytest.raises(InputError, match="three points"):
        fits(points)
