"""Priority with aging: exact, and nobody waits for ever."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scheduling.on_cpu import in_nanoseconds, run_on_cpu
from tests.scheduling.reference import simulate_reference
from tests.scheduling.reference_rules import ReferenceProcess
from tests.scheduling.test_cpu import assert_same, loads

FAVOURITES = [ReferenceProcess(number, number, 1) for number in range(1, 200)]
"""Important processes that fill a core from 1 on."""


@pytest.mark.parametrize(
    "options",
    [
        {"aging": 3, "quantum": 2},
        {"aging": 2, "quantum": 2, "preemptive": True},
        {"aging": 1, "preemptive": True},
    ],
    ids=str,
)
@given(processes=loads(), cores=st.integers(1, 3), switch_cost=st.integers(0, 2))
def test_aging_goes_together_with_a_quantum_and_preemption(
    options: dict[str, Any],
    processes: list[ReferenceProcess],
    cores: int,
    switch_cost: int,
) -> None:
    policy = in_nanoseconds("priority", **options)
    expected = simulate_reference("priority", processes, cores, switch_cost=switch_cost, **options)
    assert_same(run_on_cpu(policy, processes, cores, switch_cost=switch_cost), expected)


def test_without_aging_a_process_waits_while_important_ones_come() -> None:
    processes = [ReferenceProcess(0, 1, 1, priority=4), *FAVOURITES]
    assert run_on_cpu(in_nanoseconds("priority"), processes).outcomes[0].start == 200


def test_with_aging_it_waits_no_longer_than_its_levels_take() -> None:
    processes = [ReferenceProcess(0, 1, 1, priority=4), *FAVOURITES]
    policy = in_nanoseconds("priority", aging=5)
    # From 1 on it gains its four levels by 21; whoever came before 21 and waits stands ahead of it.
    assert run_on_cpu(policy, processes).outcomes[0].start == 21


@pytest.mark.parametrize(("priority", "start"), [(1, 30), (-1, 30), (-2, 24)])
def test_what_was_gained_by_waiting_is_kept_on_the_core(priority: int, start: int) -> None:
    processes = [
        ReferenceProcess(0, 0, 20),
        ReferenceProcess(1, 0, 10, priority=3),  # at 20 it has risen to -1
        ReferenceProcess(2, 24, 1, priority=priority),
    ]
    outcomes = run_on_cpu(in_nanoseconds("priority", preemptive=True, aging=5), processes).outcomes
    assert (outcomes[1].start, outcomes[2].start) == (20, start)


def test_a_preempted_process_comes_back_for_the_rest_of_its_quantum() -> None:
    processes = [
        ReferenceProcess(0, 0, 8, priority=1),
        ReferenceProcess(1, 0, 8, priority=1),
        ReferenceProcess(2, 3, 2),
    ]
    policy = in_nanoseconds("priority", preemptive=True, quantum=4)
    stays = run_on_cpu(policy, processes).slices
    assert [(stay.process, stay.end) for stay in stays] == [
        *((0, 3), (2, 5), (0, 6), (1, 10), (0, 14), (1, 18)),
    ]
