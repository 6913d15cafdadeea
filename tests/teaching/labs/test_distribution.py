"""The lab on bringing one thing to many: formulas against what is simulated, and what it draws."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.teaching.labs.distribution import DistributionProblem, draw, solve

MS = 10**6


@given(
    st.integers(1, 5 * 10**6),
    st.integers(1, 20),
    st.integers(1, 12),
    st.integers(10**6, 10**9),
    st.integers(0, 50 * MS),
)
@settings(max_examples=25)
def test_what_is_simulated_is_what_the_formula_says_and_no_swarm_beats_its_bound(
    size: int, targets: int, pieces: int, bandwidth: int, latency: int
) -> None:
    pieces = min(pieces, size)
    schemes = ("unicast", "chain", "tree", "swarm")
    problem = DistributionProblem(schemes, size, targets, pieces, bandwidth, latency)
    rounding = 4 * (pieces + targets) * targets
    for took in solve(problem).took:
        if took.scheme == "swarm":
            assert took.simulated >= took.formula - rounding
        else:
            assert abs(took.simulated - took.formula) <= rounding, took.scheme


def test_seven_hosts_have_a_gibibyte_sooner_the_less_its_source_sends() -> None:
    answer = solve(draw(0, size=2**30, targets=7, pieces=16))
    sent = {took.scheme: took.sent for took in answer.took}
    assert (sent["unicast"], sent["tree"], sent["chain"]) == (7 * 2**30, 3 * 2**30, 2**30)
    assert 2**30 <= sent["swarm"] < 2 * 2**30
    assert answer.best == "swarm"


@given(st.integers(0, 1000))
def test_what_is_drawn_is_the_same_twice_and_can_be_solved(seed: int) -> None:
    problem = draw(seed)
    assert problem == draw(seed)
    assert 3 <= problem.targets <= 20


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(UnknownName, match="did you mean 'chain'"):
        draw(0, schemes=["chian"])
    with pytest.raises(InputError, match="pieces: expected 1 to 3, got 9"):
        draw(0, size=3, pieces=9)
    with pytest.raises(InputError, match="targets times pieces: expected 10000 at most, got 10100"):
        draw(0, targets=101, pieces=100)
    assert draw(0, size=3).pieces == 3
    with pytest.raises(InputError, match="targets: expected 1 to 500"):
        draw(0, targets=501)
    with pytest.raises(InputError, match="bandwidth"):
        draw(0, bandwidth=0)
