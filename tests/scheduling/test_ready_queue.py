"""Ready queues against lists that are sorted, or asked, anew each time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import AuditError, PolicyError
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scheduling.policies.first_come import FirstComeFirstServed
from aio_sim.scheduling.policies.lottery import Lottery
from aio_sim.scheduling.policies.priority import Priority
from aio_sim.scheduling.policies.round_robin import RoundRobin
from aio_sim.scheduling.policies.shortest import ShortestJobFirst
from aio_sim.scheduling.policy import Moment, SchedulingPolicy
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.ready_queue import (
    KeyQueue,
    PickQueue,
    ReadyQueue,
    TurnQueue,
    only_takes_turns,
    ready_queue,
)


class LastCome(SchedulingPolicy):
    """Picks the latest."""

    def pick(self, ready: Sequence[Process], moment: Moment) -> Process:
        return ready[-1]


class Failing(SchedulingPolicy):
    """Raises whatever it is asked."""

    def key(self, process: Process, moment: Moment) -> Any:
        raise RuntimeError("no idea")

    def value(self, process: Process, moment: Moment) -> float | None:
        raise RuntimeError("no idea")


class PicksButCannotSay(LastCome):
    """Picks, but raises when asked for the value."""

    def value(self, process: Process, moment: Moment) -> float | None:
        raise RuntimeError("no idea")


class Stranger(SchedulingPolicy):
    """Picks a process that is not ready."""

    def pick(self, ready: Sequence[Process], moment: Moment) -> Process:
        return Process(99, 0, 1)


class Mixed(SchedulingPolicy):
    """Has keys of two kinds."""

    def key(self, process: Process, moment: Moment) -> Any:
        return "long" if process.work > 3 else process.work


def moment() -> Moment:
    return Moment(lambda: RandomStreams(1).stream("test"))


@st.composite
def drawn_processes(draw: st.DrawFn) -> list[Process]:
    made = []
    for number in range(draw(st.integers(1, 8))):
        process = Process(
            number, draw(st.integers(0, 3)), draw(st.integers(1, 4)), draw(st.integers(0, 2))
        )
        process.joined = number
        made.append(process)
    return made


def model_order(policy: SchedulingPolicy, inside: list[Process]) -> list[Process]:
    """Return who comes when, from the least key, arrival and number, or in the order of turns."""
    if isinstance(policy, FirstComeFirstServed):
        return inside
    now = moment()
    return sorted(inside, key=lambda p: (policy.key(p, now), p.arrival, p.number))


@pytest.mark.parametrize("policy", [FirstComeFirstServed(), ShortestJobFirst(), Priority()])
@given(processes=drawn_processes(), data=st.data())
def test_a_queue_is_a_list_in_the_order_of_its_policy(
    policy: SchedulingPolicy, processes: list[Process], data: st.DataObject
) -> None:
    queue = ready_queue(policy, moment())
    outside, inside = list(processes), list[Process]()
    for _ in range(data.draw(st.integers(1, 30))):
        step = data.draw(st.sampled_from(["push", "put_back", "pop", "remove", "rekey"]))
        if step in ("push", "put_back") and outside:
            process = outside.pop(data.draw(st.integers(0, len(outside) - 1)))
            getattr(queue, step)(process)
            inside.insert(len(inside) if step == "push" else 0, process)
        elif step == "rekey":
            for process in inside:
                process.remaining = process.priority = data.draw(st.integers(1, 9))
            queue.rekey()
        elif inside and step == "pop":
            chosen = queue.peek()
            assert queue.pop() is chosen is model_order(policy, inside)[0]
            inside.remove(chosen)
            outside.append(chosen)
            runner_up = queue.runner_up(chosen)
            assert runner_up is (model_order(policy, inside)[0] if inside else None)
        elif inside and step == "remove":
            gone = inside.pop(data.draw(st.integers(0, len(inside) - 1)))
            queue.remove(gone)
            outside.append(gone)
        assert list(queue) == model_order(policy, inside)
        assert len(queue) == len(inside)


@given(processes=drawn_processes())
def test_a_picking_policy_sees_those_who_wait_in_the_order_of_joining(
    processes: list[Process],
) -> None:
    queue = ready_queue(LastCome(), moment())
    for process in processes:
        queue.push(process)
    popped = [queue.pop() for _ in processes]
    assert popped == processes[::-1]
    assert not len(queue)


def test_a_draw_is_made_once_for_a_look_and_the_taking_after_it() -> None:
    one, other = ready_queue(Lottery(), moment()), ready_queue(Lottery(), moment())
    for queue in (one, other):
        for number in range(20):
            queue.push(Process(number, 0, 1))
    looked = []
    for _ in range(20):
        assert one.peek() is one.peek()
        looked.append(one.pop().number)
    assert looked == [other.pop().number for _ in range(20)]
    assert looked != sorted(looked)


def test_each_policy_has_the_queue_that_fits_it() -> None:
    assert isinstance(ready_queue(FirstComeFirstServed(), moment()), TurnQueue)
    assert isinstance(ready_queue(RoundRobin(quantum=1), moment()), TurnQueue)
    assert isinstance(ready_queue(ShortestJobFirst(), moment()), KeyQueue)
    assert isinstance(ready_queue(Lottery(), moment()), PickQueue)
    assert only_takes_turns(FirstComeFirstServed())
    assert not any(
        only_takes_turns(policy)
        for policy in (RoundRobin(quantum=1), ShortestJobFirst(), Lottery(), LastCome())
    )


def filled(policy: SchedulingPolicy) -> ReadyQueue:
    queue = ready_queue(policy, moment())
    for number in range(3):
        queue.push(Process(number, 0, 2 * number + 1))
    return queue


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        (Failing(), r"Failing: key raised RuntimeError: no idea"),
        (Mixed(), r"Mixed: key .* cannot be compared"),
    ],
)
def test_a_wrong_key_is_the_fault_of_the_policy(policy: SchedulingPolicy, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        filled(policy)


def test_a_process_that_is_not_ready_cannot_be_picked() -> None:
    with pytest.raises(PolicyError, match=r"Stranger: pick answered .*which is not ready"):
        filled(Stranger()).pop()


def test_a_value_that_raises_is_the_fault_of_the_policy() -> None:
    queue = filled(PicksButCannotSay())
    with pytest.raises(PolicyError, match="value raised RuntimeError"):
        queue.runner_up(queue.pop())


def test_an_error_of_ours_is_not_laid_at_the_door_of_the_policy() -> None:
    class Auditing(SchedulingPolicy):
        def key(self, process: Process, moment: Moment) -> Any:
            raise AuditError("ours")

    with pytest.raises(AuditError, match="ours"):
        filled(Auditing())


def test_the_runner_up_of_a_draw_is_nearest_to_it_in_value() -> None:
    queue = ready_queue(Lottery(), moment())
    holders = [Process(number, 0, 1, weight=weight) for number, weight in enumerate([1, 5, 6, 9])]
    for process in holders:
        queue.push(process)
    queue.remove(holders[1])
    assert queue.runner_up(holders[1]) is holders[2]
