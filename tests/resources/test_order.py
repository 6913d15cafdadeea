"""The queue is in the order of any scheduling policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import PolicyError
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.resources.demand import Demand
from aio_sim.resources.manager import Backfill, ResourceManager
from aio_sim.scheduling.policies import (
    EarliestDeadlineFirst,
    Fair,
    FirstComeFirstServed,
    HighestResponseRatioNext,
    Lottery,
    MultilevelFeedbackQueue,
    Priority,
    RoundRobin,
    ShortestJobFirst,
)
from aio_sim.scheduling.policy import SCHEDULING_POLICIES, Moment, SchedulingPolicy
from aio_sim.scheduling.process import Process
from tests.resources.driver import Load, hosts

MODES: list[Backfill] = ["none", "easy", "conservative"]


def order_of_starts(
    policy: SchedulingPolicy, processes: Sequence[Process], backfill: Backfill = "none"
) -> list[int]:
    """Return the numbers of processes in the order in which one core serves them."""
    load = Load(ResourceManager(Environment(), hosts(1), order=policy, backfill=backfill))
    for process in processes:
        demand = Demand(cores=1, process=process, estimate=process.work)
        load.add(process.number, process.arrival, process.work, demand)
    return list(load.run())


@pytest.mark.parametrize("backfill", ["none", "easy"])
@given(works=st.lists(st.integers(1, 9), min_size=1, max_size=12))
@settings(deadline=None)
def test_shortest_first_serves_by_work_then_by_arrival(
    backfill: Backfill, works: list[int]
) -> None:
    processes = [Process(number, 0, work) for number, work in enumerate(works)]
    expected = sorted(range(len(works)), key=lambda number: works[number])
    assert order_of_starts(ShortestJobFirst(), processes, backfill) == expected


def test_conservative_gives_slots_of_one_instant_in_the_order_of_the_policy() -> None:
    processes = [Process(number, 0, work) for number, work in enumerate([5, 3, 4])]
    assert order_of_starts(ShortestJobFirst(), processes, "conservative") == [1, 2, 0]


def test_the_more_urgent_of_those_that_wait_comes_first() -> None:
    processes = [Process(n, n, 10, priority=p) for n, p in enumerate([0, 5, 1, 5])]
    assert order_of_starts(Priority(), processes) == [0, 2, 1, 3]


class Newest(FirstComeFirstServed):
    """Last come, first served, derived from the opposite."""

    def key(self, process: Process, moment: Moment) -> Any:
        return -process.joined


class LongestTurns(RoundRobin):
    """Round robin as a queue for capacity, the longest first."""

    def key(self, process: Process, moment: Moment) -> Any:
        return -process.work


@pytest.mark.parametrize("policy", [Newest(), LongestTurns.model_construct(quantum=1)])
def test_a_policy_derived_from_a_plain_one_is_asked_for_its_own_key(
    policy: SchedulingPolicy,
) -> None:
    processes = [Process(number, number, 10 + number) for number in range(4)]
    assert order_of_starts(policy, processes) == [0, 3, 2, 1]


def test_aging_lifts_who_has_waited_long() -> None:
    processes = [
        Process(0, 0, 100),
        Process(1, 1, 10, priority=5),
        Process(2, 60, 10, priority=0),
    ]
    assert order_of_starts(Priority(), processes) == [0, 2, 1]
    assert order_of_starts(Priority(aging="10ns"), processes) == [0, 1, 2]


def test_earliest_deadline_first() -> None:
    processes = [Process(n, 0, 10, deadline=d) for n, d in enumerate([None, 50, 20])]
    assert order_of_starts(EarliestDeadlineFirst(), processes) == [2, 1, 0]


def test_the_highest_response_ratio_is_asked_for_at_each_decision() -> None:
    # At 10, ratios are (9 + 30) / 30 and (2 + 5) / 5; at 15, (14 + 30) / 30 and (1 + 9) / 9.
    processes = [Process(0, 0, 10), Process(1, 1, 30), Process(2, 8, 5), Process(3, 14, 9)]
    assert order_of_starts(HighestResponseRatioNext(), processes) == [0, 2, 1, 3]


@pytest.mark.parametrize("backfill", MODES)
@pytest.mark.parametrize("name", SCHEDULING_POLICIES)
def test_under_any_policy_all_are_served_and_the_same_twice(name: str, backfill: Backfill) -> None:
    options = {"quantum": 4} if name == "rr" else {}

    def served() -> list[int]:
        processes = [Process(n, n // 3, 1 + n * 7 % 5, weight=1 + n % 3) for n in range(20)]
        return order_of_starts(SCHEDULING_POLICIES[name](**options), processes, backfill)

    assert sorted(served()) == list(range(20))
    assert served() == served()


def test_a_lottery_is_drawn_from_the_streams_of_the_run() -> None:
    def served(seed: int) -> list[int]:
        manager = ResourceManager(
            Environment(), hosts(1), order=Lottery(), streams=RandomStreams(seed)
        )
        load = Load(manager)
        for number in range(12):
            load.add(number, 0, 1, Demand(cores=1))
        return list(load.run())

    assert served(1) == served(1)
    assert served(1) != served(2)


def test_estimates_learn_from_what_was_returned() -> None:
    # tau begins at 5; the process from source 1 ran 1, so the next of its source is foretold 3.
    policy = ShortestJobFirst(estimate={"initial": 5e-9, "by": "source"})
    processes = [
        Process(0, 0, 1, source=1),
        Process(1, 0, 9, source=2),
        Process(2, 2, 4, source=2),
        Process(3, 3, 4, source=1),
    ]
    assert order_of_starts(policy, processes) == [0, 1, 3, 2]


def test_what_the_policy_notes_of_a_process_stays_apart_from_the_cpus_notes() -> None:
    process = Process(0, 0, 10)
    process.data = "the Cpu's"
    order_of_starts(Fair(), [process])
    assert process.data == "the Cpu's"


def test_an_order_that_changes_by_itself_is_looked_at_when_it_does() -> None:
    class Swap(SchedulingPolicy):
        """Large numbers first until 10, small ones from then on."""

        def key(self, process: Process, moment: Moment) -> Any:
            return process.number if moment.now >= 10 else -process.number

        def reorders_at(self, moment: Moment) -> int | None:
            return 10 if moment.now < 10 else None

    manager = ResourceManager(Environment(), hosts(4), order=Swap())
    load = Load(manager)
    load.add(0, 0, 30, Demand(cores=3, process=Process(0, 0, 30)))
    load.add(1, 1, 5, Demand(cores=1, process=Process(1, 1, 5)))
    load.add(2, 1, 5, Demand(cores=2, process=Process(2, 1, 5)))
    assert load.run() == {0: 0, 1: 10, 2: 30}


def test_boosts_of_a_feedback_queue_do_not_keep_an_idle_machine_going() -> None:
    manager = ResourceManager(Environment(), hosts(1), order=MultilevelFeedbackQueue(boost=1e-9))
    load = Load(manager)
    load.add(0, 0, 3, Demand(cores=1))
    load.add(1, 0, 3, Demand(cores=1))
    load.run()
    assert load.env.now == 6


def test_a_policy_that_picks_another_is_found_out() -> None:
    class Dreamer(SchedulingPolicy):
        def pick(self, ready: Sequence[Process], moment: Moment) -> Process:
            return Process(99, 0, 1)

    with pytest.raises(PolicyError, match=r"Dreamer: pick answered .*does not wait"):
        order_of_starts(Dreamer(), [Process(0, 0, 1)])


def test_keys_that_cannot_be_compared_are_found_out() -> None:
    class Mixed(SchedulingPolicy):
        def key(self, process: Process, moment: Moment) -> Any:
            return process.number if process.number else "first"

    with pytest.raises(PolicyError, match="cannot be compared"):
        order_of_starts(Mixed(), [Process(n, 0, 1) for n in range(2)])
