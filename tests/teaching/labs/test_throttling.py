"""The lab on CPU bandwidth control: worked examples, and cores that tick one by one."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.teaching.labs.pages.throttling import sheet
from aio_sim.teaching.labs.throttling import ThrottleProblem, draw, solve, stretches

MS = 10**6

Problems = st.builds(
    ThrottleProblem,
    quota=st.integers(5, 60),
    period=st.integers(1, 25),
    work=st.integers(1, 200),
    threads=st.integers(1, 5),
    start=st.integers(0, 60),
)


def ticking_cores(problem: ThrottleProblem) -> tuple[int, int, int]:
    """Return finish, periods and throttled time, of cores that each draw a tick from the pool.

    A core with work takes a tick from the pool if the instant began with something in it.
    """
    share = -(-problem.work // problem.threads)
    cores = [share] * problem.threads
    pool, throttled, touched = problem.quota, 0, set()
    tick = problem.start
    while any(cores):
        touched.add(tick // problem.period)
        if pool <= 0:
            throttled += 1
        else:
            for core in range(problem.threads):
                cores[core] -= 1
                pool -= 1
        tick += 1
        if tick % problem.period == 0:
            pool = min(pool, 0) + problem.quota
    return tick, len(touched), throttled


@given(Problems)
def test_the_answer_is_that_of_cores_that_tick(problem: ThrottleProblem) -> None:
    assert solve(problem).run[:3] == ticking_cores(problem)


@given(Problems)
def test_the_periods_drawn_add_up_to_the_answer(problem: ThrottleProblem) -> None:
    run = solve(problem).run
    drawn = list(stretches(problem))
    assert len(drawn) == run.periods
    assert sum(stretch.held for stretch in drawn) == run.throttled
    assert sum(stretch.running for stretch in drawn) == -(-problem.work // problem.threads)
    assert sum(stretch.held > 0 for stretch in drawn) == run.throttled_periods
    assert drawn[-1].end == run.finish
    assert all(a.end == b.begin for a, b in pairwise(drawn))


def test_the_json_is_in_seconds() -> None:
    problem = ThrottleProblem(20 * MS, 100 * MS, 50 * MS)
    assert solve(problem).as_json() == {"finish": 0.21, "periods": 3, "throttled": 0.16}


def test_a_picture_has_a_line_a_period_up_to_twenty() -> None:
    problem = ThrottleProblem(MS, 100 * MS, 50 * MS)
    parts = list(sheet(problem, solve(problem)).explanation)
    assert any("30 more" in part for part in parts if isinstance(part, str))
    whole = ThrottleProblem(200 * MS, 100 * MS, 50 * MS, threads=2)
    assert "never throttles" in str(list(sheet(whole, solve(whole)).explanation)[-1])


def test_a_seed_draws_one_problem() -> None:
    assert draw(5) == draw(5)
    assert len({draw(seed) for seed in range(50)}) > 30
    assert draw(5, quota=3, work=4).quota == 3


@pytest.mark.parametrize(
    "problem",
    [
        ThrottleProblem(0, 100, 50),
        ThrottleProblem(20, 0, 50),
        ThrottleProblem(20, 100, 0),
        ThrottleProblem(20, 100, 50, threads=0),
        ThrottleProblem(20, 100, 50, start=-1),
    ],
)
def test_what_cannot_be_is_refused(problem: ThrottleProblem) -> None:
    with pytest.raises(InputError):
        solve(problem)
