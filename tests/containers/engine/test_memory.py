"""Memory of containers: fixed and dynamic limits lent by the manager, pressure, and who dies."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.containers.container_state import ContainerState
from aio_sim.containers.memory_limits import DynamicLimit, FixedLimit
from aio_sim.containers.processes.program import (
    Allocate,
    Free,
    Program,
    Sleep,
    Spawn,
    Wait,
)
from aio_sim.kernel.errors import InputError
from aio_sim.resources.demand import Demand
from tests.containers.engine.world import GIB, MIB, MS, Notes, World

KINDS = ["hold", "cache", "free"]


def holder(name: str, size: int, time: int = 50 * MS, **options: Any) -> Program:
    """Return a program that holds some memory for a time."""
    return Program(name, (Allocate(size), Sleep(time)), **options)


def test_a_limit_is_lent_while_the_container_runs_and_back_when_it_is_destroyed() -> None:
    world = World(memory=GIB)
    container = world.started(memory=FixedLimit(256 * MIB))
    assert world.node.free.memory == 768 * MIB
    world.finish(world.engine.stop(container))
    assert world.node.free.memory == GIB
    world.finish(world.engine.start(container))
    assert world.node.free.memory == 768 * MIB
    world.finish(world.engine.destroy(container))
    world.engine.close()
    world.manager.check_returned()


def test_a_container_without_room_is_refused_and_leaves_nothing() -> None:
    world = World(memory=GIB)
    world.started(memory=FixedLimit(768 * MIB))
    late = world.define(name="late", memory=FixedLimit(512 * MIB))
    reason = world.finish(world.engine.run(late))
    assert reason == "node has no room for the 512 MiB of late"
    assert late.state is ContainerState.NEW
    assert world.node.free.memory == 256 * MIB


def test_of_two_that_come_at_one_instant_one_has_the_room() -> None:
    world = World(memory=GIB)
    both = [world.define(name=name, memory=FixedLimit(768 * MIB)) for name in ("one", "other")]
    runs = [world.engine.run(container) for container in both]
    world.pass_time()
    assert [run.value for run in runs] == ["", "node has no room for the 768 MiB of other"]


def test_the_limit_must_hold_what_the_image_needs() -> None:
    with pytest.raises(InputError, match="more than its memory limit"):
        World().define(base_memory=300 * MIB)


def test_tasks_hold_memory_while_they_are_inside() -> None:
    world = World(2)
    notes = Notes(world.env)
    container = world.started(base_memory=10 * MIB, task_memory=20 * MIB)
    container.accept(notes.task(0, 10 * MS))
    container.accept(notes.task(1, 30 * MS, demand=Demand(memory=70 * MIB)))
    assert container.memory is not None
    assert container.memory.memory.used == 100 * MIB
    world.pass_time(20 * MS)
    assert container.memory.memory.used == 80 * MIB
    world.pass_time()
    assert container.memory.memory.used == 10 * MIB
    assert container.memory.peak == 100 * MIB


def test_over_a_fixed_limit_the_worst_process_dies_not_the_one_that_asked() -> None:
    world = World(2, memory=GIB)
    notes = Notes(world.env)
    container = world.started(memory=FixedLimit(100 * MIB), base_memory=10 * MIB)
    container.accept(notes.task(0, 50 * MS, demand=Demand(memory=60 * MIB)))
    world.at(10 * MS, container.accept, notes.task(1, 50 * MS, demand=Demand(memory=40 * MIB)))
    world.pass_time()
    assert list(notes.reasons) == [0]
    assert "KILL" in notes.reasons[0]
    assert list(notes.finish) == [1]
    assert (container.served, container.lost, container.state) == (1, 1, ContainerState.RUNNING)
    container.close()
    assert container.oom_kills == 1


def test_adjustments_decide_and_with_one_fate_all_die() -> None:
    for together, codes in ((False, []), (True, [137])):
        world = World(memory=GIB)
        first = Program(
            "first",
            (
                Spawn(holder("small", 20 * MIB, adjustment=1000)),
                Spawn(holder("large", 50 * MIB)),
                Sleep(10 * MS),
                Allocate(40 * MIB),
                Wait(),
                Wait(),
            ),
        )
        world.started(memory=FixedLimit(100 * MIB), program=first, oom_together=together)
        world.pass_time(20 * MS)
        assert [code for _name, _at, code in world.ended] == codes
        names = [line.name for line in world.engine.containers["c"].lines()]
        assert names == ([] if together else ["first", "large"])


def test_when_pid_1_is_the_victim_the_container_ends_with_137() -> None:
    world = World(memory=GIB)
    container = world.started(memory=FixedLimit(100 * MIB), base_memory=80 * MIB)
    notes = Notes(world.env)
    container.accept(notes.task(0, 50 * MS, demand=Demand(memory=30 * MIB)))
    world.pass_time()
    assert world.ended == [("c", 0, 137)]
    assert list(notes.reasons) == [0]
    assert world.node.free.memory == GIB


def test_a_dynamic_limit_grows_and_shrinks_with_the_use_as_its_formula_says() -> None:
    world = World(memory=GIB)
    limit = DynamicLimit(100 * MIB, 600 * MIB)
    program = Program(
        "up and down", (Allocate(300 * MIB), Sleep(10 * MS), Free(250 * MIB), Sleep(10 * MS))
    )
    container = world.started(memory=limit, program=program)
    assert world.node.free.memory == GIB - 100 * MIB
    world.pass_time(5 * MS)
    assert world.node.free.memory == GIB - limit.wanted(300 * MIB)
    world.pass_time(15 * MS)
    assert world.node.free.memory == GIB - 100 * MIB
    assert container.memory is not None
    assert container.memory.peak == 300 * MIB


def test_a_newcomer_shrinks_dynamic_limits_in_proportion_to_what_they_can_spare() -> None:
    world = World(memory=1000 * MIB)
    caching = Program("cache", (Allocate(270 * MIB, cached=True), Sleep(100 * MS)))
    more = Program("cache", (Allocate(540 * MIB, cached=True), Sleep(100 * MS)))
    limit = DynamicLimit(100 * MIB, 700 * MIB)
    one = world.started(name="one", memory=limit, program=caching)
    other = world.started(name="other", memory=limit, program=more)
    world.pass_time(10 * MS)
    assert one.memory is not None
    assert other.memory is not None
    assert one.memory.memory.limit == 300 * MIB
    assert other.memory.memory.limit == 600 * MIB
    world.started(name="new", memory=FixedLimit(450 * MIB))
    # 350 MiB are lacking; they can spare 200 and 500 MiB.
    assert one.memory.memory.limit == 200 * MIB
    assert other.memory.memory.limit == 350 * MIB
    assert one.memory.memory.cache <= 200 * MIB
    assert other.memory.reclaimed > 0
    world.pass_time()


@settings(max_examples=25)
@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 2), st.integers(0, 300), st.sampled_from(["hold", "cache", "free"])
        ),
        max_size=25,
    ),
    rooms=st.integers(350, 900),
)
def test_what_is_promised_and_used_is_always_known(
    steps: list[tuple[int, int, str]], rooms: int
) -> None:
    """Two containers with dynamic limits and one with a fixed one wish at random; audited."""
    world = World(memory=rooms * MIB)
    limits = [DynamicLimit(100 * MIB, 400 * MIB), DynamicLimit(100 * MIB, 800 * MIB)]
    calls: list[list[Any]] = [[], [], []]
    for which, size, kind in steps:
        for number, program in enumerate(calls):
            if number == which:
                wish = Free(size * MIB) if kind == "free" else Allocate(size * MIB, kind == "cache")
                program.append(wish)
            program.append(Sleep(MS))
    for number, limit in enumerate([*limits, FixedLimit(150 * MIB)]):
        world.started(
            name=f"c-{number}", memory=limit, program=Program("wishes", tuple(calls[number]))
        )
    world.pass_time()
    assert len(world.ended) == 3
    assert world.node.free.memory == rooms * MIB
