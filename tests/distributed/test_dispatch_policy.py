"""Which machine a dispatch policy chooses, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aio_sim.distributed.dispatch_policy import (
    DISPATCH_POLICIES,
    DispatchPolicy,
    LocalityDispatch,
    PowerOfChoices,
    RoundRobinDispatch,
)
from aio_sim.distributed.machine_loads import MachineLoads
from aio_sim.kernel.errors import UnknownName
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scheduling.policy import Moment
from aio_sim.scheduling.process import PlacedProcess, Process

TASK = Process(0, 0, 1)

CRITICAL = {1: 6.635, 3: 11.345, 7: 18.475}
"""What chi-square exceeds in one case of a hundred, by degrees of freedom."""


def fits(drawn: Counter[int], expected: Sequence[float]) -> bool:
    """Return whether counts are what was expected, by Pearson's test at 1 %."""
    statistic = sum((drawn[at] - count) ** 2 / count for at, count in enumerate(expected))
    return statistic < CRITICAL[len(expected) - 1]


def moment(seed: int = 5) -> Moment:
    return Moment(partial(RandomStreams(seed).stream, "dispatch"))


def choices(policy: DispatchPolicy, loads: MachineLoads, count: int) -> list[int]:
    now = moment()
    return [policy.choose(TASK, loads, now) for _ in range(count)]


def loaded(*tasks: int) -> MachineLoads:
    loads = MachineLoads([1] * len(tasks))
    for machine, count in enumerate(tasks):
        loads.change(machine, count)
    return loads


def test_round_robin_goes_around() -> None:
    policy = DISPATCH_POLICIES["round_robin"]()
    assert choices(policy, MachineLoads([1] * 3), 7) == [0, 1, 2, 0, 1, 2, 0]


def test_first_is_always_the_first() -> None:
    assert set(choices(DISPATCH_POLICIES["first"](), loaded(9, 0, 0), 5)) == {0}


def test_least_loaded_looks_at_tasks_a_core() -> None:
    loads = MachineLoads([4, 1])
    policy, now, sent = DISPATCH_POLICIES["least_loaded"](), moment(), []
    for _ in range(10):
        sent.append(policy.choose(TASK, loads, now))
        loads.change(sent[-1], 1)
    assert sent == [0, 1, 0, 0, 0, 0, 1, 0, 0, 0]


def test_random_is_uniform() -> None:
    drawn = Counter(choices(DISPATCH_POLICIES["random"](), MachineLoads([1] * 8), 8000))
    assert fits(drawn, [1000] * 8)


def test_each_pair_of_machines_is_as_likely_and_the_less_loaded_of_it_wins() -> None:
    many, count = 5, 10_000
    drawn = Counter(choices(DISPATCH_POLICIES["power_of_two"](), loaded(*range(many)), count))
    # Machine i is the less loaded of a pair with any of those behind it.
    wins = Counter(min(pair) for pair in combinations(range(many), 2))
    expected = [count * wins[machine] / wins.total() for machine in range(many - 1)]
    assert drawn[many - 1] == 0
    assert fits(drawn, expected)


def test_between_equals_the_first_drawn_wins_so_that_none_is_preferred() -> None:
    drawn = Counter(choices(DISPATCH_POLICIES["power_of_two"](), loaded(3, 3, 3, 3), 8000))
    assert fits(drawn, [2000] * 4)


@pytest.mark.parametrize("choices_made", [4, 9])
def test_as_many_choices_as_machines_are_the_least_loaded(choices_made: int) -> None:
    policy = PowerOfChoices(choices=choices_made)
    assert set(choices(policy, loaded(2, 1, 0, 3), 50)) == {2}


def test_one_choice_is_random() -> None:
    policy = PowerOfChoices(choices=1)
    drawn = Counter(choices(policy, loaded(0, 100), 4000))
    assert fits(drawn, [2000] * 2)


def test_two_choices_keep_the_fullest_machine_far_below_one_choice() -> None:
    # Balls into bins: log log n against log n / log log n (Mitzenmacher 2001).
    many = 1000

    def fullest(name: str) -> int:
        loads, policy, now = MachineLoads([1] * many), DISPATCH_POLICIES[name](), moment()
        for _ in range(many):
            loads.change(policy.choose(TASK, loads, now), 1)
        return max(loads.tasks)

    assert fullest("least_loaded") == 1
    assert fullest("power_of_two") <= 4
    assert fullest("random") >= 5


def test_the_same_stream_gives_the_same_choices() -> None:
    policy, loads = DISPATCH_POLICIES["random"](), MachineLoads([1] * 50)
    assert choices(policy, loads, 20) == choices(policy, loads, 20)
    assert [policy.choose(TASK, loads, moment(6)) for _ in range(3)] != choices(policy, loads, 3)


def test_policies_refuse_what_makes_no_sense() -> None:
    with pytest.raises(ValidationError):
        PowerOfChoices(choices=0)
    with pytest.raises(ValidationError):
        RoundRobinDispatch.model_validate({"choice": 2})
    with pytest.raises(UnknownName, match="did you mean 'round_robin'"):
        DISPATCH_POLICIES["roundrobin"]


def test_the_shortest_queue_is_by_tasks_beyond_the_cores() -> None:
    loads = MachineLoads([8, 1])
    loads.change(0, 12)
    loads.change(1, 2)
    names = ("least_loaded", "join_shortest_queue")
    # 12 / 8 is less than 2 / 1, but four wait in the one queue and one in the other.
    assert [choices(DISPATCH_POLICIES[name](), loads, 1) for name in names] == [[0], [1]]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 2)), max_size=60))
def test_on_equal_machines_the_shortest_queue_is_the_least_load(
    changes: list[tuple[int, int]],
) -> None:
    loads = MachineLoads([2] * 5)
    for machine, by in changes:
        loads.change(machine, max(by, -loads.tasks[machine]))
        assert loads.shortest() == loads.least() == loads.tasks.index(min(loads.tasks))
        assert loads.longest() == loads.tasks.index(max(loads.tasks))


def placed(*holders: str) -> Process:
    return PlacedProcess(0, 0, 1, vector=0, holders=holders)


def test_a_task_goes_to_its_data_unless_there_is_too_much_to_do() -> None:
    loads = MachineLoads([1] * 3, ["a", "b", "c"])
    policy, now = LocalityDispatch(patience=2), moment()
    sent = []
    for _ in range(6):
        sent.append(policy.choose(placed("b"), loads, now))
        loads.change(sent[-1], 1)
    assert sent == [1, 1, 1, 0, 2, 1]
    assert policy.choose(placed(), loads, now) == loads.least()
    assert policy.choose(placed("elsewhere"), loads, now) == loads.least()
    loads.take_down(1, down=True)
    assert policy.choose(placed("b", "c"), loads, now) == 2
