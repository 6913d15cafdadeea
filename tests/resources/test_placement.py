"""Placement: the indexes answer what looking at every host does, and each policy what it says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import PluginError, PolicyError, UnknownName
from aio_sim.resources.demand import Demand, Needs, units
from aio_sim.resources.manager import ResourceManager
from aio_sim.resources.placement import PLACEMENT_POLICIES, PlacementPolicy, placement_policy
from aio_sim.resources.rooms import AllRooms, Rooms, rooms_of
from aio_sim.scheduling.policy import Moment
from tests.resources.driver import Load, hosts

BUILT_IN = ["first_fit", "best_fit", "worst_fit", "round_robin", "least_loaded", "power_of_two"]

amounts = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 2))
needs_lists = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5)), max_size=2)


def moment(seed: int = 1) -> Moment:
    return Moment(lambda: np.random.default_rng(seed))


def as_needs(pairs: list[tuple[int, int]]) -> Needs:
    return tuple(sorted(dict(pairs).items()))


@st.composite
def histories(draw: Any) -> tuple[list[tuple[int, ...]], list[tuple[str, Any]]]:
    capacity = draw(st.lists(amounts, min_size=1, max_size=9))
    steps = draw(
        st.lists(st.tuples(st.sampled_from(["ask", "take", "give"]), needs_lists), max_size=30)
    )
    return capacity, steps


def brute_force(policy: str, rooms: AllRooms, needs: Needs, following: int) -> int | None:
    """Return the choice by the sentence in the book, over a list of all hosts that fit."""
    fitting = [
        host
        for host, free in enumerate(rooms.free)
        if all(free[kind] >= amount for kind, amount in needs)
    ]
    if not fitting:
        return None
    kind = needs[0][0] if needs else 0

    def free(host: int) -> int:
        return rooms.free[host][kind]

    def load(host: int) -> float:
        capacity = rooms.capacity[host][kind]
        return (capacity - free(host)) / capacity if capacity else 1

    return {
        "first_fit": lambda: fitting[0],
        "best_fit": lambda: min(fitting, key=free),
        "worst_fit": lambda: max(fitting, key=lambda host: (free(host), -host)),
        "least_loaded": lambda: min(fitting, key=load),
        "round_robin": lambda: min(fitting, key=lambda host: (host < following, host)),
    }[policy]()


@pytest.mark.parametrize("name", [name for name in BUILT_IN if name != "power_of_two"])
@given(history=histories())
@settings(max_examples=80, deadline=None)
def test_each_policy_chooses_what_looking_at_every_host_would(name: str, history: Any) -> None:
    capacity, steps = history
    rooms = rooms_of(capacity)
    views = [rooms, Rooms(rooms.free, rooms.capacity, rooms.hosts)]
    moments = [moment(), moment()]
    policy = PLACEMENT_POLICIES[name]()
    taken: list[tuple[int, Needs]] = []
    following = 0
    for verb, pairs in steps:
        if verb == "give" and taken:
            rooms.give(*taken.pop())
            continue
        needs = as_needs(pairs)
        expected = brute_force(name, rooms, needs, following)
        for view, kept in zip(views, moments, strict=True):
            assert policy.choose(view, needs, kept) == expected
        if expected is not None:
            following = expected + 1
            if verb == "take":
                rooms.take(expected, needs)
                taken.append((expected, needs))


@given(history=histories(), seed=st.integers(0, 99))
@settings(deadline=None)
def test_power_of_two_chooses_a_host_with_room_or_none(history: Any, seed: int) -> None:
    capacity, steps = history
    rooms, kept = rooms_of(capacity), moment(seed)
    policy = PLACEMENT_POLICIES["power_of_two"]()
    for _verb, pairs in steps:
        needs = as_needs(pairs)
        host = policy.choose(rooms, needs, kept)
        if host is None:
            assert brute_force("first_fit", rooms, needs, 0) is None
        else:
            assert rooms.fits(host, needs)
            rooms.take(host, needs)


def test_power_of_two_prefers_the_less_loaded_as_often_as_two_draws_of_three_say() -> None:
    # Of 9 pairs the empty host is in 5; of the other 4 the half full one is in 3.
    rooms, kept = rooms_of([(4, 0, 0)] * 3), moment()
    rooms.take(1, ((0, 2),))
    rooms.take(2, ((0, 3),))
    policy = PLACEMENT_POLICIES["power_of_two"]()
    chosen = [policy.choose(rooms, ((0, 1),), kept) for _ in range(9000)]
    shares = [chosen.count(host) / 1000 for host in range(3)]
    assert shares == pytest.approx([5, 3, 1], abs=0.2)


def test_a_draw_finds_the_only_host_with_room() -> None:
    rooms = rooms_of([(0, 0, 0)] * 500 + [(1, 0, 0)])
    assert rooms.draw(((0, 1),), np.random.default_rng(1)) == 500


def test_all_built_in_policies_are_there_by_name() -> None:
    assert set(BUILT_IN) <= set(PLACEMENT_POLICIES)
    with pytest.raises(UnknownName, match="did you mean 'best_fit'"):
        PLACEMENT_POLICIES["best_fitt"]


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(ValidationError):
        PLACEMENT_POLICIES["power_of_two"](choice=3)
    with pytest.raises(ValidationError):
        PLACEMENT_POLICIES["power_of_two"](choices=0)


def test_a_policy_of_ones_own_takes_a_few_lines() -> None:
    @placement_policy("last_fit")
    class LastFit(PlacementPolicy):
        def choose(self, rooms: Rooms, needs: Needs, moment: Moment) -> int | None:
            del moment
            return max(rooms.fitting(needs), default=None)

    load = Load(ResourceManager(Environment(), hosts(2, 2, 1), placement=LastFit()))
    for number in range(4):
        load.add(number, number, 9, Demand(cores=1))
    load.run()
    assert [load.places[number][0][0] for number in range(4)] == [2, 1, 1, 0]
    with pytest.raises(PluginError, match="already a placement policy"):
        placement_policy("last_fit")(type("Other", (PlacementPolicy,), {}))


def test_a_policy_that_chooses_a_full_host_is_found_out() -> None:
    class Careless(PlacementPolicy):
        def choose(self, rooms: Rooms, needs: Needs, moment: Moment) -> int | None:
            del rooms, needs, moment
            return 0

    load = Load(ResourceManager(Environment(), hosts(1, 1), placement=Careless()))
    load.add(0, 0, 9, Demand(cores=1))
    load.add(1, 1, 9, Demand(cores=1))
    with pytest.raises(PolicyError, match="Careless: chose host 0, which has no room"):
        load.run()


def test_a_policy_that_raises_is_named() -> None:
    class Broken(PlacementPolicy):
        def choose(self, rooms: Rooms, needs: Needs, moment: Moment) -> int | None:
            raise KeyError("rack")

    load = Load(ResourceManager(Environment(), hosts(1), placement=Broken()))
    load.add(0, 0, 9, Demand(cores=1))
    with pytest.raises(PolicyError, match="Broken: choose raised KeyError: 'rack'"):
        load.run()


@given(history=histories())
@settings(deadline=None)
def test_the_cores_there_is_room_for_add_up_over_the_hosts(history: Any) -> None:
    capacity, _steps = history
    rooms = rooms_of(capacity)
    for share in (((0, 1),), ((0, 1), (1, 2)), ((0, 2),)):
        expected = 0
        for row in capacity:
            count = 0
            while all(row[kind] >= amount * (count + 1) for kind, amount in share):
                count += 1
            expected += count
            assert units(list(row), share) == count
        assert rooms.units(share) == expected
