"""The lab on memory limits: worked examples, and the memory of a real container beside it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.containers.container_memory import ContainerMemory
from aio_sim.containers.memory_limits import DynamicLimit, FixedLimit, MemoryLimit
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import InputError
from aio_sim.resources.demand import Capacity, Demand
from aio_sim.resources.manager import ResourceManager
from aio_sim.teaching.labs.memory_limits import CACHE, MemoryProblem, Operation, draw, solve
from aio_sim.teaching.labs.pages.memory_limits import sheet

Step = tuple[int, int, int, int, tuple[str, ...]]
"""Used, cached, the limit, free on the host, and who was killed."""


def steps(limit: MemoryLimit, room: int, *operations: tuple[str, int]) -> list[Step]:
    problem = MemoryProblem(limit, room, tuple(Operation(*each) for each in operations))
    return [
        (each.memory.used, each.memory.cache, each.memory.limit, each.room, each.killed)
        for each in solve(problem).outcomes
    ]


def test_cache_goes_before_anybody_dies_and_the_largest_dies_first() -> None:
    assert steps(FixedLimit(10), 5, ("a", 4), (CACHE, 9), ("b", 5), ("a", 3)) == [
        (4, 0, 10, 5, ()),
        (4, 6, 10, 5, ()),
        (9, 1, 10, 5, ()),
        (7, 0, 10, 5, ("b",)),
    ]


def test_who_asks_for_more_than_can_ever_be_dies_itself() -> None:
    assert steps(FixedLimit(10), 5, ("a", 4), ("a", 11)) == [
        (4, 0, 10, 5, ()),
        (0, 0, 10, 5, ("a",)),
    ]


def test_a_first_request_beyond_the_limit_kills_who_asks_and_everybody_larger_before() -> None:
    assert steps(FixedLimit(10), 5, ("a", 11)) == [(0, 0, 10, 5, ("a",))]
    assert steps(FixedLimit(10), 5, ("a", 4), ("b", 11)) == [
        (4, 0, 10, 5, ()),
        (0, 0, 10, 5, ("a", "b")),
    ]


def test_files_that_do_not_fit_into_the_cache_kill_nobody() -> None:
    assert steps(FixedLimit(10), 5, ("a", 10), (CACHE, 4)) == [
        (10, 0, 10, 5, ()),
        (10, 0, 10, 5, ()),
    ]


def test_who_gives_back_more_than_it_holds_is_told_so() -> None:
    operations = (Operation("a", -1), Operation("b", 5), Operation("b", -8), Operation("b", -1))
    problem = MemoryProblem(FixedLimit(10), 5, operations)
    text = [str(part) for part in sheet(problem, solve(problem)).explanation]
    assert text[1:5] == [
        "1. a gives back 1 B. It held nothing.",
        "2. b takes 5 B.",
        "3. b gives back 8 B. It held 5 B only.",
        "4. b gives back 1 B. It held nothing.",
    ]


def test_a_dynamic_limit_follows_the_use_as_far_as_the_host_has_room() -> None:
    limit = DynamicLimit(10, 40, Fraction(1, 2))
    assert steps(limit, 15, ("a", 5), ("a", 5), ("a", 10), (CACHE, 5), ("a", -16)) == [
        (5, 0, 10, 15, ()),
        (10, 0, 20, 5, ()),
        (20, 0, 25, 0, ()),  # it wants 40
        (20, 0, 25, 0, ()),  # no cache is kept above the mark
        (4, 0, 10, 15, ()),  # the floor
    ]


Limits = st.one_of(
    st.builds(FixedLimit, st.integers(1, 60)),
    st.integers(1, 40).flatmap(
        lambda floor: st.builds(
            DynamicLimit,
            st.just(floor),
            st.integers(floor, 90),
            st.fractions(Fraction(1, 10), 1, max_denominator=10),
        )
    ),
)
Operations = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(-20, 20)),
        st.tuples(st.just(CACHE), st.integers(0, 30)),
    ),
    max_size=12,
)


@given(Limits, st.integers(0, 60), Operations)
def test_all_is_as_in_a_container_on_a_host(
    limit: MemoryLimit, room: int, operations: list[tuple[str, int]]
) -> None:
    manager = ResourceManager(Environment(), [Capacity("h", 1, limit.initial + room)])
    lent = manager.take(Demand(memory=limit.initial, host=0))
    assert lent is not None
    memory = ContainerMemory(limit, lent, manager)
    alive: dict[str, int] = {}  # PIDs, given out in order
    expected: list[Step] = []
    for name, size in operations:
        killed = [*_real(memory, alive, name, size)]
        now = memory.memory
        free = manager.free(0).memory
        expected.append((now.used, now.cache, now.limit, free, tuple(killed)))
        memory.check()
    assert steps(limit, room, *operations) == expected


def _real(memory: ContainerMemory, alive: dict[str, int], name: str, size: int) -> list[str]:
    """Do an operation with a container's memory, and return who is killed."""
    if size < 0:
        if name in alive:
            memory.free(alive[name], -size)
        return []
    pid = alive.get(name, max(alive.values(), default=0) + 1)
    killed: list[str] = []
    processes = alive if name == CACHE else alive | {name: pid}
    while not memory.charge(pid, size, cached=name == CACHE):
        chosen = memory.victims(dict.fromkeys(processes.values(), 0), together=False)
        memory.forget(chosen[0])
        dead = next(each for each, its in processes.items() if its == chosen[0])
        del processes[dead]
        alive.pop(dead, None)
        killed.append(dead)
        if dead == name:
            return killed
    if name != CACHE:
        alive[name] = pid
    return killed


@given(st.integers(0, 10_000))
def test_what_is_drawn_is_given_back_only_by_who_has_it(seed: int) -> None:
    problem = draw(seed)
    assert problem == draw(seed)
    held: dict[str, int] = {}
    for name, size in problem.operations:
        held[name] = held.get(name, 0) + size
        assert held[name] >= 0


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(InputError, match="reclaimed"):
        draw(0, operations=[Operation(CACHE, -1)])
    with pytest.raises(InputError, match="above its ceiling"):
        DynamicLimit(2, 1)
