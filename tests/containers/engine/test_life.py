"""The life of containers: start, stop, restart, destroy; their processes, signals and files."""

from __future__ import annotations

import pytest

from aio_sim.containers.container_state import ContainerState
from aio_sim.containers.images.image import ContainerImage, ImageLayer
from aio_sim.containers.limits import CpuLimits
from aio_sim.containers.processes.program import (
    Compute,
    Exit,
    Handle,
    Kill,
    Program,
    Sleep,
    Spawn,
    Wait,
    Write,
)
from aio_sim.containers.processes.signals import Disposition, Response, Signal
from aio_sim.containers.profile import DOCKER, RuntimeProfile
from aio_sim.containers.report import totals
from aio_sim.containers.restart import DOCKER_BACK_OFF, Restart, RestartPolicy, Restarts
from aio_sim.containers.spec import OnTerm
from aio_sim.hardware.host import Host
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.span_record import Record
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.virtual_core import VirtualCores
from aio_sim.virtualization.machine import VirtualMachine, VmState
from tests.containers.engine.world import GIB, MIB, MS, Notes, Numbers, World, policy

ALWAYS = RestartPolicy(Restart.ALWAYS)


def crash(after: int, code: int = 1) -> Program:
    return Program("crash", (Sleep(after), Exit(code)))


def test_starting_and_stopping_take_what_the_profile_says() -> None:
    world = World(profile=DOCKER)
    container = world.define(on_term=OnTerm.EXIT)
    world.finish(world.engine.run(container))
    start = DOCKER.create.time + DOCKER.create.work + DOCKER.start.time + DOCKER.start.work
    assert world.env.now == start
    assert world.finish(world.engine.stop(container)) == ""
    end = DOCKER.stop.time + DOCKER.stop.work
    assert world.env.now == start + end == 568 * MS  # as it was measured, all in all
    assert world.engine.start_times == [DOCKER.start.time + DOCKER.start.work]


def test_work_of_a_start_competes_with_what_the_node_does() -> None:
    quiet, busy = World(profile=DOCKER), World(profile=DOCKER)
    busy.cpu.submit(Notes(busy.env).task(0, 10 * SECOND))
    for world in (quiet, busy):
        world.finish(world.engine.run(world.define()))
    assert busy.env.now > quiet.env.now + 100 * MS


def test_who_ignores_term_is_killed_after_the_grace_period() -> None:
    world = World()
    notes = Notes(world.env)
    container = world.started(on_term=OnTerm.IGNORE, grace=3 * SECOND)
    container.accept(notes.task(0, SECOND))
    container.accept(notes.task(1, 5 * SECOND))
    world.finish(world.engine.stop(container))
    assert world.env.now == 3 * SECOND
    assert world.ended == [("c", 3 * SECOND, 137)]
    assert (list(notes.finish), list(notes.reasons)) == ([0], [1])


def test_who_drains_takes_no_more_and_ends_with_the_last_task() -> None:
    world = World()
    notes = Notes(world.env)
    container = world.started(on_term=OnTerm.DRAIN)
    container.accept(notes.task(0, 2 * SECOND))
    world.at(SECOND, world.engine.stop, container)
    world.at(SECOND + 1, container.accept, notes.task(1, SECOND))
    world.pass_time()
    assert notes.finish == {0: 2 * SECOND}
    assert notes.reasons == {1: "c is stopping"}
    assert world.ended == [("c", 2 * SECOND, 0)]


def test_draining_is_cut_short_by_the_grace_period() -> None:
    world = World()
    notes = Notes(world.env)
    container = world.started(on_term=OnTerm.DRAIN, grace=SECOND)
    container.accept(notes.task(0, 2 * SECOND))
    world.finish(world.engine.stop(container))
    assert (world.env.now, list(notes.reasons)) == (SECOND, [0])


def test_a_paused_container_can_be_stopped() -> None:
    world = World()
    container = world.started(on_term=OnTerm.EXIT)
    world.engine.pause(container)
    assert world.finish(world.engine.stop(container)) == ""
    assert container.state is ContainerState.EXITED


