"""A migration on the event loop is its plan where nobody disturbs it, and never loses a machine."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.hardware.host import Host
from aio_sim.hardware.network import Link, Network, Switch, Topology
from aio_sim.kernel.environment import SECOND, Environment
from aio_sim.kernel.trace import Trace
from aio_sim.virtualization.image_copier import ImageCopier
from aio_sim.virtualization.image_copy import ImageCopy
from aio_sim.virtualization.migration import (
    Method,
    MigrationOptions,
    MigrationResult,
    Migrator,
    plan_migration,
)
from tests.virtualization.migration.world import MIB, Guest, Ledger, Space, Wire, make_host

GIGABIT = 10**9
COLD, PRE, POST = (MigrationOptions(method) for method in Method)


class World:
    """Two hosts, a wire between them, and a machine on the first."""

    def __init__(
        self, memory: int = 256 * MIB, dirty_rate: int = 0, bandwidth: int = GIGABIT, most: int = 10
    ) -> None:
        self.env = Environment()
        self.trace = Trace("full")
        self.wire = Wire(self.env, bandwidth)
        self.here, self.there = (make_host(self.env, name) for name in ("here", "there"))
        self.rooms, self.space = Ledger(most), Space()
        number = itertools.count().__next__
        copier = ImageCopier(self.env, self.trace, self.wire, self.space, number)
        self.migrator = Migrator(self.env, self.trace, self.wire, self.rooms, copier)
        self.guest = Guest(self.env, self.here, memory, dirty_rate)
        self.rooms.promise(self.guest, self.here)

    def migrate(self, options: MigrationOptions) -> MigrationResult:
        """Return what became of a migration of the machine, when it has ended."""
        done = self.migrator.migrate(self.guest, self.there, options)
        result = self.env.run(done)
        assert isinstance(result, MigrationResult)
        return result

    def spans(self) -> dict[str, tuple[int, int]]:
        text = self.trace.text
        return {text(row[0]): (row[3], row[4]) for row in self.trace.spans.rows()}


def is_whole(world: World, on: Host) -> None:
    """Check that the machine runs at full speed on that host, and has room there alone."""
    assert world.guest.running
    assert world.guest.speed == 1
    assert world.guest.host is on
    there = {name for name, machines in world.rooms.there.items() if machines}
    assert there == {on.name}


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(Method),
    st.integers(MIB, 1 << 30),
    st.integers(0, 3 * 10**8),
    st.integers(10**7, 10**10),
    st.one_of(st.none(), st.integers(4096, 1 << 28)),
)
def test_undisturbed_it_is_the_plan(
    method: Method, memory: int, dirty_rate: int, bandwidth: int, working_set: int | None
) -> None:
    world = World(memory, dirty_rate, bandwidth)
    options = MigrationOptions(method, working_set=working_set)
    result = world.migrate(options)
    plan = plan_migration(memory, dirty_rate, bandwidth, options)
    assert result.succeeded
    is_whole(world, world.there)
    assert result.downtime == pytest.approx(plan.downtime, abs=1000) == world.guest.downtime
    assert result.time == pytest.approx(plan.time, abs=100_000)
    assert result.bytes == pytest.approx(plan.bytes, abs=1000)
    if method is not Method.POST_COPY:
        assert len(result.rounds) == len(plan.rounds)
    assert result.bytes == sum(world.wire.sizes)


def test_rate_limit_is_kept() -> None:
    fast, slow = World(), World()
    free = fast.migrate(replace(COLD, switch_over=0))
    held = slow.migrate(replace(COLD, switch_over=0, rate_limit=GIGABIT // 4))
    assert held.time == pytest.approx(4 * free.time)


def test_a_machine_that_writes_more_is_down_longer_up_to_its_working_set() -> None:
    downtimes = [
        World(dirty_rate=rate).migrate(replace(PRE, working_set=64 * MIB)).downtime
        for rate in (10**6, 2 * 10**8, 10**9, 10**11)
    ]
    assert downtimes == sorted(downtimes)
    most = 8 * 65 * MIB * SECOND // GIGABIT + PRE.switch_over
    assert downtimes[-1] == pytest.approx(most, rel=1e-6)


def test_a_machine_that_is_paused_dirties_nothing_and_stays_paused() -> None:
    world = World(dirty_rate=10**8)
    world.guest.pause()
    result = world.migrate(PRE)
    assert len(result.rounds) == 2  # the memory, then the state alone
    assert result.rounds[1].bytes == PRE.state
    assert result.downtime == 0
    assert not world.guest.running
    assert world.guest.host is world.there


def test_tracking_takes_a_page_fault_for_each_page_that_is_dirtied() -> None:
    world = World(dirty_rate=10**8)
    options = replace(PRE, max_rounds=1, tracking=50_000)
    result = world.migrate(options)
    pages = (result.rounds[1].bytes - PRE.state) / 4096
    assert result.lost == pytest.approx(pages * 50_000, rel=0.08)
    assert result.lost > 0 == World(dirty_rate=10**8).migrate(replace(PRE, tracking=0)).lost


def fault_time(world: World, options: MigrationOptions, steps: int = 20_000) -> float:
    """Return the ns lost to faults: dr/dt = 1 / (1 + p f(r, t)) by steps of time."""
    guest, push = world.guest, 8 * world.guest.memory * SECOND / world.wire.bandwidth
    rate, working_set = guest.dirty_rate / SECOND, options.writable(guest.memory)
    worked, step = 0.0, push / steps
    for at in range(steps):
        missing = 1 - (at + 0.5) / steps
        faults = rate * math.exp(-rate * worked / working_set) * missing / 4096
        worked += step / (1 + options.fault * faults)
    return push - worked


@pytest.mark.parametrize("dirty_rate", [10**6, 2 * 10**7, 10**9])
def test_post_copy_slows_the_guest_by_the_faults_that_it_takes(dirty_rate: int) -> None:
    world = World(dirty_rate=dirty_rate)
    options = replace(POST, working_set=32 * MIB, pieces=256)
    result = world.migrate(options)
    assert result.lost == pytest.approx(fault_time(world, options), rel=0.05)
    plan = plan_migration(world.guest.memory, dirty_rate, GIGABIT, options)
    assert result.lost <= plan.faults * options.fault * 1.02


@pytest.mark.parametrize("cores", [1, 4])
@pytest.mark.parametrize("pieces", [8, 256])
def test_post_copy_of_cheap_faults_takes_as_many_as_the_formula_says(
    cores: int, pieces: int
) -> None:
    world = World(dirty_rate=2 * 10**7)
    world.guest.cores = cores
    options = replace(POST, fault=100, pieces=pieces)
    plan = plan_migration(world.guest.memory, 2 * 10**7, GIGABIT, options)
    assert world.migrate(options).lost / 100 == pytest.approx(plan.faults, rel=0.01)


def test_pre_copy_sends_what_is_dirtied_again_and_post_copy_does_not() -> None:
    sent = {
        method: World(dirty_rate=8 * 10**7).migrate(MigrationOptions(method)) for method in Method
    }
    assert sent[Method.COLD].bytes == sent[Method.POST_COPY].bytes < sent[Method.PRE_COPY].bytes
    assert sent[Method.PRE_COPY].downtime < sent[Method.COLD].downtime
    assert sent[Method.POST_COPY].downtime < sent[Method.PRE_COPY].downtime
    assert sent[Method.POST_COPY].lost > sent[Method.PRE_COPY].lost


# What goes wrong.


@pytest.mark.parametrize("options", [COLD, PRE, POST])
def test_without_room_nothing_moves(options: MigrationOptions) -> None:
    world = World(most=0)
    result = world.migrate(options)
    assert (result.succeeded, result.reason) == (False, "there is full")
    assert (result.bytes, result.time, world.wire.sizes) == (0, 0, [])
    assert world.migrator.totals()["vm.migration.refused"] == 1


def test_a_machine_moves_once_at_a_time_and_to_another_host() -> None:
    world = World()
    first = world.migrator.migrate(world.guest, world.there, PRE)
    assert "is being migrated already" in world.migrate(PRE).reason
    world.env.run(first)
    assert "is on there already" in world.migrate(PRE).reason


@pytest.mark.parametrize("options", [COLD, PRE])
@pytest.mark.parametrize("share", [0.1, 0.6, 0.99])
def test_a_cut_leaves_the_machine_where_it_was(options: MigrationOptions, share: float) -> None:
    options = replace(options, switch_over=0)
    whole = World(dirty_rate=5 * 10**7).migrate(options)
    world = World(dirty_rate=5 * 10**7)
    world.wire.cut_at(int(whole.time * share))
    result = world.migrate(options)
    assert result.reason == "the link is cut"
    is_whole(world, world.here)
    assert result.time == int(whole.time * share)
    carried = GIGABIT * result.time / (8 * SECOND)
    assert result.bytes == pytest.approx(carried, abs=len(result.rounds))
    assert result.bytes == sum(each.bytes for each in result.rounds)
    assert result.downtime == world.guest.downtime
    totals = world.migrator.totals()
    assert totals["vm.migration.wasted"] == result.bytes
    assert totals["vm.migration.failed"] == 1


def test_a_machine_that_was_being_stopped_and_copied_goes_on() -> None:
    world = World(memory=64 * MIB, dirty_rate=10**9)
    options = replace(PRE, max_rounds=1)
    plan = plan_migration(64 * MIB, 10**9, GIGABIT, options)
    world.wire.cut_at(plan.rounds[0].time + 10**6)
    result = world.migrate(options)
    assert result.downtime == pytest.approx(10**6, abs=10)
    is_whole(world, world.here)


def test_post_copy_before_the_switch_over_fails_as_the_others_do() -> None:
    world = World()
    world.wire.cut_at(1000)
    result = world.migrate(POST)
    assert not result.succeeded
    is_whole(world, world.here)


def test_post_copy_after_it_waits_for_the_link_and_sends_the_rest_alone() -> None:
    world = World(dirty_rate=10**7)
    world.wire.cut_at(SECOND)
    done = world.migrator.migrate(world.guest, world.there, POST)
    world.env.run(5 * SECOND)
    assert not done.triggered
    assert not world.guest.running
    assert world.guest.host is world.there
    assert world.migrator.recover("vm") == 1  # too early: the wire is still cut
    world.env.run(6 * SECOND)
    assert not world.guest.running
    world.wire.whole = True
    assert world.migrator.recover() == 1
    assert world.migrator.recover() == 0
    result = world.env.run(done)
    assert isinstance(result, MigrationResult)
    is_whole(world, world.there)
    assert result.bytes == world.guest.memory + POST.state
    assert result.downtime == world.guest.downtime
    undisturbed = World(dirty_rate=10**7).migrate(POST)
    assert result.downtime - undisturbed.downtime == 5 * SECOND


def test_a_migration_can_be_given_up_until_the_machine_has_switched_over() -> None:
    world = World()
    done = world.migrator.migrate(world.guest, world.there, PRE)
    world.env.run(10**6)
    assert world.migrator.cancel("vm")
    result = world.env.run(done)
    assert isinstance(result, MigrationResult)
    assert result.reason == "given up"
    is_whole(world, world.here)
    world.migrator.migrate(world.guest, world.there, POST)
    world.env.run(SECOND)
    assert world.guest.host is world.there
    assert not world.migrator.cancel("vm")
    assert not world.migrator.cancel("another")


@pytest.mark.parametrize("options", [COLD, PRE, POST])
@pytest.mark.parametrize("instant", [10**6, SECOND])
def test_a_machine_that_is_no_more_is_not_touched_again(
    options: MigrationOptions, instant: int
) -> None:
    world = World(dirty_rate=10**7)
    done = world.migrator.migrate(world.guest, world.there, options)
    world.env.run(instant)
    on, running, speed = world.guest.host, world.guest.running, world.guest.speed
    world.migrator.abandon("vm")
    result = world.env.run(done)
    assert isinstance(result, MigrationResult)
    assert (result.succeeded, result.time) == (False, instant)
    world.env.run()
    assert (world.guest.host, world.guest.running, world.guest.speed) == (on, running, speed)
    assert world.rooms.there == {
        "here": ["vm"] if on is world.here else [],
        "there": ["vm"] if on is world.there else [],
    }
    world.migrator.abandon("vm")  # nothing is under way any more


def test_an_image_under_way_can_be_given_up_too() -> None:
    for give_up in ("cancel", "abandon"):
        world = World(memory=MIB)
        image = ImageCopy("disk", 64 * MIB)
        done = world.migrator.migrate(world.guest, world.there, replace(COLD, image=image))
        world.env.run(SECOND // 4)
        getattr(world.migrator, give_up)("vm")
        result = world.env.run(done)
        assert isinstance(result, MigrationResult)
        assert not result.succeeded
        assert world.env.now == SECOND // 4
        assert world.guest.running is (give_up == "cancel")
        world.env.run()
        assert world.space.used == {"there": 0}


def test_a_cold_machine_takes_its_image_along() -> None:
    world = World()
    image = ImageCopy("disk", 64 * MIB)
    world.space.promise(world.here, image.payload)
    result = world.migrate(replace(COLD, image=image))
    assert result.bytes == world.guest.memory + COLD.state + 64 * MIB
    assert world.space.used == {"here": 0, "there": 64 * MIB}
    is_whole(world, world.there)


def test_a_cut_image_leaves_machine_and_image_where_they_were() -> None:
    world = World()
    image = ImageCopy("disk", 64 * MIB)
    world.space.promise(world.here, image.payload)
    world.wire.cut_at(8 * 300 * MIB * SECOND // GIGABIT)
    result = world.migrate(replace(COLD, image=image))
    assert not result.succeeded
    assert world.space.used == {"here": 64 * MIB, "there": 0}
    is_whole(world, world.here)


# What is left behind.


@pytest.mark.parametrize("options", [COLD, PRE, POST])
def test_the_stages_follow_one_another_in_the_trace(options: MigrationOptions) -> None:
    world = World(dirty_rate=5 * 10**7)
    result = world.migrate(options)
    whole = f"migration from here to there, {options.method}"
    assert world.spans()[whole] == (0, result.time)
    stages = (row for row in world.trace.spans.rows() if world.trace.text(row[0]) != whole)
    spans = sorted((row[3], row[4]) for row in stages)
    assert spans[0][0] == 0
    assert spans[-1][1] == result.time
    assert all(one[1] == other[0] for one, other in itertools.pairwise(spans))
    tracks = {world.trace.text(row[1]) for row in world.trace.spans.rows()}
    assert tracks == {"migration vm"}


def test_what_is_under_way_at_the_end_of_a_run_is_written_too() -> None:
    world = World()
    world.wire.cut_at(SECOND)
    world.migrator.migrate(world.guest, world.there, POST)
    world.env.run(3 * SECOND)
    assert "migration paused" not in world.spans()
    world.migrator.close()
    assert world.spans()["migration paused"] == (SECOND, 3 * SECOND)


# On the real network.


def on_links(guests: Sequence[tuple[int, MigrationOptions]]) -> tuple[list[MigrationResult], float]:
    """Return what became of migrations at once, and when a bystander's 100 MiB were through."""
    env, trace = Environment(), Trace()
    hosts = [make_host(env, name) for name in ("a", "b", "c")]
    links = tuple(Link(f"{host.name}-s", (host.name, "s"), GIGABIT) for host in hosts)
    network = Network(env, Topology(("a", "b", "c"), (Switch("s"),), links))
    migrator = Migrator(env, trace, network, Ledger())
    done = []
    for number, (rate, options) in enumerate(guests):
        guest = Guest(env, hosts[0], 128 * MIB, rate)
        guest.name = f"vm{number}"
        done.append(migrator.migrate(guest, hosts[1], options))
    bystander = network.transfer("a", "c", 100 * MIB)
    env.run(bystander.done)
    through = env.now / SECOND
    results = [env.run(each) for each in done]
    assert all(isinstance(result, MigrationResult) for result in results)
    return results, through  # type: ignore[return-value]


