"""Every policy on a real Cpu does what its reference simulator does, stay by stay."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aio_sim.scheduling.policies  # noqa: F401 - registers them
from aio_sim.scheduling.policy import SCHEDULING_POLICIES, SchedulingPolicy
from tests.scheduling.harness import close, simulate_cpu
from tests.scheduling.reference import ReferenceProcess, simulate_reference
from tests.scheduling.textbook import CASES, Case

VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("fcfs", {}),
    ("rr", {"quantum": 1}),
    ("rr", {"quantum": 3}),
    ("priority", {}),
    ("priority", {"preemptive": True}),
    ("priority", {"quantum": 2}),
    ("priority", {"preemptive": True, "quantum": 3}),
    ("priority", {"aging": 3}),
    ("priority", {"preemptive": True, "aging": 3}),
    ("priority", {"preemptive": True, "aging": 2, "quantum": 2}),
    ("sjf", {}),
    ("sjf", {"estimate": {"initial": 4, "by": "source"}}),
    ("srtf", {}),
    ("srtf", {"estimate": {"initial": 4, "alpha": 0.25}}),
    ("mlfq", {"quanta": (1, 1, 1), "preemptive": False}),
    ("mlfq", {"quanta": (1, 2, 4)}),
    ("mlfq", {"quanta": (2, 3), "boost": 7}),
    ("hrrn", {}),
    ("fair", {"latency": 6, "granularity": 1, "wakeup_granularity": 1}),
    ("fair", {"latency": 8, "granularity": 2, "wakeup_granularity": 0}),
    ("edf", {}),
    ("edf", {"preemptive": False}),
]

NOT_TIMES = {"preemptive", "alpha", "by"}


def in_nanoseconds(option: str, value: Any) -> Any:
    """Return an option of the reference, whose times are plain numbers, as a scenario says it."""
    if isinstance(value, dict):
        return {name: in_nanoseconds(name, each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [f"{each}ns" for each in value]
    return value if option in NOT_TIMES else f"{value}ns"


def policy_named(name: str, options: dict[str, Any]) -> SchedulingPolicy:
    return SCHEDULING_POLICIES[name](**in_nanoseconds("", options))


@st.composite
def process_sets(draw: st.DrawFn) -> list[ReferenceProcess]:
    def parts() -> tuple[int, ...]:
        count = draw(st.sampled_from([1, 1, 3, 5]))
        lengths = [st.integers(1, 8), st.integers(0, 6)]
        return tuple(draw(lengths[index % 2]) for index in range(count))

    return [
        ReferenceProcess(
            number,
            draw(st.integers(0, 12)),
            bursts=parts(),
            priority=draw(st.integers(0, 3)),
            weight=draw(st.integers(1, 3)),
            deadline=draw(st.none() | st.integers(0, 40)),
            source=draw(st.integers(0, 1)),
        )
        for number in range(draw(st.integers(1, 6)))
    ]


@pytest.mark.parametrize(("name", "options"), VARIANTS, ids=str)
@settings(max_examples=60, deadline=None)
@given(processes=process_sets(), cores=st.integers(1, 3), switch_cost=st.integers(0, 2))
def test_the_cpu_agrees_with_the_reference(
    name: str,
    options: dict[str, Any],
    processes: list[ReferenceProcess],
    cores: int,
    switch_cost: int,
) -> None:
    expected = simulate_reference(name, processes, cores, switch_cost=switch_cost, **options)
    policy = policy_named(name, options)
    result = simulate_cpu(policy, processes, cores, switch_cost=switch_cost)
    assert result.outcomes == expected.outcomes
    assert result.context_switches == expected.context_switches
    if policy.mechanism == "slices":
        assert result.slices == expected.slices


@settings(max_examples=100, deadline=None)
@given(processes=process_sets(), cores=st.integers(1, 3))
def test_processor_sharing_is_exact_but_for_whole_nanoseconds(
    processes: list[ReferenceProcess], cores: int
) -> None:
    coarse = [
        ReferenceProcess(p.number, p.arrival * 1000, bursts=tuple(part * 1000 for part in p.parts))
        for p in processes
    ]
    exact = simulate_reference("ps", coarse, cores).outcomes
    outcomes = simulate_cpu(policy_named("ps", {}), coarse, cores).outcomes
    assert close(outcomes, exact, within=2 * sum(len(p.parts) for p in coarse))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_cpu_gives_what_the_textbook_prints(case: Case) -> None:
    policy = policy_named(case.policy, case.options)
    outcomes = simulate_cpu(policy, case.processes).outcomes.values()
    pairs = list(zip(outcomes, case.processes, strict=True))
    if case.finish is not None:
        assert tuple(outcome.finish for outcome in outcomes) == case.finish
    if case.waiting is not None:
        assert tuple(outcome.waiting for outcome in outcomes) == case.waiting
    if case.mean_waiting is not None:
        waiting = sum(outcome.waiting for outcome in outcomes) / len(pairs)
        assert waiting == pytest.approx(case.mean_waiting, rel=1e-12)
    if case.mean_turnaround is not None:
        turnaround = sum(outcome.finish - process.arrival for outcome, process in pairs)
        assert turnaround / len(pairs) == pytest.approx(case.mean_turnaround, rel=1e-12)