def test_tasks_wait_for_the_first_start_and_are_lost_after_the_end() -> None:
    world = World(profile=DOCKER)
    notes = Notes(world.env)
    container = world.define()
    container.accept(notes.task(0, SECOND))
    world.engine.run(container)
    world.pass_time()
    assert notes.finish == {0: 528 * MS + SECOND}
    world.finish(world.engine.destroy(container))
    container.accept(notes.task(1, SECOND))
    assert notes.reasons == {1: "c is removed"}


def test_restarts_come_after_delays_that_double_up_to_a_minute() -> None:
    world = World()
    world.started(program=crash(SECOND), restart=ALWAYS)
    starts, at, delay = [], 0, DOCKER_BACK_OFF.first  # a run is a second, and a ns a call
    for _ in range(14):
        starts.append(at)
        at, delay = at + SECOND + 2 + delay, min(2 * delay, DOCKER_BACK_OFF.most)
    world.pass_time(starts[-1] + 1)
    running = world.trace.code("running")
    begun = [row[3] for row in world.trace.spans.rows() if row[0] == running]
    assert begun == starts[:-1]
    assert delay == 60 * SECOND
    assert world.engine.restarts == 13


def test_a_run_of_ten_seconds_begins_the_delays_anew() -> None:
    restarts = Restarts(ALWAYS, DOCKER_BACK_OFF)
    short, long = SECOND, 10 * SECOND
    delays = [restarts.after(1, ran) for ran in (short, short, short, long, short)]
    assert delays == [100 * MS, 200 * MS, 400 * MS, 100 * MS, 200 * MS]


@pytest.mark.parametrize(
    ("policy_of", "code", "starts"),
    [
        (RestartPolicy(), 1, 1),
        (RestartPolicy(Restart.ON_FAILURE), 0, 1),
        (RestartPolicy(Restart.ON_FAILURE, 3), 1, 4),
    ],
)
def test_who_is_not_to_be_started_again_stays_down(
    policy_of: RestartPolicy, code: int, starts: int
) -> None:
    world = World()
    container = world.started(program=crash(SECOND, code), restart=policy_of)
    world.pass_time()
    assert container.starts == starts
    assert [name for name, _at, _code in world.ended] == ["c"]
    assert container.state is ContainerState.EXITED


def test_who_was_stopped_by_hand_is_not_started_again() -> None:
    world = World()
    container = world.started(program=crash(SECOND), restart=ALWAYS, on_term=OnTerm.EXIT)
    world.at(SECOND + 50 * MS, world.engine.stop, container)  # in its back-off
    world.pass_time()
    assert container.starts == 1
    assert world.ended == [("c", SECOND + 50 * MS, 1)]
    assert world.node.free.memory == 4 * GIB
    assert world.env.now < 2 * SECOND
    assert world.engine.resting(container)
    assert world.engine.comes_back(container)  # with its node, as Docker has it
    assert not Restarts(RestartPolicy(Restart.UNLESS_STOPPED), DOCKER_BACK_OFF).returns(True)


def test_who_is_started_by_hand_in_its_back_off_starts_once() -> None:
    world = World()
    container = world.started(program=crash(20 * SECOND), restart=ALWAYS)
    world.at(20 * SECOND + 50 * MS, world.engine.start, container)
    world.pass_time(30 * SECOND)
    assert (container.starts, container.started_at) == (2, 20 * SECOND + 50 * MS)
    assert world.engine.restarts == 0


def test_who_is_destroyed_in_its_back_off_is_gone() -> None:
    world = World(disk=GIB)
    container = world.started(program=crash(SECOND), restart=ALWAYS)
    world.at(SECOND + 50 * MS, world.engine.destroy, container)
    world.pass_time()
    assert container.state is ContainerState.REMOVED
    world.engine.close()
    world.manager.check_returned()