def test_alone_on_the_real_network_it_is_the_plan() -> None:
    env = Environment()
    here, there = make_host(env, "a"), make_host(env, "b")
    network = Network(env, Topology(("a", "b"), (), (Link("l", ("a", "b"), GIGABIT),)))
    migrator = Migrator(env, Trace(), network, Ledger())
    guest = Guest(env, here, 128 * MIB, 3 * 10**7)
    result = env.run(migrator.migrate(guest, there, PRE))
    assert isinstance(result, MigrationResult)
    plan = plan_migration(128 * MIB, 3 * 10**7, GIGABIT, PRE)
    assert result.bytes == pytest.approx(plan.bytes, abs=1000)
    assert result.downtime == pytest.approx(plan.downtime, abs=1000)


def test_the_neighbours_on_the_link_are_slowed_by_each_other() -> None:
    alone = 8 * 100 * MIB / GIGABIT
    _none, undisturbed = on_links([])
    _one, beside_one = on_links([(0, COLD)])
    _two, beside_two = on_links([(0, COLD), (0, COLD)])
    assert undisturbed == pytest.approx(alone)
    assert beside_one == pytest.approx(2 * alone)  # half of the link until it is through
    assert beside_two == pytest.approx(3 * alone)
    limited = replace(COLD, rate_limit=GIGABIT // 10)
    _slow, beside_limited = on_links([(0, limited)])
    assert beside_limited == pytest.approx(alone / 0.9)


def test_a_neighbour_makes_a_live_machine_dirty_more_between_rounds() -> None:
    (alone,), _through = on_links([(5 * 10**7, PRE)])
    (shared, _other), _through = on_links([(5 * 10**7, PRE), (0, COLD)])
    assert shared.bytes > alone.bytes


def test_a_cut_of_the_real_link_is_survived() -> None:
    env = Environment()
    here, there = make_host(env, "a"), make_host(env, "b")
    network = Network(env, Topology(("a", "b"), (), (Link("l", ("a", "b"), GIGABIT),)))
    migrator = Migrator(env, Trace(), network, Ledger())
    guest = Guest(env, here, 128 * MIB, 3 * 10**7)
    done = migrator.migrate(guest, there, POST)
    env.run(SECOND // 2)
    network.fail("l")
    env.run(SECOND)
    assert not guest.running
    network.repair("l")
    migrator.recover()
    result = env.run(done)
    assert isinstance(result, MigrationResult)
    assert result.succeeded
    assert result.bytes == pytest.approx(128 * MIB + POST.state, abs=2)
