"""The Cpu against the reference simulators: exactly equal, for every policy, to the last slice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.scheduling.policies.round_robin import RoundRobin
from tests.scheduling.on_cpu import in_nanoseconds, run_on_cpu
from tests.scheduling.reference import Result, simulate_reference
from tests.scheduling.reference_rules import ReferenceProcess

POLICIES: list[tuple[str, dict[str, Any]]] = [
    ("fcfs", {}),
    ("rr", {"quantum": 1}),
    ("rr", {"quantum": 4}),
    ("priority", {}),
    ("priority", {"preemptive": True}),
    ("priority", {"quantum": 3}),
    ("priority", {"preemptive": True, "quantum": 2}),
    ("priority", {"aging": 5}),
    ("priority", {"aging": 5, "preemptive": True}),
    ("sjf", {}),
    ("srtf", {}),
    ("mlfq", {"quanta": (1, 2, 4)}),
    ("mlfq", {"quanta": (2, 2, 2), "preemptive": False}),
    ("mlfq", {"quanta": (2, 4, 8), "boost": 11}),
    ("hrrn", {}),
    ("fair", {"latency": 6, "granularity": 2, "wakeup_granularity": 1}),
    ("edf", {}),
    ("edf", {"preemptive": False}),
]


class SliceBySlice(RoundRobin):
    """Round robin in the plain slice loop."""

    mechanism = "slices"


@st.composite
def loads(draw: st.DrawFn, most: int = 9) -> list[ReferenceProcess]:
    """Draw processes; short times, so that many things happen at one instant."""
    count = draw(st.integers(1, most))
    processes = []
    for number in range(count):
        parts = draw(st.sampled_from([1, 1, 1, 3, 5]))
        bursts = tuple(draw(st.integers(1, 14)) for _ in range(parts))
        processes.append(
            ReferenceProcess(
                number,
                draw(st.integers(0, 20)),
                sum(bursts[::2]),
                draw(st.integers(0, 3)),
                draw(st.integers(1, 4)),
                draw(st.none() | st.integers(5, 60)),
                bursts if parts > 1 else (),
            )
        )
    return sorted(processes, key=lambda process: (process.arrival, process.number))


machines = {"cores": st.integers(1, 4), "switch_cost": st.sampled_from([0, 0, 1, 2, 7])}


@pytest.mark.parametrize(("policy", "options"), POLICIES, ids=str)
@given(processes=loads(), **machines)
def test_the_cpu_does_what_the_reference_does(
    policy: str,
    options: dict[str, Any],
    processes: list[ReferenceProcess],
    cores: int,
    switch_cost: int,
) -> None:
    expected = simulate_reference(policy, processes, cores, switch_cost=switch_cost, **options)
    got = run_on_cpu(in_nanoseconds(policy, **options), processes, cores, switch_cost=switch_cost)
    assert_same(got, expected)


@given(processes=loads(), quantum=st.integers(1, 20), **machines)
def test_round_robin_in_closed_form_is_round_robin_slice_by_slice(
    processes: list[ReferenceProcess], quantum: int, cores: int, switch_cost: int
) -> None:
    plain = SliceBySlice.model_construct(quantum=quantum)
    closed = in_nanoseconds("rr", quantum=quantum)
    assert_same(
        run_on_cpu(closed, processes, cores, switch_cost=switch_cost),
        run_on_cpu(plain, processes, cores, switch_cost=switch_cost),
    )


@given(processes=loads(), **machines)
def test_what_a_trace_keeps_changes_nothing(
    processes: list[ReferenceProcess], cores: int, switch_cost: int
) -> None:
    for policy, options in POLICIES:
        made = in_nanoseconds(policy, **options)
        full = run_on_cpu(made, processes, cores, switch_cost=switch_cost)
        brief = run_on_cpu(made, processes, cores, switch_cost=switch_cost, level="tasks")
        assert brief.outcomes == full.outcomes
        assert brief.context_switches == full.context_switches


@given(processes=loads(), cores=st.integers(1, 4))
def test_processor_sharing_is_exact_to_a_nanosecond_a_change(
    processes: list[ReferenceProcess], cores: int
) -> None:
    second = 1_000_000
    scaled = [
        ReferenceProcess(
            process.number,
            process.arrival * second,
            bursts=tuple(part * second for part in process.parts),
        )
        for process in processes
    ]
    expected = simulate_reference("ps", scaled, cores)
    got = run_on_cpu(in_nanoseconds("ps"), scaled, cores)
    changes = 2 * sum(len(process.parts) for process in processes)
    for number, outcome in expected.outcomes.items():
        assert got.outcomes[number].finish == pytest.approx(float(outcome.finish), abs=changes)


def assert_same(got: Result, expected: Result) -> None:
    for number, outcome in expected.outcomes.items():
        assert got.outcomes[number] == outcome
    assert got.context_switches == expected.context_switches
    assert got.slices == expected.slices
