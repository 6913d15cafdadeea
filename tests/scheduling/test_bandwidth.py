"""CPU bandwidth control agrees with worked examples and with a run nanosecond by nanosecond."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.scheduling.bandwidth import BandwidthPool, ThrottledRun, throttled_run

MS = 10**6


def nanosecond_by_nanosecond(
    work: int, quota: int, period: int, threads: int, start: int
) -> ThrottledRun:
    """Run every thread one nanosecond at a time: the same rules, and no formula."""
    left = [work // threads + (index < work % threads) for index in range(threads)]
    pool, now, throttled = quota, start, 0
    held: set[int] = set()
    while any(left):
        if now % period == 0 and now > start:
            pool = min(quota, pool + quota)
        if pool > 0:
            # A nanosecond that was begun is run by all threads, those that are done included.
            pool -= threads
            left = [max(each - 1, 0) for each in left]
        else:
            throttled += 1
            held.add(now // period)
        now += 1
    return ThrottledRun(now, (now - 1) // period - start // period + 1, throttled, len(held))


@pytest.mark.parametrize(
    ("work", "quota", "period", "threads", "start", "finish", "periods", "throttled"),
    [
        (50, 20, 100, 1, 0, 210, 3, 160),
        (50, 20, 100, 1, 10, 210, 3, 150),
        (50, 20, 100, 1, 90, 220, 3, 80),
        (40, 20, 100, 1, 0, 120, 2, 80),  # done as the quota is: not held back once more
        (20, 20, 100, 1, 0, 20, 1, 0),
        (60, 20, 100, 2, 0, 210, 3, 180),
        (60, 200, 100, 2, 0, 30, 1, 0),
        (50, 100, 100, 1, 75, 125, 2, 0),  # a quota of a whole core for one thread
    ],
)
def test_worked_examples_in_milliseconds(
    work: int,
    quota: int,
    period: int,
    threads: int,
    start: int,
    finish: int,
    periods: int,
    throttled: int,
) -> None:
    run = throttled_run(work * MS, quota * MS, period * MS, threads=threads, start=start * MS)
    assert run[:3] == (finish * MS, periods, throttled * MS)


def test_a_quota_that_threads_do_not_divide_is_used_whole_in_the_long_run() -> None:
    run = throttled_run(60 * MS, 20 * MS, 100 * MS, threads=3)
    assert run.finish == 200 * MS + 20 * MS // 3


@given(
    st.integers(1, 120),
    st.integers(1, 40),
    st.integers(1, 12),
    st.integers(1, 5),
    st.integers(0, 30),
)
def test_the_closed_form_is_the_run_nanosecond_by_nanosecond(
    work: int, quota: int, period: int, threads: int, start: int
) -> None:
    quota = max(quota, threads)
    expected = nanosecond_by_nanosecond(work, quota, period, threads, start)
    assert throttled_run(work, quota, period, threads=threads, start=start) == expected


@pytest.mark.parametrize(
    ("work", "quota", "period", "threads", "start"),
    [(0, 1, 1, 1, 0), (1, 0, 1, 1, 0), (1, 1, 0, 1, 0), (1, 1, 1, 0, 0), (1, 1, 1, 1, -1)],
)
def test_what_is_not_positive_is_refused(
    work: int, quota: int, period: int, threads: int, start: int
) -> None:
    with pytest.raises(InputError):
        throttled_run(work, quota, period, threads=threads, start=start)


def test_more_threads_than_nanoseconds_of_quota_are_refused() -> None:
    with pytest.raises(InputError, match="too little for 3"):
        throttled_run(10, 2, 10, threads=3)


class SteppedPool:
    """The same accounts, kept nanosecond by nanosecond."""

    def __init__(self, quota: int, period: int) -> None:
        self.quota, self.period = quota, period
        self.left, self.now = quota, 0
        self.used = self.throttled = 0
        self.held: set[int] = set()

    def advance(self, now: int, entities: int) -> None:
        while self.now < now:
            if entities and self.left > 0:
                self.left -= entities
                self.used += entities
            elif entities:
                self.throttled += 1
                self.held.add(self.now // self.period)
            self.now += 1
            if self.now % self.period == 0:
                self.left = min(self.quota, self.left + self.quota)


@given(
    st.integers(5, 40),
    st.integers(1, 12),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5)), max_size=8),
)
def test_a_pool_keeps_the_accounts_of_one_that_steps(
    quota: int, period: int, changes: list[tuple[int, int]]
) -> None:
    pool, stepped, entities, now = BandwidthPool(quota, period), SteppedPool(quota, period), 0, 0
    for time, following in changes:
        now += time
        stepped.advance(now, entities)
        pool.run(following, now)
        entities = following
        books = (pool.used, pool.throttled, pool.throttled_periods, pool.exhausted)
        assert books == (stepped.used, stepped.throttled, len(stepped.held), stepped.left <= 0)
        assert pool.used < quota * (now // period + 1) + 5  # what is over is a debt


@given(st.integers(5, 40), st.integers(1, 12), st.integers(0, 30), st.integers(1, 5))
def test_a_pool_runs_out_when_one_that_steps_does(
    quota: int, period: int, start: int, entities: int
) -> None:
    pool, stepped = BandwidthPool(quota, period), SteppedPool(quota, period)
    pool.run(entities, start)
    stepped.advance(start, 0)
    end = pool.runs_out()
    # Where it ever runs out, a period's lack has grown to a nanosecond by then.
    for now in range(start + 1, start + (entities + 2) * period):
        stepped.advance(now, entities)
        if stepped.left <= 0:
            assert end == now
            return
    assert end is None


def test_a_pool_says_when_it_is_filled_up_again() -> None:
    pool = BandwidthPool(20 * MS, 100 * MS, origin=5 * MS)
    pool.run(1, 15 * MS)
    assert pool.runs_out() == 35 * MS
    pool.advance(35 * MS)
    assert pool.exhausted
    assert pool.runs_out() is None
    assert pool.next_period == 105 * MS
    pool.advance(105 * MS)
    assert not pool.exhausted
    assert (pool.throttled, pool.throttled_periods) == (70 * MS, 1)


def test_what_is_not_used_is_not_kept() -> None:
    pool = BandwidthPool(20 * MS, 100 * MS)
    pool.run(1, 500 * MS)
    assert pool.runs_out() == 520 * MS


def test_a_thousand_years_of_throttling_are_one_calculation() -> None:
    year = 31_557_600 * 10**9
    pool = BandwidthPool(20 * MS, 100 * MS)
    pool.run(3, 0)
    pool.advance(1000 * year)
    assert pool.throttled_periods == 10 * 31_557_600 * 1000
    assert pool.used == pool.throttled_periods * 20 * MS


def test_a_pool_and_the_closed_form_agree() -> None:
    pool = BandwidthPool(20 * MS, 100 * MS)
    run = throttled_run(1_234_567_891, 20 * MS, 100 * MS, threads=3, start=7 * MS)
    pool.run(3, 7 * MS)
    pool.advance(run.finish)
    assert (pool.throttled, pool.throttled_periods) == (run.throttled, run.throttled_periods)
    assert 0 <= pool.used - 1_234_567_891 < 3
