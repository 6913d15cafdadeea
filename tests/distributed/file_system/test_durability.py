"""The closed forms of durability against other ways to the same number."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.distributed.file_system.durability import (
    loss_probability,
    mean_time_to_loss,
    overhead,
    rebuild_time,
    repair_traffic,
)

WIDTHS = st.integers(1, 7).flatmap(lambda width: st.tuples(st.just(width), st.integers(1, width)))


@given(WIDTHS, st.floats(0, 1))
def test_the_probability_of_loss_is_the_sum_over_all_that_may_be_down(
    code: tuple[int, int], down: float
) -> None:
    width, needed = code
    total = 0.0
    for ups in product([True, False], repeat=width):
        if sum(ups) < needed:
            total += float(np.prod([1 - down if up else down for up in ups]))
    assert loss_probability(width, needed, down) == pytest.approx(total, abs=1e-12)


@given(WIDTHS, st.floats(1, 10), st.floats(1, 10))
def test_the_mean_time_to_loss_solves_the_equations_of_the_chain(
    code: tuple[int, int], lifetime: float, repair: float
) -> None:
    width, needed = code
    states = width - needed + 1
    generator, ones = np.zeros((states, states)), np.ones(states)
    for missing in range(states):
        failing, mending = (width - missing) / lifetime, missing / repair
        generator[missing, missing] = failing + mending
        if missing + 1 < states:
            generator[missing, missing + 1] = -failing
        if missing:
            generator[missing, missing - 1] = -mending
    expected = np.linalg.solve(generator, ones)[0]
    assert mean_time_to_loss(width, needed, lifetime, repair) == pytest.approx(expected, rel=1e-6)


def test_the_mean_time_to_loss_is_that_of_many_lives_played_through() -> None:
    random = np.random.default_rng(7)
    lives = []
    for _life in range(3000):
        time, missing = 0.0, 0
        while missing < 3:
            failing, mending = (3 - missing) / 10, missing / 2
            time += random.exponential(1 / (failing + mending))
            missing += 1 if random.random() < failing / (failing + mending) else -1
        lives.append(time)
    error = np.std(lives) / len(lives) ** 0.5
    assert abs(np.mean(lives) - mean_time_to_loss(3, 1, 10, 2)) < 3 * error


def test_three_copies_last_the_lifetime_cubed_over_three_repairs_squared() -> None:
    lifetime, repair = 1e6, 1.0
    expected = lifetime**3 / (3 * repair**2)
    assert mean_time_to_loss(3, 1, lifetime, repair) == pytest.approx(expected, rel=1e-4)


def test_six_and_three_take_half_the_space_and_last_longer_than_three_copies() -> None:
    assert (overhead(3, 1), overhead(9, 6)) == (3, 1.5)
    assert mean_time_to_loss(9, 6, 1e4, 1) > mean_time_to_loss(3, 1, 1e4, 1)
    assert loss_probability(9, 6, 0.01) < loss_probability(3, 1, 0.01) * 2


def test_a_lost_piece_of_stripes_costs_k_pieces_of_traffic() -> None:
    assert (repair_traffic(100, 1), repair_traffic(100, 6)) == (100, 600)
    assert rebuild_time(1e12, 99, 1e8, 6) == pytest.approx(6e12 / 99e8)
