"""Shortest job first by true lengths, and by estimates learnt from the past."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aio_sim.kernel.environment import SECOND
from aio_sim.scheduling.policies import Estimate, ShortestJobFirst
from tests.scheduling.on_cpu import in_nanoseconds, run_on_cpu
from tests.scheduling.reference import simulate_reference
from tests.scheduling.reference_rules import ReferenceProcess
from tests.scheduling.test_cpu import assert_same, loads


def test_exponential_averaging_gives_the_printed_guesses() -> None:
    # Silberschatz, Galvin & Gagne, 10th ed., figure 5.4: alpha 1/2, first guess 10.
    estimate = Estimate(initial=10)
    tau, guesses = 10.0, []
    for burst in (6, 4, 6, 4, 13, 13, 13):
        tau = estimate.following(burst, tau)
        guesses.append(tau)
    assert guesses == [8, 6, 6, 5, 9, 11, 12]


@pytest.mark.parametrize("policy", ["sjf", "srtf"])
@pytest.mark.parametrize("by", ["process", "source"])
@given(
    processes=loads(),
    cores=st.integers(1, 3),
    initial=st.integers(1, 20),
    alpha=st.sampled_from([0, 0.25, 0.5, 1]),
)
def test_the_cpu_learns_as_the_reference_does(
    policy: str,
    by: Any,
    processes: list[ReferenceProcess],
    cores: int,
    initial: int,
    alpha: float,
) -> None:
    told = {"initial": initial, "alpha": alpha, "by": by}
    made = in_nanoseconds(policy, estimate=Estimate.model_construct(**told))
    expected = simulate_reference(policy, processes, cores, estimate=told)
    assert_same(run_on_cpu(made, processes, cores), expected)


def test_a_process_known_to_be_short_goes_before_one_known_to_be_long() -> None:
    processes = [
        ReferenceProcess(0, 0, bursts=(9, 1, 1)),
        ReferenceProcess(1, 0, bursts=(1, 9, 1)),
        ReferenceProcess(2, 9, 20),
    ]
    policy = in_nanoseconds("sjf", estimate=Estimate.model_construct(initial=5))
    stays = run_on_cpu(policy, processes).slices
    # At 30 both wait for a burst of 1: process 1 has tau = 3, process 0 has tau = 7.
    assert [stay.process for stay in stays] == [0, 1, 2, 1, 0]


def test_by_source_the_past_of_others_counts() -> None:
    processes = [
        ReferenceProcess(0, 0, 9, source=0),
        ReferenceProcess(1, 0, 1, source=1),
        ReferenceProcess(2, 9, 20, source=2),
        ReferenceProcess(3, 11, 1, source=0),
        ReferenceProcess(4, 12, 1, source=1),
    ]
    policy = in_nanoseconds("sjf", estimate=Estimate.model_construct(initial=5, by="source"))
    stays = run_on_cpu(policy, processes).slices
    assert [stay.process for stay in stays] == [0, 1, 2, 4, 3]


def test_the_options_of_an_estimate_are_checked() -> None:
    policy = ShortestJobFirst.model_validate({"estimate": {"initial": "100ms"}})
    assert policy.estimate == Estimate(initial=SECOND // 10 / SECOND)
    for wrong in ({}, {"initial": 0}, {"initial": 1, "alpha": 2}, {"initial": 1, "by": "colour"}):
        with pytest.raises(ValidationError):
            ShortestJobFirst.model_validate({"estimate": wrong})
