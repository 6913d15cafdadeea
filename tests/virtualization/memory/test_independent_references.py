"""Fault rates under the independent reference model, against a Markov chain and the simulator."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from aio_sim.kernel.errors import InputError
from aio_sim.virtualization.memory.independent_references import (
    che_fault_rate,
    fifo_fault_rate,
    lru_fault_rate,
)
from aio_sim.virtualization.memory.locality import ZipfLocality, joined
from aio_sim.virtualization.memory.paging import count_faults

POPULARITY = [0.4, 0.25, 0.2, 0.1, 0.05]


def after(policy: str, held: tuple[int, ...], page: int) -> list[tuple[int, ...]]:
    """Return the equally likely states after a reference; the next victim stands last."""
    if page in held:
        others = tuple(other for other in held if other != page)
        return [(page, *others)] if policy == "lru" else [held]
    if policy == "random":
        return [(page, *held[:at], *held[at + 1 :]) for at in range(len(held))]
    return [(page, *held[:-1])]


def fault_rate_by_brute_force(policy: str, frames: int) -> float:
    """Return the fault rate from the stationary distribution of the chain of all states."""
    states = list(permutations(range(len(POPULARITY)), frames))
    number = {state: index for index, state in enumerate(states)}
    chain = np.zeros((len(states), len(states)))
    for state in states:
        for page, chance in enumerate(POPULARITY):
            following = after(policy, state, page)
            for other in following:
                chain[number[state], number[other]] += chance / len(following)
    equations = np.vstack([chain.T - np.eye(len(states)), np.ones(len(states))])
    stationary = np.linalg.lstsq(equations, np.append(np.zeros(len(states)), 1), rcond=None)[0]
    missing = [1 - sum(POPULARITY[page] for page in state) for state in states]
    return float(stationary @ np.array(missing))


@pytest.mark.parametrize("frames", [1, 2, 3, 4])
@pytest.mark.parametrize("policy", ["lru", "fifo", "random"])
def test_the_formulas_of_king_are_the_markov_chain(policy: str, frames: int) -> None:
    formula: Any = lru_fault_rate if policy == "lru" else fifo_fault_rate
    assert formula(POPULARITY, frames) == pytest.approx(fault_rate_by_brute_force(policy, frames))


@pytest.mark.parametrize("rate", [lru_fault_rate, fifo_fault_rate, che_fault_rate])
def test_a_page_that_always_fits_never_faults_and_equal_pages_do_by_their_share(rate: Any) -> None:
    assert rate(POPULARITY, len(POPULARITY)) == 0
    assert rate([0.1] * 10, 3) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("policy", "formula"), [("lru", lru_fault_rate), ("fifo", fifo_fault_rate)]
)
def test_the_simulator_meets_the_exact_rates(policy: str, formula: Any) -> None:
    locality = ZipfLocality(pages=12, exponent=1.0)
    string = joined(locality.draw(np.random.default_rng(5)), 60_000).pages.tolist()
    faults = count_faults(policy, 5, string)
    expected = formula(locality.popularity.tolist(), 5)
    # About five standard errors, successive faults taken as independent.
    assert faults / len(string) == pytest.approx(expected, abs=5 * (0.25 / 60_000) ** 0.5)


def test_che_is_near_the_exact_rate_and_fifo_never_faults_less_than_lru() -> None:
    popularity = ZipfLocality(pages=14, exponent=0.8).popularity.tolist()
    for frames in (2, 5, 9):
        exact = lru_fault_rate(popularity, frames)
        assert che_fault_rate(popularity, frames) == pytest.approx(exact, rel=0.03)
        assert fifo_fault_rate(popularity, frames) >= exact


@pytest.mark.parametrize(("popularity", "frames"), [([0.5, 0.5], 0), ([0.5, 0.4], 1), ([], 1)])
def test_what_is_no_distribution_is_refused(popularity: list[float], frames: int) -> None:
    with pytest.raises(InputError):
        lru_fault_rate(popularity, frames)
