"""Verbs that come while others are under way, and nodes that die in the midst of them."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.containers.container import Container
from aio_sim.containers.container_state import ContainerState
from aio_sim.containers.memory_limits import DynamicLimit, FixedLimit
from aio_sim.containers.processes.program import Exit, Program, Sleep
from aio_sim.containers.profile import DOCKER
from aio_sim.containers.restart import Restart, RestartPolicy
from aio_sim.containers.spec import OnTerm
from aio_sim.kernel.environment import SECOND
from tests.containers.engine.world import MIB, MS, Notes, World

ALWAYS = RestartPolicy(Restart.ALWAYS)
CRASH = Program("crash", (Sleep(SECOND), Exit(1)))


def test_a_start_that_is_refused_does_not_undo_a_stop() -> None:
    world = World()
    container = world.started(restart=ALWAYS, on_term=OnTerm.IGNORE, grace=SECOND)
    world.engine.stop(container)
    world.pass_time(SECOND // 2)
    assert world.finish(world.engine.start(container)) == "c is stopping"
    world.pass_time(10 * SECOND)
    assert (container.state, container.starts) == (ContainerState.EXITED, 1)


def test_a_stop_waits_for_a_start_that_is_under_way() -> None:
    world = World(profile=DOCKER)
    container = world.define()
    run = world.engine.run(container)
    world.pass_time(300 * MS)
    assert container.state is ContainerState.STARTING
    world.finish(world.engine.stop(container))
    assert (container.state, container.starts) == (ContainerState.EXITED, 0)
    assert world.finish(run) == "c has exited"


def test_who_starts_what_is_being_started_waits_for_it() -> None:
    world = World(profile=DOCKER)
    container = world.define()
    world.engine.run(container)
    world.pass_time(300 * MS)
    assert world.finish(world.engine.start(container)) == ""
    assert (container.running, container.starts) == (True, 1)


def test_the_end_of_what_is_destroyed_in_its_back_off_is_told() -> None:
    world = World()
    container = world.started(program=CRASH, restart=ALWAYS)
    world.pass_time(SECOND + 50 * MS)
    assert container.state is ContainerState.RESTARTING
    world.finish(world.engine.destroy(container))
    assert [name for name, _at, _code in world.ended] == ["c"]


def test_what_is_being_destroyed_as_the_node_dies_leaves_nothing_there() -> None:
    world = World(profile=DOCKER, disk=10**9)
    container = world.started()
    world.engine.destroy(container)
    world.pass_time(world.env.now + 20 * MS)
    world.engine.fail()
    world.pass_time(world.env.now + SECOND)
    assert world.node.free.memory == world.node.capacity.memory
    assert world.store.cache.evict() is not None  # nobody holds the layer


def test_what_finds_no_room_when_its_node_is_back_is_started_once_there_is_some() -> None:
    world = World(memory=400 * MIB)
    first = world.started(restart=ALWAYS)
    world.engine.fail()
    other = world.manager.take(world.node_demand(300 * MIB))
    assert other is not None
    world.engine.recover()
    world.pass_time(world.env.now + SECOND)
    assert first.state is ContainerState.RESTARTING
    other.release()
    world.pass_time(world.env.now + 10 * SECOND)
    assert first.running


VERBS = ("start", "stop", "run", "create", "destroy", "kill", "pause", "resume")
Act = tuple[int, str, int]
"""When, in ms; what; and to which container."""


class Life:
    """Containers of a node to which anything may be done at any time."""

    def __init__(self, programs: Sequence[bool], restarts: Sequence[Restart]) -> None:
        self.world = World(2, profile=DOCKER, memory=600 * MIB, disk=10**10, registry=True)
        self.notes = Notes(self.world.env)
        self.tasks = 0
        self.dead = False
        limits = (FixedLimit(256 * MIB), DynamicLimit(100 * MIB, 400 * MIB))
        self.containers = [
            self.world.define(
                name=f"c{number}",
                memory=limits[number % 2],
                program=CRASH if crashes else None,
                restart=RestartPolicy(restart),
                on_term=list(OnTerm)[number % 3],
                grace=SECOND,
            )
            for number, (crashes, restart) in enumerate(zip(programs, restarts, strict=True))
        ]

    def act(self, what: str, which: int) -> None:
        """Do something to a container, or to the node."""
        container = self.containers[which]
        if what == "task":
            container.accept(self.notes.task(self.tasks, SECOND // 2))
            self.tasks += 1
        elif what == "fail" and not self.dead:
            self.die()
        elif what == "recover" and self.dead:
            self.dead = False
            self.world.cpu.resume()
            self.world.engine.recover()
        elif what in VERBS:
            getattr(self.world.engine, what)(container)

    def die(self) -> None:
        """Let the node die, with what is left on its Cpu."""
        self.dead = True
        self.world.engine.fail()
        for process in [each for each in self.world.cpu.processes() if each.guest is None]:
            self.world.cpu.remove(process)
            if process.owner is not None:
                process.owner.lost(process, "the node died")
        self.world.cpu.pause()

    def pass_time(self, seconds: int) -> None:
        """Let so many seconds pass, audited."""
        self.world.pass_time(self.world.env.now + seconds * SECOND)


ACTS = st.tuples(
    st.sampled_from([0, 0, 20, 250, 1500]),
    st.sampled_from([*VERBS, "run", "start", "stop", "task", "task", "fail", "recover"]),
    st.integers(0, 2),
)


@settings(max_examples=60)
@given(
    acts=st.lists(ACTS, max_size=20),
    programs=st.lists(st.booleans(), min_size=3, max_size=3),
    restarts=st.lists(st.sampled_from(list(Restart)), min_size=3, max_size=3),
)
def test_whatever_is_done_in_whatever_order_nothing_is_left_hanging(
    acts: list[Act], programs: list[bool], restarts: list[Restart]
) -> None:
    life, at = Life(programs, restarts), 0
    for after, what, which in acts:
        at += after * MS
        life.world.at(at, life.act, what, which)
    life.pass_time(at // SECOND + 5)
    life.act("recover", 0)
    life.pass_time(5)
    for container in life.containers:
        assert life.world.finish(life.world.engine.stop(container)) == ""
        assert _down(life.world, container)
        assert life.world.finish(life.world.engine.destroy(container)) == ""
    assert life.world.node.free.memory == 600 * MIB
    assert len(life.notes.finish) + len(life.notes.reasons) == life.tasks
    assert not list(life.world.cpu.processes())
    assert all(life.world.store.cache.evict() for _ in range(len(life.world.store.cache)))


def _down(world: World, container: Container) -> bool:
    """Return whether a container that was stopped is down, for good where it ever was up."""
    never = (ContainerState.NEW, ContainerState.CREATED, ContainerState.REMOVED)
    return container.state in never or world.engine.resting(container)
