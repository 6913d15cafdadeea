"""The costs of a context switch add up, and the strategies meet where the formula says."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.scheduling.context_switch import (
    TYPICAL,
    StatePart,
    SwitchCosts,
    SwitchStep,
    SwitchStrategy,
    TlbSwitch,
    break_even,
    expected_switch_cost,
    switch_cost,
    switch_steps,
)

FAST, PRECISE = SwitchStrategy.FAST, SwitchStrategy.PRECISE
TIMES = st.integers(0, 10_000)
MACHINES = st.builds(
    SwitchCosts,
    general=st.builds(StatePart, size=TIMES, save=TIMES, restore=TIMES),
    vector=st.builds(StatePart, size=TIMES, save=TIMES, restore=TIMES),
    kernel_entry=TIMES,
    trap=TIMES,
    control_write=TIMES,
    tlb_entries=st.integers(0, 100),
    page_walk=TIMES,
    tlb=st.sampled_from(TlbSwitch),
)


def by_hand(machine: SwitchCosts, strategy: str, uses: bool) -> int:
    """Return what a switch costs, from the words of the docs."""
    cost = machine.kernel_entry + machine.general.save + machine.general.restore
    cost += machine.control_write  # the root of the page table
    cost += machine.tlb_entries * machine.page_walk if machine.tlb == "flush" else 0
    vectors = machine.vector.save + machine.vector.restore
    if strategy == "precise":
        return cost + vectors
    cost += machine.control_write  # the trap is set
    if uses:
        cost += machine.trap + machine.control_write + vectors
    return cost


@given(MACHINES, st.sampled_from(SwitchStrategy), st.booleans())
def test_a_switch_costs_the_sum_of_its_steps(
    machine: SwitchCosts, strategy: SwitchStrategy, uses: bool
) -> None:
    assert switch_cost(strategy, uses, machine) == by_hand(machine, strategy, uses)
    assert sum(switch_steps(strategy, uses, machine).values()) == by_hand(machine, strategy, uses)


@given(MACHINES)
def test_precise_always_costs_the_same(machine: SwitchCosts) -> None:
    assert switch_steps(PRECISE, False, machine) == switch_steps(PRECISE, True, machine)


@given(MACHINES)
def test_at_the_break_even_both_cost_the_same(machine: SwitchCosts) -> None:
    v, w, t = machine.vector_time, machine.control_write, machine.trap
    assume(v > w)
    share = break_even(machine)
    assert share == pytest.approx(float(Fraction(v - w, v + t + w)))
    assert 0 < share <= 1
    assert expected_switch_cost(FAST, share, machine) == pytest.approx(
        expected_switch_cost(PRECISE, share, machine)
    )


@given(MACHINES, st.floats(0, 1))
def test_fast_is_the_cheaper_one_below_the_break_even_and_precise_above(
    machine: SwitchCosts, share: float
) -> None:
    assume(abs(share - break_even(machine)) > 1e-6)
    difference = expected_switch_cost(PRECISE, share, machine) - expected_switch_cost(
        FAST, share, machine
    )
    assert difference >= 0 if share < break_even(machine) else difference <= 0


def test_a_trap_that_costs_as_much_as_it_saves_never_pays() -> None:
    machine = SwitchCosts(vector=StatePart(64, 10, 10), control_write=20)
    assert break_even(machine) == 0
    nothing = SwitchCosts(vector=StatePart(0, 0, 0), control_write=0, trap=0)
    assert break_even(nothing) == 0


def test_the_typical_machine() -> None:
    assert [switch_cost(FAST, uses) for uses in (False, True)] == [150, 514]
    assert switch_cost(PRECISE, False) == 343
    assert break_even() == pytest.approx(193 / 364)


def test_the_vector_state_is_that_of_the_manual() -> None:
    legacy, header, avx, masks, upper_halves, upper_registers, keys = 512, 64, 256, 64, 512, 1024, 8
    total = legacy + header + avx + masks + upper_halves + upper_registers + keys
    assert TYPICAL.vector.size == total


def test_flushing_the_tlb_costs_a_walk_for_each_entry_and_leaves_the_break_even() -> None:
    flushing = replace(TYPICAL, tlb=TlbSwitch.FLUSH)
    for strategy in SwitchStrategy:
        assert SwitchStep.TLB_REFILL not in switch_steps(strategy, True)
        assert switch_cost(strategy, True, flushing) == switch_cost(strategy, True) + 64 * 10
    assert break_even(flushing) == break_even()


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(InputError, match="from 0 to 1"):
        expected_switch_cost(FAST, share)


@pytest.mark.parametrize("field", ["kernel_entry", "trap", "control_write", "tlb_entries"])
def test_negative_costs_are_refused(field: str) -> None:
    with pytest.raises(InputError, match=field):
        SwitchCosts(**{field: -1})  # type: ignore[arg-type]
    with pytest.raises(InputError, match="negative"):
        StatePart(-1, 0, 0)


def test_names_are_read_and_the_nearest_is_said() -> None:
    assert SwitchStrategy.named("fast") is FAST
    assert TlbSwitch.named("flush") is TlbSwitch.FLUSH
    with pytest.raises(UnknownName, match="did you mean 'precise'"):
        SwitchStrategy.named("precice")
    with pytest.raises(UnknownName, match="did you mean 'flush'"):
        TlbSwitch.named("flus")
