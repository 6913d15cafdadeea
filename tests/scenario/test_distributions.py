"""Distributions: what is drawn follows the law that was written, and nonsense is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.distributions import (
    Distribution,
    DurationDistribution,
    NumberDistribution,
    SizeDistribution,
)

DURATION: TypeAdapter[Any] = TypeAdapter(DurationDistribution)
SIZE: TypeAdapter[Any] = TypeAdapter(SizeDistribution)
NUMBER: TypeAdapter[Any] = TypeAdapter(NumberDistribution)

WRITTEN: list[dict[str, Any]] = [
    {"kind": "uniform", "low": 10, "high": 100},
    {"kind": "exponential", "mean": "500ms"},
    {"kind": "lognormal", "mean": 3, "sigma": 0.5},
    {"kind": "lognormal", "median": 3, "sigma": 1.2},
    {"kind": "pareto", "alpha": 1.1, "low": 1, "high": 1000},
    {"kind": "pareto", "alpha": 1, "low": 1, "high": 1000},
    {"kind": "pareto", "alpha": 2.5, "low": "2s", "high": "1h"},
    {"kind": "weibull", "shape": 0.7, "scale": 2},
    {"kind": "empirical", "values": [1, "2s", 5]},
    {"kind": "empirical", "values": [1, 2, 5], "weights": [1, 0, 3]},
]


def described(value: object) -> str:
    return "-".join(str(part) for part in value.values()) if isinstance(value, dict) else str(value)


def draws(distribution: Distribution, n: int = 100_000, seed: int = 1) -> np.ndarray[Any, Any]:
    return distribution.sample(RandomStreams(seed).stream("test"), n)


def exact(written: dict[str, Any]) -> Any:
    """The same law in scipy, written from its own documentation."""
    stats = pytest.importorskip("scipy.stats")
    match written:
        case {"kind": "uniform"}:
            return stats.uniform(10, 90)
        case {"kind": "exponential"}:
            return stats.expon(scale=0.5)
        case {"kind": "lognormal", "mean": mean, "sigma": sigma}:
            return stats.lognorm(sigma, scale=mean / math.exp(sigma**2 / 2))
        case {"kind": "lognormal", "median": median, "sigma": sigma}:
            return stats.lognorm(sigma, scale=median)
        case {"kind": "pareto", "alpha": alpha, "high": high}:
            low, high = (2, 3600) if high == "1h" else (1, high)
            return stats.truncpareto(alpha, high / low, scale=low)
        case {"kind": "weibull"}:
            return stats.weibull_min(0.7, scale=2)
    return pytest.skip("discrete")


@pytest.mark.parametrize("written", WRITTEN, ids=described)
def test_draws_follow_the_law_that_was_written(written: dict[str, Any]) -> None:
    law = exact(written)
    stats = pytest.importorskip("scipy.stats")
    distribution = DURATION.validate_python(written)
    assert distribution.expected == pytest.approx(law.mean(), rel=1e-9)
    assert stats.kstest(draws(distribution), law.cdf).pvalue > 0.001


def test_an_empirical_law_draws_each_value_by_its_weight() -> None:
    distribution = NUMBER.validate_python(
        {"kind": "empirical", "values": [7, 8, 9], "weights": [1, 0, 3]}
    )
    values, counts = np.unique(draws(distribution), return_counts=True)
    assert values.tolist() == [7, 9]
    assert counts[1] / counts.sum() == pytest.approx(0.75, abs=0.01)
    assert distribution.expected == 8.5


@pytest.mark.parametrize("written", [4, "20ms", *WRITTEN], ids=described)
@given(parts=st.lists(st.integers(0, 50), max_size=6))
def test_drawing_in_chunks_gives_the_same_numbers(written: object, parts: list[int]) -> None:
    distribution = DURATION.validate_python(written)
    generator = RandomStreams(5).stream("test")
    chunks = [distribution.sample(generator, n) for n in parts]
    assert np.concatenate([[], *chunks]).tolist() == draws(distribution, sum(parts), 5).tolist()


@pytest.mark.parametrize(
    ("adapter", "written", "value"),
    [(DURATION, 4, 4), (DURATION, "20ms", 0.02), (SIZE, "4GiB", 2**32), (NUMBER, -3, -3)],
)
def test_a_bare_quantity_is_a_constant(
    adapter: TypeAdapter[Any], written: object, value: float
) -> None:
    distribution = adapter.validate_python(written)
    assert distribution.expected == value
    assert draws(distribution, 3).tolist() == [value] * 3
    assert adapter.dump_python(distribution) == value


@pytest.mark.parametrize("written", [4, 0.5, *WRITTEN], ids=described)
def test_what_is_written_out_reads_back_the_same(written: object) -> None:
    distribution = DURATION.validate_python(written)
    for drop_defaults in (False, True):
        again = DURATION.dump_python(distribution, exclude_defaults=drop_defaults, mode="json")
        assert DURATION.validate_python(again) == distribution


@pytest.mark.parametrize(
    "written",
    [
        -1,
        float("nan"),
        None,
        True,
        [],
        {},
        {"kind": "normal", "mean": 1},
        {"kind": "uniform", "low": 3, "high": 1},
        {"kind": "uniform", "low": -1, "high": 1},
        {"kind": "uniform", "low": 1},
        {"kind": "exponential", "mean": 0},
        {"kind": "exponential", "mean": 1, "rate": 1},
        {"kind": "lognormal", "sigma": 1},
        {"kind": "lognormal", "sigma": 1, "mean": 1, "median": 1},
        {"kind": "lognormal", "sigma": -1, "mean": 1},
        {"kind": "lognormal", "sigma": float("inf"), "mean": 1},
        {"kind": "pareto", "alpha": 0, "low": 1, "high": 2},
        {"kind": "pareto", "alpha": 1, "low": 0, "high": 2},
        {"kind": "pareto", "alpha": 1, "low": 2, "high": 1},
        {"kind": "weibull", "shape": 0, "scale": 1},
        {"kind": "weibull", "shape": 1, "scale": 0},
        {"kind": "empirical", "values": []},
        {"kind": "empirical", "values": [1], "weights": [1, 2]},
        {"kind": "empirical", "values": [1, 2], "weights": [0, 0]},
        {"kind": "empirical", "values": [1, 2], "weights": [-1, 2]},
        {"kind": "empirical", "values": [1, -2]},
    ],
    ids=described,
)
def test_parameters_that_make_no_law_are_refused(written: object) -> None:
    with pytest.raises(ValidationError):
        DURATION.validate_python(written)
