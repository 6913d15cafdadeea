"""The room on a host: balloons, reservations, what others hold, disks, and who waits for whom."""

from __future__ import annotations

from fractions import Fraction
from unittest.mock import Mock, call

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.rejection import Cause
from aio_sim.resources.demand import Demand
from aio_sim.virtualization.machine import VirtualMachine, VmState
from aio_sim.virtualization.machine.moving import MachineRooms
from tests.virtualization.machine.world import GIB, MIB, World, claim


def test_all_have_what_they_are_told_while_there_is_enough() -> None:
    world = World(memory=4 * GIB, overhead=64 * MIB)
    machines = [world.up(f"vm{number}") for number in range(3)]
    world.until(1)
    assert world.allotted(*machines) == [GIB] * 3
    assert world.manager.free(0).memory == GIB - 3 * 64 * MIB


def test_balloons_grow_for_one_that_comes_and_shrink_when_it_goes() -> None:
    world = World(memory=3 * GIB)
    first, second = world.up("a", memory=2 * GIB), world.up("b", memory=2 * GIB)
    world.until(1)
    assert world.allotted(first, second) == [3 * GIB // 2] * 2
    third = world.up("c", memory=2 * GIB, shares=4000)
    world.until(2)
    # By shares, 1 : 1 : 4, but no more than the two GiB that the third is told it has.
    assert world.allotted(first, second, third) == [GIB // 2, GIB // 2, 2 * GIB]
    world.monitors[0].destroy(third)
    world.until(3)
    assert world.allotted(first, second) == [3 * GIB // 2] * 2


def test_what_is_reserved_is_kept_whatever_the_shares() -> None:
    world = World(memory=3 * GIB)
    kept = world.up("kept", memory=2 * GIB, shares=1, reserved_memory=GIB + 5)
    greedy = world.up("greedy", memory=3 * GIB, shares=10**6)
    world.until(1)
    assert world.allotted(kept, greedy) == [GIB + 5, 2 * GIB - 5]


def test_a_limit_or_a_balloon_leaves_more_to_the_others() -> None:
    world = World(memory=3 * GIB)
    limited = world.up("limited", memory=2 * GIB, memory_limit=GIB // 2)
    free = world.up("free", memory=3 * GIB)
    world.until(1)
    assert world.allotted(limited, free) == [GIB // 2, 5 * GIB // 2]
    world.monitors[0].balloon(free, GIB)
    world.until(2)
    assert world.allotted(limited, free) == [GIB // 2, GIB]
    third = world.up("third", memory=2 * GIB)
    world.until(3)
    assert world.allotted(limited, free, third) == [GIB // 2, GIB, 3 * GIB // 2]


def test_a_machine_waits_for_memory_that_tasks_hold_and_then_has_all_of_it() -> None:
    world = World(memory=4 * GIB)
    held = world.manager.take(Demand(memory=3 * GIB + MIB, host=0))
    assert held is not None
    machine = world.up(memory=GIB)
    later = world.up("later", memory=MIB)
    world.until(5)
    assert machine.state is later.state is VmState.CREATING
    held.release()
    world.until(6)
    assert machine.running
    assert later.running
    assert world.allotted(machine, later) == [GIB, MIB]


def test_machines_that_come_at_once_share_as_those_that_come_one_by_one() -> None:
    """Each makes room in its turn, so that memory is lent to no two of them."""
    world = World(memory=3 * GIB)
    machines = [world.up(f"vm{number}", memory=2 * GIB) for number in range(4)]
    world.until(1)
    assert world.allotted(*machines) == [3 * GIB // 4] * 4
    assert world.manager.free(0).memory == 0


def test_an_image_takes_space_until_its_machine_is_gone() -> None:
    world = World(disk=10 * GIB)
    first = world.up("a", image=6 * GIB)
    world.until(1)
    second = world.up("b", image=6 * GIB)
    world.until(2)
    assert (first.running, second.state) == (True, VmState.DESTROYED)
    assert world.manager.free(0).disk == 4 * GIB
    world.monitors[0].destroy(first)
    world.until(3)
    third = world.up("c", image=6 * GIB)
    world.until(4)
    assert third.running
    assert world.manager.free(0).disk == 4 * GIB


def test_an_image_larger_than_the_disk_is_refused() -> None:
    world = World(disk=10 * GIB)
    machine = world.machine()
    reason = world.env.run(until=world.monitors[0].create(machine, claim(image=11 * GIB)))
    assert "disk" in str(reason)
    assert machine.state is VmState.DESTROYED
    assert world.monitors[0].refused == 1
    assert world.rooms[0].ledger.refusals == {Cause.DISK: 1}
    assert not world.rooms[0].lodgers
    assert world.rooms[0].ledger.machines == 0


def weights(machines: list[VirtualMachine]) -> list[float]:
    """Return how much each machine's cores count together, as parts of all."""
    sums = [machine._virtual_cores._weight * machine.cores for machine in machines]
    return [float(each / sum(sums)) for each in sums]


def busy(world: World, machines: list[VirtualMachine], seconds: float) -> list[float]:
    """Keep all cores of machines at work, and return how many cores each had."""
    for number, machine in enumerate(machines):
        for core in range(machine.cores):
            machine.accept(world.task(number * 10 + core, 10_000))
    before = [machine.cpu.busy for machine in machines]
    world.env.run(until=world.env.now + round(seconds * SECOND))
    for machine in machines:
        machine.cpu.charge()
    pairs = zip(machines, before, strict=True)
    return [(machine.cpu.busy - was) / (seconds * SECOND) for machine, was in pairs]


def test_cores_are_divided_by_shares_and_reservations_among_those_that_are_on() -> None:
    world = World()
    plain = world.up("plain", cores=2)
    double = world.up("double", cores=2, shares=2000)
    sure = world.up("sure", cores=1, shares=1, reserved_cores=Fraction(4, 5))
    world.until(1)
    had = busy(world, [plain, double, sure], 200)
    # Of two cores, 4/5 are reserved, and 6/5 divided by 1 : 2.
    assert had == pytest.approx([0.4, 0.8, 0.8], abs=0.01)
    world.env.run(until=world.monitors[0].destroy(double))
    assert busy(world, [plain, sure], 200) == pytest.approx([1.2, 0.8], abs=0.01)


class Moves:
    """Two hosts with machines, and the rooms that migrations see."""

    def __init__(self, memory: int = 4 * GIB) -> None:
        self.world = World(2, memory=memory)
        self.machines: dict[str, VirtualMachine] = {}
        named = {
            host.name: room for host, room in zip(self.world.hosts, self.world.rooms, strict=True)
        }
        self.rooms = MachineRooms(named, self.machines)

    def up(self, name: str, host: int = 0, **claims: object) -> VirtualMachine:
        machine = self.machines[name] = self.world.up(name, host, **claims)
        self.world.env.run(until=self.world.env.now + SECOND)
        return machine

    def move(self, machine: VirtualMachine) -> None:
        source, destination = self.world.hosts
        assert self.rooms.promise(machine, destination) == ""
        machine.relocate(destination)
        self.rooms.moved(machine, source)
        self.rooms.give_back(machine, source)
        self.world.env.run(until=self.world.env.now + SECOND)


def test_a_machine_on_its_way_has_room_on_both_hosts_and_then_on_one() -> None:
    moves = Moves()
    machine, world = moves.up("vm", image=GIB), moves.world
    assert moves.rooms.promise(machine, world.hosts[1], image=True) == ""
    for number in range(2):
        assert world.manager.free(number).memory == 3 * GIB
        assert world.manager.free(number).disk == 10**12 - GIB
    moves.rooms.give_back(machine, world.hosts[1])
    assert world.manager.free(1) == world.manager.capacities[1]
    moves.move(machine)
    assert world.manager.free(0).memory == 4 * GIB
    assert world.rooms[0].ledger.machines == 0
    assert world.rooms[1].ledger.machines == 1


def test_a_machine_that_moves_takes_what_is_free_there_before_those_that_wait() -> None:
    moves = Moves()
    machine, world = moves.up("vm", memory=2 * GIB), moves.world
    held = world.manager.take(Demand(memory=3 * GIB, host=1))
    waiting = world.manager.request(Demand(memory=3 * GIB, host=1))
    moves.move(machine)
    assert world.allotted(machine, host=1) == [GIB]
    assert not waiting.granted
    assert held is not None
    world.manager.check()


def test_there_is_no_room_for_less_than_what_is_reserved() -> None:
    moves = Moves()
    machine, world = moves.up("vm", memory=2 * GIB, reserved_memory=GIB + 1), moves.world
    assert world.manager.take(Demand(memory=3 * GIB, host=1)) is not None
    assert "no room" in moves.rooms.promise(machine, world.hosts[1])
    assert world.rooms[1].ledger.machines == 0
    assert world.manager.free(1).memory == GIB


def test_two_that_move_to_one_host_at_once_are_not_lent_the_same_memory() -> None:
    moves = Moves(memory=3 * GIB)
    first, second = moves.up("a", memory=2 * GIB), moves.up("b", memory=GIB)
    third, world = moves.up("c", host=1, memory=GIB // 2), moves.world
    for machine in (first, second):
        assert moves.rooms.promise(machine, world.hosts[1]) == ""
    assert world.allotted(first, second, third, host=1) == [2 * GIB, GIB // 2, GIB // 2]
    assert world.manager.free(1).memory == 0


def test_balloons_touch_the_guest_only_where_it_is() -> None:
    moves = Moves(memory=3 * GIB)
    machine, world = moves.up("vm", memory=2 * GIB), moves.world
    resize = Mock(side_effect=machine.resize)
    machine.resize = resize  # type: ignore[method-assign]
    moves.rooms.promise(machine, world.hosts[1])
    other = world.up("other", 1, memory=3 * GIB)
    world.env.run(until=world.env.now + SECOND)
    assert not resize.called
    assert world.allotted(machine, other, host=1) == [3 * GIB // 2] * 2
    machine.relocate(world.hosts[1])
    moves.rooms.moved(machine, world.hosts[0])
    assert resize.call_args_list == [call(3 * GIB // 2)]


def test_weights_are_of_the_host_that_a_machine_is_on() -> None:
    moves = Moves()
    here = [moves.up("a", shares=3000), moves.up("b"), moves.up("c")]
    moves.up("d", 1)
    moves.up("e", 1)
    moves.world.until(10)
    assert weights(here) == pytest.approx([0.5, 0.25, 0.25])  # a core is the most that one can use
    moves.move(here[0])
    there = [moves.machines[name] for name in "ade"]
    assert weights(there) == pytest.approx([0.5, 0.25, 0.25])
    assert weights(here[1:]) == [0.5, 0.5]


@given(
    memory=st.integers(2, 12),
    comings=st.lists(
        st.tuples(
            st.integers(1, 6),  # size
            st.sampled_from([0, 0, 1]),  # reserved
            st.sampled_from([500, 1000, 4000]),
            st.integers(0, 8),  # comes
            st.integers(1, 9),  # stays
            st.sampled_from([None, 1, 2]),  # limit
        ),
        min_size=1,
        max_size=6,
    ),
    tasks=st.lists(st.tuples(st.integers(1, 4), st.integers(0, 8), st.integers(1, 4)), max_size=3),
)
def test_however_machines_come_and_go_the_books_of_the_host_hold(
    memory: int,
    comings: list[tuple[int, int, int, int, int, int | None]],
    tasks: list[tuple[int, int, int]],
) -> None:
    world = World(memory=memory * MIB)
    env, room = world.env, world.rooms[0]

    def live(number: int) -> object:
        size, reserved, shares, comes, stays, limit = comings[number]
        yield env.timeout(comes * SECOND)
        machine = world.machine(f"vm{number}")
        told = claim(
            memory=size * MIB,
            reserved_memory=reserved * MIB,
            shares=shares,
            memory_limit=None if limit is None else limit * MIB,
        )
        if not (yield world.monitors[0].adopt(machine, told)):
            yield env.timeout(stays * SECOND)
            yield world.monitors[0].destroy(machine)

    def hold(amount: int, comes: int, stays: int) -> object:
        yield env.timeout(comes * SECOND)
        with world.manager.request(Demand(memory=amount * MIB, host=0)) as asked:
            if asked.rejected is None:
                yield asked
                yield env.timeout(stays * SECOND)

    lives = [env.process(live(number)) for number in range(len(comings))]  # type: ignore[arg-type]
    lives += [env.process(hold(*task)) for task in tasks]  # type: ignore[arg-type]
    while env.advance(1):
        world.manager.check()
        for lodger in room.lodgers.values():
            if lodger.memory is not None:
                most = min(lodger.claim.memory, lodger.claim.memory_limit or lodger.claim.memory)
                assert lodger.claim.reserved_memory <= lodger.allotted <= most
    assert all(life.triggered for life in lives)
    world.manager.check_returned()
    assert room.ledger.promised_memory == room.ledger.machines == 0