def test_parents_wait_for_children_and_orphans_are_reaped_by_an_init() -> None:
    child = Program("child", (Compute(30 * MS), Exit(3)))
    forgetful = Program("parent", (Spawn(child), Compute(5 * MS)))
    first = Program("init", (Spawn(forgetful), Spawn(child), Wait(), Wait(), Sleep(200 * MS)))
    world = World(3)
    container = world.started(program=first, init=True)
    world.pass_time(20 * MS)
    assert [(line.pid, line.parent) for line in container.lines()] == [(1, 0), (3, 1), (4, 1)]
    world.pass_time(100 * MS)
    assert [line.pid for line in container.lines()] == [1]
    world.pass_time()
    assert [code for _name, _at, code in world.ended] == [0]


def test_a_program_as_pid_1_leaves_zombies_which_count() -> None:
    orphan = Program("orphan", (Compute(MS),))
    parent = Program("parent", (Spawn(orphan),))
    first = Program("app", (Spawn(parent), Wait(2), Sleep(100 * MS), Spawn(orphan)))
    world = World()
    container = world.started(program=first, processes=2)
    world.pass_time(50 * MS)
    assert [line.name for line in container.lines()] == ["app"]  # the fork of the parent failed
    container = world.started(name="d", program=first, processes=3)
    world.pass_time(100 * MS)
    states = [(line.name, str(line.state)) for line in container.lines()]
    assert states == [("app", "blocked"), ("orphan", "zombie")]


def test_a_fork_bomb_stops_at_the_limit() -> None:
    bomb = Program("bomb", (Sleep(100 * MS),), repeat=True)
    for _ in range(8):
        bomb = Program("bomb", (Spawn(bomb), Spawn(bomb), Sleep(50 * MS)), repeat=True)
    world = World(4)
    container = world.started(program=bomb, processes=20)
    world.pass_time(SECOND)
    container.close()
    assert container.most_processes == 20
    assert container.refused > 0
    world.finish(world.engine.stop(container))
    assert list(container.cpu.processes()) == []


def test_tasks_beyond_the_limit_of_processes_are_lost() -> None:
    world = World()
    notes = Notes(world.env)
    container = world.started(processes=3)
    for number in range(4):
        container.accept(notes.task(number, MS))
    world.pass_time()
    assert sorted(notes.finish) == [0, 1]
    assert set(notes.reasons.values()) == {"the limit of processes is reached"}


def test_signals_ask_kill_and_are_caught() -> None:
    stubborn = Program(
        "stubborn",
        (Handle(Signal.TERM, Disposition(Response.RETURN)), Compute(20 * MS), Sleep(SECOND)),
    )
    first = Program(
        "app",
        (
            Spawn(stubborn),
            Spawn(Program("mild", (Sleep(SECOND),))),
            Sleep(10 * MS),
            Kill(2),
            Kill(3),
            Kill(99),
            Sleep(10 * MS),
            Kill(2, Signal.KILL),
            Wait(),
            Wait(),
            Wait(),
        ),
    )
    world = World(2)
    container = world.started(program=first)
    world.pass_time(15 * MS)
    assert [(line.pid, str(line.state)) for line in container.lines()] == [
        (1, "blocked"),
        (2, "running"),
        (3, "zombie"),
    ]
    world.pass_time()
    ((_name, at, code),) = world.ended
    assert code == 0
    assert at == pytest.approx(20 * MS, abs=100)


def test_a_process_that_kills_itself_is_gone() -> None:
    world = World()
    world.started(program=Program("app", (Compute(MS), Spawn(SUICIDE), Wait(), Exit(4))))
    world.pass_time()
    assert [code for _name, _at, code in world.ended] == [4]
    assert world.env.now < 3 * MS


SUICIDE = Program("suicide", (Compute(MS), Kill(2, Signal.KILL), Compute(SECOND)))


def test_priority_inside_decides_who_runs() -> None:
    world = World()
    low = Program("low", (Compute(10 * MS), Exit(1)), priority=5)
    high = Program("high", (Compute(10 * MS), Exit(2)), priority=1)
    first = Program("app", (Spawn(low), Spawn(high), Wait(3), Exit(9)))
    world.started(policy("priority", preemptive=True), program=first)
    world.pass_time()
    ((_name, at, code),) = world.ended
    assert code == 9
    assert at == pytest.approx(10 * MS, abs=100)


