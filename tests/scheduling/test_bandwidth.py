"""CPU bandwidth control agrees with worked examples and with a run nanosecond by nanosecond."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.scheduling.bandwidth import ThrottledRun, throttled_run

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
