"""Slices that end while nobody waits: each is renewed, or all are passed over at once."""

from __future__ import annotations

from itertools import accumulate, takewhile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.scheduling.policies import Lottery, Priority
from aio_sim.scheduling.policy import Moment, SchedulingPolicy
from aio_sim.scheduling.process import Process
from tests.scheduling.on_cpu import in_nanoseconds, run_on_cpu
from tests.scheduling.reference_rules import ReferenceProcess
from tests.scheduling.test_cpu import loads


class Growing(SchedulingPolicy):
    """Slices of the lengths given, one after another for as long as nobody waits."""

    lengths: tuple[int, ...]

    def enters(self, process: Process, moment: Moment) -> None:
        process.data = []

    def slice(self, process: Process, moment: Moment) -> int:
        return self.lengths[len(process.data) % len(self.lengths)]

    def renews(self, process: Process, moment: Moment) -> None:
        process.data.append(moment.now)


def interrupted(policy: SchedulingPolicy, at: int) -> int:
    """Return when a long process that has run alone since 0 makes way for one that comes."""
    processes = [ReferenceProcess(0, 0, 1000), ReferenceProcess(1, at, 1)]
    return int(run_on_cpu(policy, processes).outcomes[1].start)


@pytest.mark.parametrize(
    ("arrival", "end"), [(1, 1), (2, 3), (3, 3), (4, 6), (6, 6), (8, 10), (11, 15), (21, 21)]
)
def test_slices_of_1_2_3_4_end_at_1_3_6_10(arrival: int, end: int) -> None:
    assert interrupted(Growing(lengths=tuple(range(1, 40))), arrival) == end


@given(lengths=st.lists(st.integers(1, 20), min_size=1, max_size=9), arrival=st.integers(1, 300))
def test_a_slice_that_changes_with_each_renewal_is_honoured(
    lengths: list[int], arrival: int
) -> None:
    ends = accumulate(lengths * 300)
    before = sum(1 for _ in takewhile(lambda end: end < arrival, ends))
    expected = sum((lengths * 300)[: before + 1])
    assert interrupted(Growing(lengths=tuple(lengths)), arrival) == expected


def test_each_renewal_is_told_at_its_own_instant() -> None:
    heard: list[int] = []

    class Told(Growing):
        def renews(self, process: Process, moment: Moment) -> None:
            super().renews(process, moment)
            heard.append(moment.now)

    interrupted(Told(lengths=(1, 2, 3, 4, 5)), 12)
    assert heard[:4] == [1, 3, 6, 10]
    assert heard[4] > 15  # when the one that came has gone again


def stepping(policy: SchedulingPolicy) -> SchedulingPolicy:
    """Return a policy like another, every slice of which is renewed in its turn."""

    class Stepping(type(policy)):  # type: ignore[misc]
        mechanism = "slices"
        steady_slices = False

    made: SchedulingPolicy = Stepping.model_construct(**dict(policy))
    return made


STEADY: list[tuple[str, dict[str, Any]]] = [
    ("rr", {"quantum": 3}),
    ("priority", {"quantum": 3, "preemptive": True}),
    ("mlfq", {"quanta": (1, 2, 4), "boost": 11}),
    ("fair", {"latency": 6, "granularity": 2, "wakeup_granularity": 1}),
    ("lottery", {"quantum": 2}),
]


@pytest.mark.parametrize(("name", "options"), STEADY, ids=str)
@given(processes=loads(), cores=st.integers(1, 3))
def test_passing_over_slices_changes_nothing_for_those_that_say_they_are_steady(
    name: str, options: dict[str, Any], processes: list[ReferenceProcess], cores: int
) -> None:
    policy = in_nanoseconds(name, **options)
    assert policy.steady_slices
    leaping = run_on_cpu(policy, processes, cores)
    assert run_on_cpu(stepping(policy), processes, cores) == leaping


def test_a_thousand_slices_alone_are_one_question_where_they_are_steady() -> None:
    asked: list[int] = []

    class Counting(Lottery):
        steady_slices = True

        def slice(self, process: Process, moment: Moment) -> int | None:
            asked.append(moment.now)
            return super().slice(process, moment)

    interrupted(Counting.model_construct(quantum=1), 999)
    assert len(asked) < 10


def test_who_inherits_and_has_other_slices_is_not_taken_for_steady() -> None:
    class Other(Priority):
        def slice(self, process: Process, moment: Moment) -> int:
            return 1

    class Same(Priority):
        pass

    assert not SchedulingPolicy.steady_slices
    assert Same.steady_slices
    assert not Other.steady_slices