def test_the_first_write_copies_the_file_up_and_its_space_is_counted() -> None:
    image = ContainerImage("db", (ImageLayer("l", 1, 1),), {"/data": 100 * MIB})
    writes = Program("w", (Write("/data", MIB), Write("/data", MIB), Write("/log", 3 * MIB)))
    world = World(images=(image,), disk=GIB)
    container = world.started(image="db", program=writes)
    before = world.node.free.disk
    world.pass_time()
    assert world.env.now == pytest.approx((100 + 100 + 1 + 1 + 3) * MIB, abs=100)  # at 1 GB/s
    assert before - world.node.free.disk == 103 * MIB
    assert container.files is not None
    assert container.files.layer.copied == 100 * MIB
    container.files.delete("/data")
    assert before - world.node.free.disk == 3 * MIB
    world.finish(world.engine.destroy(container))
    assert world.node.free.disk == before


def test_a_full_disk_refuses_writes() -> None:
    world = World(disk=10 * MIB, images=(ContainerImage("app", ()),))
    container = world.started(program=Program("w", (Write("/a", 8 * MIB), Write("/b", 8 * MIB))))
    world.pass_time()
    assert container.files is not None
    assert (container.files.refused, container.files.layer.used) == (1, 8 * MIB)


def test_a_container_in_a_virtual_machine_on_a_host_does_not_know_where_it_is() -> None:
    """Depth three: an empty machine around it changes nothing, a slower one everything."""
    world = World(2, policy("fcfs"))
    supply = VirtualCores(world.env, world.host, Numbers()(["vm"] * 2) + 5000)
    guest = Cpu(world.env, world.trace, "vm", 2, policy("fair"), supply=supply)
    host = Host("host", world.host, 4 * GIB)
    vm = VirtualMachine(world.env, "vm", host, guest, supply, GIB, record=Record(world.trace, "vm"))
    vm.enter(VmState.RUNNING)
    world.cpu = guest
    world.engine.node = world.node = type(world.node)(
        world.env, "vm", guest, world.manager, 0, lambda: "node", Numbers()
    )
    notes = Notes(world.env)
    container = world.started(policy("rr", quantum="1ms"), cpu=CpuLimits(quota=50 * MS))
    for number in range(3):
        container.accept(notes.task(number, 40 * MS))
    world.at(200 * MS, vm.pause)
    world.at(300 * MS, vm.resume)
    world.pass_time()
    # 50 ms of CPU time a period on two cores: in 0, 100 ms, and, after the pause, 20 ms more.
    assert max(notes.finish.values()) == pytest.approx(300 * MS + 10 * MS, abs=5 * MS)


def test_totals_have_each_container_and_their_sums() -> None:
    world = World(registry=True)
    notes = Notes(world.env)
    container = world.started(cpu=CpuLimits(quota=20 * MS))
    container.accept(notes.task(0, 50 * MS))
    world.pass_time()
    world.engine.close()
    found = totals([world.engine])
    assert found["container.c.served"] == found["container.served"] == 1
    assert found["container.c.throttled"] == pytest.approx(0.16)
    assert found["container.c.throttled_periods"] == 2
    assert found["container.c.cpu"] == pytest.approx(0.05)
    assert found["container.pulled"] == 100 * 10**6
    assert totals([]) == {}


def test_names_and_policies_that_are_wrong_are_refused() -> None:
    world = World()
    world.define()
    with pytest.raises(InputError, match="already"):
        world.define()
    with pytest.raises(InputError, match="retries"):
        RestartPolicy(Restart.ALWAYS, 2)
    with pytest.raises(InputError, match="take time"):
        Program("loop", (Spawn(crash(1)),), repeat=True)
    with pytest.raises(UnknownName, match="docker"):
        RuntimeProfile.named("doker")


def test_verbs_out_of_turn_say_so() -> None:
    world = World()
    container = world.started()
    assert world.finish(world.engine.create(container)) == "c is running"
    assert world.finish(world.engine.start(container)) == "c is running"
    missing = world.define(name="m", image="nothing")
    assert "unknown image" in world.finish(world.engine.run(missing))
    assert world.finish(world.engine.destroy(missing)) == ""
    assert world.finish(world.engine.destroy(missing)) == ""
