"""Switching by a strategy, as a scenario says it: what is accepted, and what comes of it."""

from __future__ import annotations

import pytest

from aio_sim import Scenario, simulate
from aio_sim.kernel.errors import ScenarioError, WorkloadError
from aio_sim.scheduling.context_switch import TYPICAL, SwitchStrategy, switch_cost

TEXT = """
name: switching
hosts: [{name: h1, cores: 2, memory: 8GiB}]
scheduler: {policy: rr, quantum: 1ms, switching: {strategy: fast}}
workload:
  - {kind: batch, at: 0, count: 5, work: {kind: exponential, mean: 20ms}, vector: 0.5}
  - kind: list
    tasks:
      - {id: scalar, work: 30ms}
      - {id: vector, arrival: 2ms, bursts: [20ms, 5ms, 10ms], vector: 1}
"""


def scenario(*settings: str) -> Scenario:
    return Scenario.from_text(TEXT, settings)


def metrics(*settings: str) -> dict[str, int | float]:
    return simulate(scenario(*settings), audit=True).metrics


def test_precise_is_the_same_run_as_the_constant_to_the_byte() -> None:
    constant = switch_cost(SwitchStrategy.PRECISE, True)
    precise = scenario("scheduler.switching.strategy=precise")
    plain = scenario(f"scheduler={{policy: rr, quantum: 1ms, switch_cost: {constant}ns}}")
    traces = [simulate(each, level="full").trace for each in (precise, plain)]
    for table in ("tasks", "schedule", "rotations", "rotation_changes"):
        one, other = (list(getattr(trace, table).rows()) for trace in traces)
        assert one == other
    assert not any(name.startswith("switching.") for name in traces[1].totals)


def test_what_switches_were_made_of_is_told() -> None:
    fast, precise = metrics(), metrics("scheduler.switching.strategy=precise")
    assert 0 < fast["switching.vector_restores"] <= fast["switching.traps"]
    assert fast["switching.traps"] < fast["context_switches"]
    switches = precise["context_switches"]
    assert precise["switching.vector_saves"] == precise["switching.vector_restores"] == switches
    assert precise["switching.traps"] == 0
    assert precise["switching.time"] == pytest.approx(switches * 343e-9)


def test_where_no_task_uses_vectors_nothing_is_moved_and_rotations_stay() -> None:
    settings = ("workload.0.vector=0", "workload.1.tasks.vector.vector=0")
    run = simulate(scenario(*settings), level="full")
    assert len(run.trace.rotations) > 0
    assert run.metrics["switching.traps"] == run.metrics["switching.vector_saves"] == 0
    assert run.metrics["switching.time"] == pytest.approx(run.metrics["context_switches"] * 150e-9)


def test_hosts_and_guests_switch_each_by_their_own_scheduler() -> None:
    own = "{policy: rr, quantum: 2ms, switching: {strategy: precise}}"
    assert metrics(f"hosts.h1.scheduler={own}")["switching.traps"] == 0
    guest = "{policy: rr, quantum: 1ms, switching: {strategy: fast}}"
    machine = f"vms=[{{name: v, cores: 1, scheduler: {guest}}}]"
    inside = metrics(machine, "scheduler={policy: fcfs}")
    assert inside["switching.traps"] > 0
    assert inside["switching.time"] > 0


@pytest.mark.parametrize("policy", ["fcfs", "ps", "fair", "srtf"])
def test_any_policy_switches_by_a_strategy(policy: str) -> None:
    switching = "{strategy: fast}"
    told = metrics(f"scheduler={{policy: {policy}, switching: {switching}}}")
    assert told["tasks.completed"] == 7
    assert (told["switching.time"] > 0) is (told["context_switches"] > 0)


def test_costs_can_be_given() -> None:
    switching = scenario("scheduler.switching.trap=1us", "scheduler.switching.tlb=flush")
    spec = switching.scheduler.switching
    assert spec is not None
    assert (spec.costs.trap, spec.costs.tlb, spec.costs.vector) == (1000, "flush", TYPICAL.vector)
    assert Scenario.from_text(switching.to_yaml()) == switching
    plain = scenario().scheduler.switching
    assert plain is not None
    assert plain.costs == TYPICAL


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("scheduler.switch_cost=1us", "give one of them"),
        ("scheduler.switching.strategy=fats", "did you mean 'fast'"),
        ("scheduler.switching.trap=-1", "0 or more"),
        ("scheduler.switching.traps=1", "did you mean 'trap'"),
        ("scheduler.switching={tlb: tag}", "strategy"),
        ("workload.0.vector=1.5", "a share from 0 to 1"),
        ("workload.1.tasks.scalar.vector=2", "less than or equal to 1|at most 1"),
    ],
)
def test_what_cannot_be_is_refused(setting: str, sentence: str) -> None:
    with pytest.raises(ScenarioError, match=sentence):
        scenario(setting)


def test_a_share_that_cannot_be_is_refused_as_it_is_drawn() -> None:
    drawn = scenario("workload.0.vector={kind: uniform, low: 0.5, high: 3}")
    with pytest.raises(WorkloadError, match="a share from 0 to 1"):
        simulate(drawn)


def test_the_same_seed_draws_the_same_uses() -> None:
    assert metrics() == metrics()
    assert metrics() != metrics("seed=1")
