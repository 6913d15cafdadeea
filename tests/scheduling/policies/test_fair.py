"""Fair scheduling: shares in proportion to weight, latency bounded, sleepers not hoarding."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scheduling.policies import Fair
from aio_sim.scheduling.policy import Moment
from aio_sim.scheduling.process import Process
from tests.scheduling.on_cpu import in_nanoseconds, run_on_cpu
from tests.scheduling.reference import Slice, simulate_reference
from tests.scheduling.reference_rules import ReferenceProcess
from tests.scheduling.test_cpu import assert_same, loads

MILLISECOND = 1_000_000
SECOND = 1_000 * MILLISECOND


def received(slices: list[Slice], process: int, until: int) -> int:
    """Return the time a process had a core before an instant."""
    mine = [stay for stay in slices if stay.process == process]
    return sum(max(min(stay.end, until) - stay.start - stay.cost, 0) for stay in mine)


def test_the_defaults_are_those_of_linux() -> None:
    # Linux 6.5, kernel/sched/fair.c: sysctl_sched_latency, _min_granularity, _wakeup_granularity.
    fair = Fair()
    assert (fair.latency, fair.granularity, fair.wakeup_granularity) == (
        *(6 * MILLISECOND, 750_000, MILLISECOND),
    )


def test_two_busy_processes_share_as_their_weights(shared: Path) -> None:
    entries = json.loads((shared / "golden.json").read_text(encoding="utf-8"))
    entry = next(entry for entry in entries if entry["id"] == "cfs.weights")
    nice_0, nice_5 = entry["inputs"]["weights"]
    processes = [
        ReferenceProcess(0, 0, SECOND, weight=nice_0),
        ReferenceProcess(1, 0, SECOND, weight=nice_5),
    ]
    slices = run_on_cpu(Fair(), processes).slices
    share = received(slices, 0, SECOND) / SECOND
    assert share == pytest.approx(entry["expected"][0], abs=0.01)


def test_each_of_a_few_runs_once_in_the_latency() -> None:
    processes = [ReferenceProcess(number, 0, SECOND // 10) for number in range(3)]
    stays = run_on_cpu(Fair(), processes).slices[:9]
    assert {stay.end - stay.start for stay in stays} == {2 * MILLISECOND}
    assert [stay.process for stay in stays] == [0, 1, 2] * 3


@pytest.mark.parametrize("first_to_leave", [0, 1, 2])
def test_a_small_weight_is_not_lost_beside_a_large_one(first_to_leave: int) -> None:
    works = [4 * SECOND] * 3
    works[first_to_leave] = 2 * SECOND
    processes = [
        ReferenceProcess(number, 0, work, weight=weight)
        for number, (work, weight) in enumerate(zip(works, [10**17, 1, 10], strict=True))
    ]
    options = {"latency": 6 * MILLISECOND, "granularity": 750_000, "wakeup_granularity": 0}
    expected = simulate_reference("fair", processes, **options)
    in_floats = [replace(each, weight=float(each.weight)) for each in processes]  # type: ignore[arg-type]
    assert_same(run_on_cpu(Fair(wakeup_granularity=0), in_floats), expected)


@given(weights=st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=6), data=st.data())
def test_when_some_have_left_the_others_have_all_of_the_latency(
    weights: list[float], data: st.DataObject
) -> None:
    fair, moment = Fair(granularity="1ns"), Moment(lambda: RandomStreams(0).stream("test"))
    present = [Process(number, 0, SECOND, weight=each) for number, each in enumerate(weights)]
    for process in present:
        fair.enters(process, moment)
    while len(present) > 1:
        fair.leaves(present.pop(data.draw(st.integers(0, len(present) - 1))), moment)
        whole = sum(Fraction(process.weight) for process in present)
        for process in present:
            share = int(fair.latency * Fraction(process.weight) / whole)
            assert fair.slice(process, moment) == max(share, 1)


def test_of_many_each_runs_for_the_granularity() -> None:
    processes = [ReferenceProcess(number, 0, SECOND // 100) for number in range(20)]
    stays = run_on_cpu(Fair(), processes).slices[:20]
    assert {stay.end - stay.start for stay in stays} == {750_000}


def test_a_newcomer_does_not_make_up_for_the_time_before_it_came() -> None:
    processes = [
        ReferenceProcess(0, 0, SECOND),
        ReferenceProcess(1, SECOND // 2, SECOND // 2),
    ]
    slices = run_on_cpu(Fair(), processes).slices
    half, end = SECOND // 2, SECOND * 7 // 10
    gained = [received(slices, number, end) - received(slices, number, half) for number in (0, 1)]
    assert abs(gained[0] - gained[1]) <= 6 * MILLISECOND


def test_one_that_wakes_up_preempts_one_that_has_run_on() -> None:
    sleeper = ReferenceProcess(0, 0, bursts=(MILLISECOND, 10 * MILLISECOND, MILLISECOND))
    outcomes = run_on_cpu(Fair(), [sleeper, ReferenceProcess(1, 0, SECOND // 10)]).outcomes
    assert outcomes[0].finish == 12 * MILLISECOND


def test_a_long_sleep_earns_half_a_latency_and_no_more() -> None:
    sleeper = ReferenceProcess(0, 0, bursts=(MILLISECOND, SECOND // 2, SECOND // 10))
    slices = run_on_cpu(Fair(), [sleeper, ReferenceProcess(1, 0, SECOND)]).slices
    woken, end = SECOND // 2 + MILLISECOND, SECOND * 6 // 10
    gained = [received(slices, number, end) - received(slices, number, woken) for number in (0, 1)]
    assert 0 <= gained[0] - gained[1] <= 3 * MILLISECOND + 6 * MILLISECOND


@given(
    processes=loads(),
    cores=st.integers(1, 3),
    latency=st.integers(1, 20),
    granularity=st.integers(1, 5),
    wakeup_granularity=st.integers(0, 5),
)
def test_the_cpu_is_as_fair_as_the_reference(
    processes: list[ReferenceProcess],
    cores: int,
    latency: int,
    granularity: int,
    wakeup_granularity: int,
) -> None:
    options = {
        "latency": latency,
        "granularity": granularity,
        "wakeup_granularity": wakeup_granularity,
    }
    expected = simulate_reference("fair", processes, cores, **options)
    assert_same(run_on_cpu(in_nanoseconds("fair", **options), processes, cores), expected)
