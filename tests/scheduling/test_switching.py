"""Strategies of switching on a Cpu, against the reference, the formulas, and the constant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, repeat
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.environment import ARRIVAL, Environment, Timer
from aio_sim.kernel.trace import Trace
from aio_sim.scheduling.context_switch import (
    TYPICAL,
    StatePart,
    SwitchCosts,
    SwitchStrategy,
    break_even,
    expected_switch_cost,
    switch_cost,
)
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.process import Process, VectorProcess
from aio_sim.scheduling.switching import FastSwitch, SwitchModel, SwitchTally, switch_model
from aio_sim.scheduling.virtual_core import VirtualCores
from tests.scheduling.on_cpu import Finishes, in_nanoseconds, run_on_cpu
from tests.scheduling.reference import simulate_reference
from tests.scheduling.reference_rules import ReferenceProcess
from tests.scheduling.reference_switching import ReferenceSwitching
from tests.scheduling.test_cpu import POLICIES, assert_same, loads

FAST, PRECISE = SwitchStrategy.FAST, SwitchStrategy.PRECISE
TIMES = st.integers(0, 5)


class Scripted:
    """A random stream that says what it is told, and then 0.5 for ever."""

    def __init__(self, draws: list[float]) -> None:
        self._draws: Iterator[float] = chain(draws, repeat(0.5))

    def random(self) -> float:
        return next(self._draws)


@st.composite
def machines(draw: st.DrawFn) -> SwitchCosts:
    """Draw costs of a size with the bursts, so that switches are interrupted."""
    general, vector = (StatePart(0, draw(TIMES), draw(TIMES)) for _ in range(2))
    entry, trap, write = (draw(TIMES) for _ in range(3))
    return SwitchCosts(general, vector, entry, trap, write)


@st.composite
def vector_loads(draw: st.DrawFn) -> list[ReferenceProcess]:
    """Draw processes, of which some use vectors: never, always, or now and then."""
    share = st.sampled_from([0, 0.4, 0.8, 1])
    return [replace(process, vector=draw(share)) for process in draw(loads(most=6))]


def reference(
    strategy: SwitchStrategy, costs: SwitchCosts, draws: list[float]
) -> ReferenceSwitching:
    base = costs.kernel_entry + costs.general.save + costs.general.restore + costs.control_write
    vector = costs.vector
    return ReferenceSwitching(
        *(strategy.value, base, costs.control_write, costs.trap, vector.save, vector.restore),
        chain(draws, repeat(0.5)),
    )


def model(strategy: SwitchStrategy, costs: SwitchCosts, draws: list[float]) -> SwitchModel:
    stream: Any = Scripted(draws)
    return switch_model(strategy, costs, lambda: stream)


@pytest.mark.parametrize(("policy", "options"), POLICIES, ids=str)
@given(
    strategy=st.sampled_from([FAST, FAST, PRECISE]),
    processes=vector_loads(),
    costs=machines(),
    draws=st.lists(st.floats(0, 1, exclude_max=True), max_size=30),
    cores=st.integers(1, 3),
)
def test_the_cpu_switches_as_the_reference_does(
    policy: str,
    options: dict[str, Any],
    strategy: SwitchStrategy,
    processes: list[ReferenceProcess],
    costs: SwitchCosts,
    draws: list[float],
    cores: int,
) -> None:
    judge = reference(strategy, costs, draws)
    expected = simulate_reference(policy, processes, cores, switch_cost=judge, **options)
    asked = model(strategy, costs, draws)
    got = run_on_cpu(in_nanoseconds(policy, **options), processes, cores, switch_cost=asked)
    assert_same(got, expected)
    assert asked.tally(got.context_switches) == tuple(judge.counts.values())


@pytest.mark.parametrize("level", ["tasks", "full"])
@given(processes=vector_loads(), costs=machines(), cores=st.integers(1, 3))
def test_precise_is_the_constant_that_it_says(
    level: Any, processes: list[ReferenceProcess], costs: SwitchCosts, cores: int
) -> None:
    policy = in_nanoseconds("rr", quantum=2)
    constant = switch_cost(PRECISE, True, costs)
    expected = run_on_cpu(policy, processes, cores, switch_cost=constant, level=level)
    precise = model(PRECISE, costs, [])
    assert run_on_cpu(policy, processes, cores, switch_cost=precise, level=level) == expected


@given(processes=loads(), costs=machines(), cores=st.integers(1, 3))
def test_fast_without_vectors_is_a_constant_and_as_one_that_is_asked_each_time(
    processes: list[ReferenceProcess], costs: SwitchCosts, cores: int
) -> None:
    policy = in_nanoseconds("rr", quantum=2)
    closed = switch_model(FAST, costs, lambda: np.random.default_rng(0), uses_vectors=False)
    assert closed.constant == switch_cost(FAST, False, costs)
    expected = run_on_cpu(policy, processes, cores, switch_cost=closed)
    asked = model(FAST, costs, [])
    assert run_on_cpu(policy, processes, cores, switch_cost=asked) == expected
    assert asked.tally(0) == closed.tally(expected.context_switches)


def turns(share: float, processes: int, rounds: int, costs: SwitchCosts = TYPICAL) -> SwitchTally:
    """Return what the switches are made of where processes take turns on one core."""
    asked = FastSwitch(costs, lambda: np.random.default_rng(7))
    circle = [VectorProcess(n, 0, 1, vector=share) for n in range(processes)]
    for process in circle * rounds:
        asked.cost(0, process)
    return asked.tally(0)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.9])
def test_the_mean_cost_is_the_expected_one_where_many_take_turns(share: float) -> None:
    switches = 50_000
    mean = turns(share, 500, switches // 500).time / (switches - 1)
    # A switch costs at most 364 ns more with vectors than without: 5 standard errors.
    error = 5 * 364 * (share * (1 - share) / switches) ** 0.5
    assert mean == pytest.approx(expected_switch_cost(FAST, share), abs=error)


@pytest.mark.parametrize(("share", "processes"), [(0.2, 2), (0.5, 2), (0.5, 3), (0.3, 5)])
def test_restores_are_spared_where_few_take_turns(share: float, processes: int) -> None:
    # docs/background/context-switch.md: the last user of the registers is oneself with chance r.
    others = (1 - share) ** (processes - 1)
    spared = share * others / (1 - (1 - share) * others)
    rounds = 60_000 // processes
    tally = turns(share, processes, rounds)
    slices = processes * rounds
    assert tally.vector_restores / slices == pytest.approx(share * (1 - spared), abs=0.01)


def test_the_strategies_meet_at_the_break_even() -> None:
    share, switches = break_even(), 100_000
    fast = turns(share, 500, switches // 500).time / switches
    assert fast == pytest.approx(switch_cost(PRECISE, True), rel=0.01)
    for other, cheaper in ((share - 0.05, True), (share + 0.05, False)):
        mean = turns(other, 500, switches // 500).time / switches
        assert (mean < switch_cost(PRECISE, True)) is cheaper


def test_state_that_was_changed_elsewhere_is_restored() -> None:
    asked = FastSwitch(TYPICAL, lambda: np.random.default_rng(0))
    mover, plain = VectorProcess(0, 0, 1, vector=1), Process(1, 0, 1)
    asked.cost(0, mover)
    asked.cost(0, plain)
    assert asked.cost(0, mover) == 150 + 141  # nobody touched the registers meanwhile
    asked.cost(1, plain)
    asked.cost(1, mover)
    asked.cost(0, plain)
    assert asked.cost(0, mover) == 150 + 141 + 165


@given(
    processes=vector_loads(),
    costs=machines(),
    draws=st.lists(st.floats(0, 1, exclude_max=True), max_size=30),
    cores=st.integers(1, 3),
    quantum=st.integers(1, 4),
)
def test_a_guest_with_cores_of_its_own_switches_as_its_host_would(
    processes: list[ReferenceProcess],
    costs: SwitchCosts,
    draws: list[float],
    cores: int,
    quantum: int,
) -> None:
    policy = in_nanoseconds("rr", quantum=quantum)
    asked = model(FAST, costs, draws)
    expected = run_on_cpu(policy, processes, cores, switch_cost=asked, level="tasks")
    env, trace = Environment(), Trace("tasks")
    host = Cpu(env, trace, "host", cores, in_nanoseconds("fcfs"))
    supply = VirtualCores(env, host, 1000)
    inside = model(FAST, costs, draws)
    guest = Cpu(env, trace, "guest", cores, policy, switch_cost=inside, supply=supply)
    end = Finishes(env)
    for each in processes:
        process = VectorProcess(
            each.number, each.arrival, each.work, bursts=each.bursts or None, vector=each.vector
        )
        process.owner = end
        Timer(env, partial(guest.accept, process), ARRIVAL).set(each.arrival)
    while env.advance(1):
        guest.check()
    assert end.at == {number: each.finish for number, each in expected.outcomes.items()}
    assert guest.switching == asked.tally(expected.context_switches)
