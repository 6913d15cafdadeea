"""A process taken away, and queues of their own: the others go on as if it had ended."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aio_sim.kernel.environment import WAKE_UP
from tests.scheduling.meddled_policies import (
    ALL,
    BLIND,
    SLICED,
    Policy,
    few,
    loads,
    machines,
    made,
)
from tests.scheduling.meddling import (
    Action,
    meddled,
)
from tests.scheduling.on_cpu import run_on_cpu
from tests.scheduling.reference import Outcome
from tests.scheduling.reference_rules import ReferenceProcess


@pytest.mark.parametrize("policy", BLIND, ids=str)
@few
@given(processes=loads(), data=st.data(), **machines)
def test_who_is_removed_while_running_leaves_as_if_its_work_had_ended_there(
    policy: Policy,
    processes: list[ReferenceProcess],
    data: st.DataObject,
    cores: int,
    switch_cost: int,
) -> None:
    before = run_on_cpu(made(policy), processes, cores, switch_cost=switch_cost)
    moments = [
        (part, at)
        for part in before.slices
        for at in range(part.start + part.cost + 1, part.end + 1)
        if at != before.outcomes[part.process].finish
    ]
    assume(moments)
    part, at = data.draw(st.sampled_from(moments))
    got, meddler = meddled(
        made(policy), processes, [Action(at, "remove", part.process, WAKE_UP)],
        cores=cores, switch_cost=switch_cost,
    )  # fmt: skip
    received = meddler.removed[part.process]
    assert 0 < received < processes[part.process].work
    shorter = [
        ReferenceProcess(p.number, p.arrival, received, p.priority, p.weight, p.deadline)
        if p.number == part.process
        else p
        for p in processes
    ]
    expected = run_on_cpu(made(policy), shorter, cores, switch_cost=switch_cost)
    assert expected.outcomes.pop(part.process).finish == at
    assert got == expected


@pytest.mark.parametrize("policy", ALL, ids=str)
@few
@given(processes=loads(bursts=True), data=st.data(), **machines)
def test_who_is_removed_while_blocked_leaves_as_if_that_had_been_its_last_burst(
    policy: Policy,
    processes: list[ReferenceProcess],
    data: st.DataObject,
    cores: int,
    switch_cost: int,
) -> None:
    blocking = [process for process in processes if len(process.parts) > 1]
    assume(blocking)
    chosen = data.draw(st.sampled_from(blocking))
    short = [
        ReferenceProcess(p.number, p.arrival, p.parts[0], p.priority, p.weight, p.deadline)
        if p is chosen
        else p
        for p in processes
    ]
    expected = run_on_cpu(made(policy), short, cores, switch_cost=switch_cost)
    at = expected.outcomes.pop(chosen.number).finish
    wait = data.draw(st.integers(0, chosen.parts[1] - 1))
    script = [Action(at + wait, "remove", chosen.number)]
    got, meddler = meddled(made(policy), processes, script, cores=cores, switch_cost=switch_cost)
    assert meddler.removed == {chosen.number: chosen.parts[0]}
    assert got == expected


@pytest.mark.parametrize("policy", [("fcfs", {}), ("sjf", {}), ("priority", {})], ids=str)
@few
@given(processes=loads(latest=0), data=st.data())
def test_who_is_removed_before_its_turn_might_never_have_come(
    policy: Policy, processes: list[ReferenceProcess], data: st.DataObject
) -> None:
    assume(len(processes) > 1)
    outcomes = run_on_cpu(made(policy), processes).outcomes
    number = data.draw(st.sampled_from([n for n, outcome in outcomes.items() if outcome.start]))
    at = data.draw(st.integers(0, outcomes[number].start - 1))
    others = [process for process in processes if process.number != number]
    got, _ = meddled(made(policy), processes, [Action(at, "remove", number)])
    expected = run_on_cpu(made(policy), others)
    assert got == expected


@pytest.mark.parametrize("policy", [p for p in SLICED if p[0] != "lottery"], ids=str)
@few
@given(processes=loads(), **machines)
def test_a_queue_to_each_core_is_as_many_cpus_of_one_core(
    policy: Policy, processes: list[ReferenceProcess], cores: int, switch_cost: int
) -> None:
    got = run_on_cpu(made(policy), processes, cores, switch_cost=switch_cost, queue="per_core")
    core_of = {part.process: part.core for part in got.slices}
    assert core_of == _shortest_queues(processes, got.outcomes, core_of, cores)
    switches, parts = 0, []
    for core in range(cores):
        own = [process for process in processes if core_of[process.number] == core]
        alone = run_on_cpu(made(policy), own, switch_cost=switch_cost)
        assert {process.number: got.outcomes[process.number] for process in own} == alone.outcomes
        switches += alone.context_switches
        parts += [part._replace(core=core) for part in alone.slices]
    assert got.context_switches == switches
    assert got.slices == sorted(parts, key=lambda part: (part.start, part.core))


def _shortest_queues(
    processes: list[ReferenceProcess],
    outcomes: dict[int, Outcome],
    core_of: dict[int, int],
    cores: int,
) -> dict[int, int]:
    """Return the core with the fewest processes at each arrival, the first of them on a tie."""
    chosen = {}
    for process in processes:
        present = [0] * cores
        for other in processes[: process.number]:
            present[core_of[other.number]] += outcomes[other.number].finish > process.arrival
        chosen[process.number] = present.index(min(present))
    return chosen
