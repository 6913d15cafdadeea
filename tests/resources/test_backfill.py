"""Rigid parallel jobs: each start equals that of a plain simulator of the same rules."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.resources.driver import hosts, starts
from tests.resources.reference import ConservativeSimulator, EasySimulator, Job, Simulator

SIMULATORS = {"none": Simulator, "easy": EasySimulator, "conservative": ConservativeSimulator}

capacities = st.lists(st.integers(4, 10), min_size=1, max_size=3)


@st.composite
def job_lists(draw: Any, largest: int = 10, overdue: bool = True) -> list[Job]:
    """Draw jobs that crowd: ties of arrivals and ends, estimates right, too long and too short."""
    estimates = st.integers(-4 if overdue else 0, 8)
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, 12), st.integers(1, 9), st.integers(1, largest), estimates),
            max_size=25,
        )
    )
    rows.sort(key=lambda row: row[0])
    return [
        Job(number, arrival, run, cores, max(1, run + beyond))
        for number, (arrival, run, cores, beyond) in enumerate(rows)
    ]


@pytest.mark.parametrize("backfill", SIMULATORS)
@given(jobs=job_lists())
@settings(max_examples=150, deadline=None)
def test_starts_in_one_pool_are_those_of_the_reference(backfill: Any, jobs: list[Job]) -> None:
    expected = SIMULATORS[backfill]([10]).simulate(jobs)
    assert starts(hosts(10), jobs, backfill=backfill) == expected


@pytest.mark.parametrize("backfill", SIMULATORS)
@given(capacity=capacities, jobs=job_lists(largest=4))
@settings(max_examples=150, deadline=None)
def test_starts_on_several_hosts_are_those_of_the_reference(
    backfill: Any, capacity: list[int], jobs: list[Job]
) -> None:
    expected = SIMULATORS[backfill](list(capacity)).simulate(jobs)
    assert starts(hosts(*capacity), jobs, backfill=backfill) == expected


@pytest.mark.parametrize("backfill", SIMULATORS)
@given(jobs=job_lists())
@settings(max_examples=60, deadline=None)
def test_jobs_that_span_hosts_run_as_in_one_pool(backfill: Any, jobs: list[Job]) -> None:
    expected = SIMULATORS[backfill]([10]).simulate(jobs)
    assert starts(hosts(3, 4, 1, 2), jobs, span=True, backfill=backfill) == expected


@given(jobs=job_lists(overdue=False))
@settings(deadline=None)
def test_easy_never_delays_the_reservation_of_the_head(jobs: list[Job]) -> None:
    reference = EasySimulator([10])
    reference.simulate(jobs)
    begun = starts(hosts(10), jobs, backfill="easy")
    assert all(begun[number] <= shadow for number, shadow in reference.promised.items())


@given(capacity=capacities, jobs=job_lists(largest=4, overdue=False))
@settings(deadline=None)
def test_conservative_keeps_the_reservation_made_at_arrival(
    capacity: list[int], jobs: list[Job]
) -> None:
    reference = ConservativeSimulator(list(capacity))
    reference.simulate(jobs)
    begun = starts(hosts(*capacity), jobs, backfill="conservative")
    assert all(begun[number] <= first for number, first in reference.promised.items())


# Four cores. A leaves one idle; B, behind it, needs all; C and D could use the idle core.
A, B = Job(0, 0, 10, 3, 10), Job(1, 1, 5, 4, 5)


def test_without_backfilling_nobody_passes_the_head() -> None:
    short = Job(2, 2, 8, 1, 8)
    assert starts(hosts(4), [A, B, short]) == {0: 0, 1: 10, 2: 15}


@pytest.mark.parametrize("backfill", ["easy", "conservative"])
def test_a_job_that_ends_before_the_reservation_passes_the_head(backfill: Any) -> None:
    short = Job(2, 2, 8, 1, 8)
    assert starts(hosts(4), [A, B, short], backfill=backfill) == {0: 0, 1: 10, 2: 2}


@pytest.mark.parametrize("backfill", ["easy", "conservative"])
def test_a_job_that_would_delay_the_reservation_waits(backfill: Any) -> None:
    long = Job(2, 2, 9, 1, 9)
    assert starts(hosts(4), [A, B, long], backfill=backfill) == {0: 0, 1: 10, 2: 15}


def test_a_long_job_may_use_the_cores_that_the_head_leaves_over() -> None:
    head = Job(1, 1, 5, 3, 5)
    long = Job(2, 2, 99, 1, 99)
    assert starts(hosts(4), [A, head, long], backfill="easy") == {0: 0, 1: 10, 2: 2}


def test_easy_may_delay_the_second_in_the_queue_where_conservative_does_not() -> None:
    # The second, all four cores from 15 on, is promised 15; a job of 20 beside the head ends later.
    head, second = Job(1, 1, 5, 3, 5), Job(2, 2, 5, 4, 5)
    late = Job(3, 3, 20, 1, 20)
    jobs = [A, head, second, late]
    assert starts(hosts(4), jobs, backfill="easy") == {0: 0, 1: 10, 3: 3, 2: 23}
    assert starts(hosts(4), jobs, backfill="conservative") == {0: 0, 1: 10, 2: 15, 3: 20}


def test_backfilling_plans_with_estimates_not_with_what_really_happens() -> None:
    padded = Job(2, 2, 8, 1, 9)  # would fit, but says that it would not
    assert starts(hosts(4), [A, B, padded], backfill="easy") == {0: 0, 1: 10, 2: 15}


def test_a_job_of_unknown_length_is_planned_to_run_for_ever() -> None:
    endless = A._replace(estimate=None)
    short = Job(2, 2, 50, 1, 50)
    # Nobody knows when the head can start, so nobody can delay it.
    assert starts(hosts(4), [endless, B, short], backfill="easy") == {0: 0, 1: 52, 2: 2}
    assert starts(hosts(4), [endless, B, short], backfill="conservative") == {0: 0, 1: 52, 2: 2}
