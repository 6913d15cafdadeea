"""What the verbs of a monitor cost: the stages of the profile, added up by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from aio_sim.kernel.environment import SECOND
from aio_sim.virtualization.machine import VirtualMachine, VmState
from aio_sim.virtualization.profile import ESXI, VIRTUALBOX, Profile
from tests.virtualization.machine.world import GIB, RATE, World, claim

IMAGE = 2 * 10**9


def disk_time(profile: Profile, size: int) -> int:
    """Return how long the disk takes for so many bytes, which the profile makes slower."""
    return -(-int(size / profile.disk_efficiency) * SECOND // RATE)


def cpu_time(profile: Profile, work: int) -> int:
    """Return how long a core takes for that work of the guest."""
    return -(-work * profile.speed.denominator // profile.speed.numerator)


def take(world: World, verb: str, machine: VirtualMachine, *arguments: object) -> int:
    """Return how long a verb took."""
    begun = world.env.now
    world.env.run(until=getattr(world.monitors[0], verb)(machine, *arguments))
    return world.env.now - begun


@pytest.mark.parametrize("profile", [ESXI, VIRTUALBOX], ids=lambda profile: profile.name)
def test_each_verb_costs_the_stages_of_the_profile(profile: Profile) -> None:
    world = World(profile=profile)
    machine = world.machine()
    assert take(world, "create", machine, claim(memory=2 * GIB, image=IMAGE)) == profile.creation
    boot = take(world, "boot", machine)
    assert boot == sum(
        (
            profile.device_setup,
            2 * profile.memory_setup,
            disk_time(profile, profile.boot_read),
            cpu_time(profile, profile.boot_work),
        )
    )
    assert world.monitors[0].boots == [boot]
    assert machine.running
    assert take(world, "pause", machine) == profile.pause
    assert machine.state is VmState.PAUSED
    assert take(world, "snapshot", machine) == profile.snapshot + disk_time(profile, 2 * GIB)
    assert machine.state is VmState.PAUSED
    assert take(world, "resume", machine) == profile.resume
    assert machine.running
    shut_down = take(world, "shut_down", machine)
    assert shut_down == cpu_time(profile, profile.shut_down_work) + profile.device_setup
    assert world.manager.free(0).memory == world.hosts[0].memory
    assert take(world, "snapshot", machine) == profile.snapshot
    assert str(machine.state) == "off"
    assert take(world, "boot", machine) == boot
    assert take(world, "destroy", machine) == profile.destruction
    world.manager.check_returned()


def test_a_boot_reads_no_more_of_an_image_than_there_is() -> None:
    world = World()
    machine = world.machine()
    take(world, "create", machine, claim(image=10**8))
    take(world, "boot", machine)
    stages = {name: end - start for name, start, end in world.spans("vm stages")}
    assert stages == pytest.approx(
        {
            "creation": ESXI.creation / SECOND,
            "device set-up": ESXI.device_setup / SECOND,
            "memory set-up": ESXI.memory_setup / SECOND,
            "image read": disk_time(ESXI, 10**8) / SECOND,
            "system start": cpu_time(ESXI, ESXI.boot_work) / SECOND,
        }
    )


def test_machines_that_boot_together_wait_for_each_others_disk_and_cores() -> None:
    world = World()
    machines = [world.machine(f"vm{number}") for number in range(4)]
    for machine in machines:
        world.monitors[0].create(machine, claim(image=IMAGE))
    world.env.run(until=ESXI.creation)
    boots = [world.monitors[0].boot(machine) for machine in machines]
    for boot in boots:
        world.env.run(until=boot)
    setup = ESXI.device_setup + ESXI.memory_setup
    read, work = disk_time(ESXI, ESXI.boot_read), cpu_time(ESXI, ESXI.boot_work)
    # The disk serves one after the other, so the last cannot begin its system before four reads.
    assert max(world.monitors[0].boots) >= setup + 4 * read + work
    # Two cores have the work of four, and never idle after the second read.
    assert max(world.monitors[0].boots) <= setup + 4 * read + 2 * work
    assert world.cpus[0].busy == 4 * work


def test_a_snapshot_stands_still_and_the_tasks_go_on_after_it() -> None:
    world = World()
    machine = world.up()
    machine.accept(world.task(0, 2))
    world.until(1)
    cost = take(world, "snapshot", machine)
    world.env.run()
    assert world.ends.at == {0: cpu_time(ESXI, 2 * SECOND) + cost}


def test_nobody_gets_into_a_machine_that_is_off_while_its_disk_is_saved() -> None:
    world = World()
    machine = world.up()
    world.until(1)
    world.env.run(until=world.monitors[0].shut_down(machine))
    saved = world.monitors[0].snapshot(machine)
    world.env.run(until=world.env.now + ESXI.snapshot // 2)
    machine.accept(world.task(0))
    world.env.run(until=saved)
    assert world.ends.reasons == {0: "vm is off"}


def test_the_ledger_remembers_the_most_that_was_promised() -> None:
    world = World(memory=4 * GIB)
    first, second = world.up("a", cores=2, memory=3 * GIB), world.up("b", cores=2, memory=3 * GIB)
    world.until(1)
    for machine in (first, second):
        world.env.run(until=world.monitors[0].destroy(machine))
    world.up("c")
    ledger = world.rooms[0].ledger
    assert (ledger.machines, ledger.most_machines) == (1, 2)
    assert (ledger.most_core_ratio, ledger.most_memory_ratio) == (Fraction(2), Fraction(3, 2))
