"""When tasks arrive, against what theory says of each process."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pydantic import ValidationError

from tests.scenario.workloads.specs import SECOND, arrivals, spec


def distance(levels: npt.NDArray[np.float64]) -> float:
    """Return Kolmogorov's statistic, sqrt(n) times the largest distance, of sorted F(x).

    It is above 1.95 in one of a thousand samples (Law, Simulation Modeling and Analysis, 6.6.2).
    """
    n = len(levels)
    upto = np.arange(n + 1) / n
    return float(max((upto[1:] - levels).max(), (levels - upto[:-1]).max()) * np.sqrt(n))


def test_a_batch_arrives_at_once() -> None:
    assert arrivals(spec("batch", at=3, count=40_000, work=1)).tolist() == [3 * SECOND] * 40_000


def test_gaps_of_a_poisson_process_are_exponential_and_independent() -> None:
    instants = arrivals(spec("poisson", rate=20, count=50_000, work=1, start=100))
    gaps = np.diff(instants, prepend=100 * SECOND) / SECOND
    assert distance(1 - np.exp(-20 * np.sort(gaps))) < 1.95
    assert abs(np.corrcoef(gaps[1:], gaps[:-1])[0, 1]) < 0.02


def test_a_poisson_process_faster_than_the_clock_keeps_its_rate() -> None:
    instants = arrivals(spec("poisson", rate=1e10, count=100_000, work=1))
    assert instants[-1] == pytest.approx(10_000, rel=0.02)


def test_periodic_tasks_are_released_to_the_nanosecond() -> None:
    instants = arrivals(spec("periodic", every="333333333ns", offset="7ns", count=40_000, work=1))
    assert instants.tolist() == [7 + 333_333_333 * k for k in range(40_000)]


def test_jitter_is_uniform_within_its_bounds_and_tasks_never_overtake() -> None:
    instants = arrivals(spec("periodic", every=1, jitter=1, count=40_000, work=1))
    late = instants - np.arange(40_000) * SECOND
    assert late.min() >= 0
    assert late.max() < SECOND
    assert distance(np.sort(late) / SECOND) < 1.95
    assert (np.diff(instants) >= 0).all()


def test_jitter_of_a_few_nanoseconds_never_reaches_its_bound() -> None:
    late = arrivals(spec("periodic", every=10, jitter="3ns", count=3000, work=1)) % (10 * SECOND)
    assert np.bincount(late).shape == (3,)


def mmpp(first: tuple[float, float], second: tuple[float, float]) -> tuple[float, float]:
    """Return rate and limiting index of dispersion of counts of a modulated process of two states.

    Each state is (arrivals a second, mean seconds). Fischer and Meier-Hellstern, The
    Markov-modulated Poisson process (MMPP) cookbook, Performance Evaluation 18 (1993), section 4.2.
    """
    (rate1, mean1), (rate2, mean2) = first, second
    leave1, leave2 = 1 / mean1, 1 / mean2
    rate = (rate1 * leave2 + rate2 * leave1) / (leave1 + leave2)
    spread = 2 * leave1 * leave2 * (rate1 - rate2) ** 2
    return rate, 1 + spread / ((leave1 + leave2) ** 2 * (rate1 * leave2 + rate2 * leave1))


@pytest.mark.parametrize(
    ("first", "second"), [((20, 0.5), (2, 1.5)), ((30, 0.2), (0, 0.6)), ((5, 1), (5, 2))]
)
def test_rate_and_burstiness_are_those_of_the_modulated_process(
    first: tuple[float, float], second: tuple[float, float]
) -> None:
    states = [{"rate": rate, "mean": mean} for rate, mean in (first, second)]
    seconds = 60_000
    instants = arrivals(spec("bursty", states=states, until=seconds, work=1))
    rate, dispersion = mmpp(first, second)
    window = 100  # long against the states: the index of dispersion is near its limit
    counts = np.bincount(instants // (window * SECOND), minlength=seconds // window)
    assert len(instants) / seconds == pytest.approx(rate, rel=0.03)
    # The variance of 600 counts is known to about sqrt(2 / 600) = 6 %; the limit is 1 % away.
    assert counts.var(ddof=1) / counts.mean() == pytest.approx(dispersion, rel=0.2)


def test_a_silent_state_is_silent_and_the_first_state_comes_first() -> None:
    states = [{"rate": 0, "mean": 50}, {"rate": 1000, "mean": 1}]
    instants = arrivals(spec("bursty", states=states, count=20_000, work=1))
    gaps = np.diff(instants, prepend=0) / SECOND
    silences = gaps[gaps > 0.1]
    assert gaps[0] > 0.1
    assert silences.mean() == pytest.approx(50, rel=0.5)
    assert len(silences) == pytest.approx(20, abs=15)


def test_states_of_one_rate_are_a_plain_poisson_process() -> None:
    states = [{"rate": 20, "mean": 1}, {"rate": 20, "mean": 3}]
    modulated = arrivals(spec("bursty", states=states, count=5000, work=1, name="x"))
    plain = arrivals(spec("poisson", rate=20, count=5000, work=1, name="x"))
    assert np.abs(modulated - plain).max() <= 1


def test_any_other_state_may_follow_where_the_order_is_uniform() -> None:
    states = [{"rate": 1000, "mean": 1}, {"rate": 0, "mean": 0.1}, {"rate": 0, "mean": 100}]
    fields: dict[str, Any] = {"states": states, "count": 400_000, "work": 1}
    short = {}
    for order in ("cycle", "uniform"):
        gaps = np.diff(arrivals(spec("bursty", next=order, **fields))) / SECOND
        silences = gaps[gaps > 0.02]
        short[order] = (silences < 5).mean()
    # In order, both silent states make up a silence, short with chance 1 - exp(-5 / 100) = 0.05;
    # else one in four passes the short state alone, and the long one is as likely short as before.
    assert short["cycle"] == pytest.approx(0.05, abs=0.05)
    assert short["uniform"] == pytest.approx(0.25 + 0.75 * 0.05, abs=0.1)


@pytest.mark.parametrize(
    ("kind", "fields", "place", "message"),
    [
        ("periodic", {"every": 1, "jitter": 2}, "jitter", "overtake"),
        ("periodic", {"every": 0}, "every", "greater than 0"),
        ("bursty", {"states": [{"rate": 1, "mean": 1}]}, "states", "at least 2"),
        ("bursty", {"states": [{"rate": 0, "mean": 1}] * 2}, "states", "a rate above 0"),
        ("bursty", {"states": [{"rate": 1, "mean": "1us"}] * 2}, "states", "last longer"),
        ("bursty", {"states": [{"rate": -1, "mean": 1}] * 2}, "rate", "greater than or equal to 0"),
        ("bursty", {"states": [{"rate": 1, "mean": 0}] * 2}, "mean", "greater than 0"),
        ("batch", {"at": -1}, "at", "0 or more"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    kind: str, fields: dict[str, Any], place: str, message: str
) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        spec(kind, count=1, work=1, **fields)
    assert place in caught.value.errors()[0]["loc"]
