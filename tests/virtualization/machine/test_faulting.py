"""Tasks that fault: what they do one after the other, own I/O between, and what it costs them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from simpy.events import Event

from aio_sim.kernel.environment import Environment
from aio_sim.kernel.trace import Trace
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.policies import FirstComeFirstServed
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
