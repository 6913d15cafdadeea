"""Tasks that fault: what they do one after the other, own I/O between, and what it costs them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simpy.events import Event

from aio_sim.kernel.environment import SECOND, Environment
from aio_sim.kernel.trace import Trace
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.policies import FirstComeFirstServed, ShortestJobFirst
from aio_sim.scheduling.policy import SCHEDULING_POLICIES
from aio_sim.scheduling.process import Process
from aio_sim.virtualization.machine.faulting import FaultingBursts, Tenant
from aio_sim.virtualization.memory.guest_memory import Stretch
from tests.virtualization.machine.world import Ends


class Pages:
    """Memory in which every `visit` nanoseconds of work begin with a fault; a fault costs `trap`.

    Work takes twice its time here.
    """

    def __init__(self, visit: int, trap: int) -> None:
        self.visit, self._trap = visit, trap
        self._there = 0  # own work up to which pages are there
        self._done = 0
        self.released = 0

    def advance(self, most: int) -> Stretch:
        able = min(most, self._there - self._done)
        self._done += able
        if able == most:
            return Stretch(able, 2 * able)
        self._there += self.visit
        return Stretch(able, 2 * able + self._trap, read=4096)

    def release(self) -> None:
        self.released += 1


class Run:
    """A task alone on a core, whose faults each take `read` nanoseconds of a disk."""

    def __init__(self, bursts: list[int], visit: int, trap: int, read: int) -> None:
        self.env = Environment()
        self.cpu = Cpu(self.env, Trace("tasks"), "host", 1, FirstComeFirstServed())
        self.ends = Ends(self.env)
        self.faults = 0
        self._read = read
        self.pages = Pages(visit, trap)
        self.task = Process(0, 0, sum(bursts[::2]), bursts=bursts)
        self.task.owner = self.ends
        self.task.owner = Tenant(self.task, self.pages)
        faulting = FaultingBursts(self.pages, self.task.remaining, self.task.bursts, self._fault)
        self.task.bursts = faulting
        self.task.remaining = faulting.stretch()

    def _fault(self, stretch: Stretch) -> Event:
        assert stretch.read
        self.faults += 1
        return self.env.timeout(self._read)


@given(
    bursts=st.lists(st.integers(1, 30), min_size=1, max_size=7).map(
        lambda bursts: bursts if len(bursts) % 2 else bursts[:-1] or [1]
    ),
    visit=st.integers(1, 12),
    trap=st.integers(1, 5),
    read=st.integers(0, 9),
)
def test_a_task_takes_its_work_its_faults_and_its_own_waits_and_no_more(
    bursts: list[int], visit: int, trap: int, read: int
) -> None:
    run = Run(bursts, visit, trap, read)
    run.cpu.accept(run.task)
    run.env.run()
    work, own = sum(bursts[::2]), sum(bursts[1::2])
    faults = -(-work // visit)
    assert run.faults == faults
    assert run.task.received == 2 * work + faults * trap
    assert run.task.blocked == own + faults * read
    assert run.ends.at == {0: run.task.received + run.task.blocked}
    assert run.pages.released == 1


class Resident:
    """Memory whose pages are all there; tasks look again every 256 visits of a millisecond."""

    visit = 1_000_000

    def advance(self, most: int) -> Stretch:
        return Stretch(most, most)

    def release(self) -> None:
        pass


def order(policy: str, *tasks: tuple[int, float], **options: Any) -> list[int]:
    """Return the order of end of tasks in a guest's memory; they come at that second, so long."""
    env = Environment()
    cpu = Cpu(env, Trace("tasks"), "guest", 1, SCHEDULING_POLICIES[policy](**options))
    ends = Ends(env)
    for number, (at, seconds) in enumerate(tasks):
        if at * SECOND > env.now:
            env.run(until=at * SECOND)
        task = Process(number, env.now, round(seconds * SECOND))
        task.owner = ends
        bursts = FaultingBursts(Resident(), task.remaining, None, lambda _fault: Event(env))
        task.bursts, task.remaining = bursts, bursts.stretch()
        cpu.accept(task)
    env.run()
    return sorted(ends.at, key=ends.at.__getitem__)


@pytest.mark.parametrize("policy", ["sjf", "srtf", "hrrn"])
def test_policies_look_at_the_burst_and_not_at_its_next_stretch(policy: str) -> None:
    assert order(policy, (0, 0.5), (0, 10), (0, 1)) == [0, 2, 1]


def test_the_longest_burst_is_not_the_longest_stretch() -> None:
    assert order("lpt", (0, 20), (0, 1), (0, 10)) == [0, 2, 1]


def test_a_shorter_burst_takes_the_core_of_a_longer_one_in_the_middle_of_it() -> None:
    assert order("srtf", (0, 10), (3, 1), (3, 9)) == [1, 0, 2]


def test_a_burst_that_faults_cut_teaches_its_whole_length() -> None:
    run = Run([40, 3, 40], visit=10, trap=1, read=5)
    policy = ShortestJobFirst.model_validate({"estimate": {"initial": 20, "alpha": 1}})
    run.cpu = Cpu(run.env, Trace("tasks"), "guest", 1, policy)
    run.cpu.accept(run.task)
    foretold = []
    for instant in range(1, 130):
        run.env.run(until=instant)
        foretold.append(run.task.data.tau)
    assert foretold[0] == 20 * SECOND
    assert set(foretold[1:]) == {20 * SECOND, 41}  # its work, and the first trap


def test_a_task_that_is_taken_away_gives_its_memory_back_once() -> None:
    run = Run([50], visit=10, trap=1, read=5)
    run.cpu.accept(run.task)
    run.env.run(until=30)
    run.cpu.remove(run.task)
    assert run.task.owner is not None
    run.task.owner.lost(run.task, "why")
    run.env.run()
    assert run.pages.released == 1
    assert (run.ends.at, run.ends.reasons) == ({}, {0: "why"})
