"""A virtual machine: what becomes of its tasks in each of its states, and how long they last."""

from __future__ import annotations

from fractions import Fraction

import pytest

from aio_sim.kernel.environment import SECOND
from aio_sim.scheduling.completion import ProcessLost
from aio_sim.scheduling.process import Process
from aio_sim.virtualization.machine import VmState
from tests.virtualization.machine.world import World, claim

SPEED = Fraction(98, 100)  # the part of a core that ESXi leaves its guests


def times(work: float, speed: Fraction = SPEED) -> int:
    """Return the nanoseconds that so many seconds of work take, rounded up."""
    return -(-round(work * SECOND) * speed.denominator // speed.numerator)


def test_tasks_that_come_early_wait_and_then_run_in_the_order_of_coming() -> None:
    world = World()
    machine = world.machine()
    tasks = [world.task(number) for number in range(3)]
    for task in tasks:
        machine.accept(task)
    assert machine.held == tasks == list(machine.processes())
    world.until(5)
    assert world.ends.at == {}
    world.monitors[0].adopt(machine, claim())
    world.env.run()
    each = times(1)
    assert world.ends.at == {number: 5 * SECOND + (number + 1) * each for number in range(3)}
    assert not machine.held


@pytest.mark.parametrize("verb", ["shut_down", "destroy"])
def test_tasks_inside_are_lost_with_their_machine_and_so_are_later_ones(verb: str) -> None:
    world = World()
    machine = world.up()
    for number in range(2):
        machine.accept(world.task(number, 10))
    machine.accept(world.task(2, bursts=[SECOND, 100 * SECOND, SECOND]))
    world.until(3)
    getattr(world.monitors[0], verb)(machine)
    world.until(4)
    machine.accept(world.task(3))
    world.env.run()
    assert world.ends.at == {}
    assert sorted(world.ends.reasons) == [0, 1, 2, 3]
    assert all("vm is" in reason for reason in world.ends.reasons.values())
    assert machine.cpu.present == 0 == world.cpus[0].present


@pytest.mark.parametrize("verb", ["shut_down", "destroy"])
def test_it_takes_no_more_tasks_before_those_inside_are_lost(verb: str) -> None:
    world = World()
    told: list[str] = []

    class Waiting:
        def lost(self, process: Process, reason: str) -> None:
            told.append("lost")

        def finished(self, process: Process) -> None:
            told.append("finished")

    machine = world.up(on_down=lambda down: told.append("down" if down else "up"))
    world.until(1)
    process = Process(0, world.env.now, 10 * SECOND)
    process.owner = Waiting()
    machine.accept(process)
    world.until(3)
    getattr(world.monitors[0], verb)(machine)
    world.env.run()
    assert told[told.index("lost") - 1] == "down"


def test_who_waits_for_a_lost_task_hears_why() -> None:
    world = World()
    machine = world.up()
    event = machine.run(Process(0, 0, 10 * SECOND))
    world.until(1)
    world.monitors[0].destroy(machine)
    with pytest.raises(ProcessLost, match="vm is destroyed"):
        world.env.run(until=event)


def test_a_refused_machine_says_why_to_its_tasks() -> None:
    world = World()
    machine = world.machine(cores=3)
    machine.accept(world.task(0))
    reason = world.env.run(until=world.monitors[0].create(machine, claim(cores=3)))
    assert reason == "has 3 virtual cores, the host 2"
    assert world.ends.reasons == {0: f"vm was refused: {reason}"}
    machine.accept(world.task(1))
    assert world.ends.reasons[1] == world.ends.reasons[0]
    assert machine.state is VmState.DESTROYED


def test_pausing_stops_the_work_and_loses_none() -> None:
    world = World()
    machine = world.up()
    machine.accept(world.task(0, 3))
    world.until(1)
    machine.pause()
    world.until(51)
    assert world.cpus[0].present == 0
    machine.accept(world.task(1, 1))
    machine.resume()
    world.env.run()
    assert world.ends.at == {0: times(3) + 50 * SECOND, 1: times(3) + times(1) + 50 * SECOND}
    machine.close()
    assert machine.times[VmState.PAUSED] == 50 * SECOND
    assert machine.times[VmState.RUNNING] == world.env.now - 50 * SECOND
    assert machine.ran == machine.times[VmState.RUNNING]


def test_pausing_and_resuming_in_other_states_does_nothing() -> None:
    world = World()
    machine = world.machine()
    for verb in (machine.pause, machine.resume):
        verb()
        assert machine.state is VmState.CREATING


def test_the_times_of_all_states_make_up_the_life() -> None:
    world = World()
    machine, monitor = world.machine(), world.monitors[0]
    world.env.run(until=monitor.create(machine, claim()))
    for verb in (
        *(monitor.boot, monitor.pause, monitor.snapshot, monitor.resume),
        *(monitor.shut_down, monitor.boot, monitor.destroy),
    ):
        world.env.run(until=world.env.now + SECOND)
        world.env.run(until=verb(machine))
    world.env.run(until=world.env.now + SECOND)
    machine.close()
    assert sum(machine.times.values()) == world.env.now
    spans = world.spans("vm")
    assert [end for _state, _start, end in spans][:-1] == [start for _, start, _ in spans][1:]
    assert [state for state, _start, _end in spans] == [
        *("creating", "booting", "running", "paused", "saving", "paused", "running"),
        *("shutting down", "off", "booting", "running", "destroyed"),
    ]


def test_a_slower_guest_takes_longer_and_the_rest_of_a_burst_follows() -> None:
    world = World()
    machine = world.up()
    machine.accept(world.task(0, 4))
    world.until(1)
    machine.slow_down(Fraction(1, 2))
    world.until(3)
    machine.slow_down(Fraction(1))
    world.env.run()
    assert world.ends.at[0] == pytest.approx(times(4) + SECOND, abs=2)


def test_a_guest_follows_the_speed_of_its_host() -> None:
    world = World()
    machine = world.up()
    machine.accept(world.task(0, 4))
    world.until(1)
    world.cpus[0].set_speed(2)
    assert machine.cpu.speed == 2 * SPEED
    world.env.run()
    assert world.ends.at[0] == pytest.approx(SECOND + (times(4) - SECOND) / 2, abs=2)


def test_a_machine_that_moved_follows_its_new_host_alone() -> None:
    world = World(2)
    machine = world.up()
    machine.accept(world.task(0, 4))
    world.until(1)
    machine.relocate(world.hosts[1])
    world.cpus[1].set_speed(3)
    world.cpus[0].set_speed(7)
    assert machine.cpu.speed == 3 * SPEED
    world.env.run()
    assert [cpu.busy for cpu in world.cpus] == [SECOND, world.ends.at[0] - SECOND]


def test_time_that_the_host_gave_to_others_is_stolen() -> None:
    world = World()
    machines = [world.up(f"vm{number}") for number in range(4)]  # on two cores
    for number, machine in enumerate(machines):
        machine.accept(world.task(number, 5))
    world.env.run()
    assert max(world.ends.at.values()) == 2 * times(5)
    for number, machine in enumerate(machines):
        assert machine.stolen == world.ends.at[number] - times(5)
        assert machine.cpu.busy == times(5)
