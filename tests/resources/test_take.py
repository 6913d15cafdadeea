"""What is taken at once passes those that wait, and never takes what is not there."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.environment import Environment
from aio_sim.resources.demand import Capacity, Demand
from aio_sim.resources.manager import Backfill, ResourceManager
from aio_sim.resources.quota import Quota
from tests.resources.driver import Load, at, hosts
from tests.resources.test_soup import MODES


@pytest.mark.parametrize("backfill", MODES)
def test_it_is_there_at_once_and_those_that_wait_go_on_waiting(backfill: Backfill) -> None:
    env = Environment()
    manager = ResourceManager(env, hosts(1, memory=10), backfill=backfill)
    first = manager.request(Demand(memory=4, estimate=9))
    env.run()
    waiting = manager.request(Demand(memory=8, estimate=3))
    env.run()
    taken = manager.take(Demand(memory=5, host=0))
    assert taken is not None
    assert taken.granted
    assert manager.free(0) == Capacity("h-0", 1, 1)
    assert manager.take(Demand(memory=2, host=0)) is None
    first.release()
    env.run()
    assert not waiting.granted
    taken.release()
    env.run()
    assert waiting.granted
    waiting.release()
    manager.check_returned()


def test_it_keeps_to_the_quota_of_its_tenant() -> None:
    manager = ResourceManager(Environment(), hosts(1, memory=10), quotas={"a": Quota(memory=5)})
    assert manager.take(Demand(memory=6, tenant="a")) is None
    assert manager.take(Demand(memory=5, tenant="a")) is not None
    assert manager.take(Demand(memory=1, tenant="a")) is None


def test_it_does_not_span_hosts() -> None:
    with pytest.raises(ValueError, match="one host"):
        ResourceManager(Environment(), hosts(1, 1)).take(Demand(cores=2, span=True))


class Taker:
    """Takes something at an instant, where it is there, and gives it back later."""

    def __init__(self, manager: ResourceManager, demand: Demand, held: int) -> None:
        self._manager, self._demand, self._held = manager, demand, held

    def take(self) -> None:
        free = [self._manager.free(host) for host in range(len(self._manager.capacities))]
        there = any(
            room.cores >= self._demand.cores and room.memory >= self._demand.memory
            for number, room in enumerate(free)
            if self._demand.host in (None, number)
        )
        allocation = self._manager.take(self._demand)
        assert (allocation is not None) == there
        self._manager.check()
        if allocation is not None:
            at(self._manager.env, self._manager.env.now + self._held, allocation.release)


@st.composite
def demands(draw: st.DrawFn) -> dict[str, Any]:
    cores, memory = draw(st.integers(0, 3)), draw(st.integers(0, 6))
    host = draw(st.one_of(st.none(), st.integers(0, 1)))
    estimate = draw(st.one_of(st.none(), st.integers(1, 9)))
    return {"cores": cores, "memory": memory or 1, "host": host, "estimate": estimate}


@pytest.mark.parametrize("backfill", MODES)
@given(
    asked=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9), demands()), max_size=8),
    taken=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9), demands()), max_size=8),
)
def test_all_who_wait_are_served_in_the_end_and_the_books_add_up(
    backfill: Backfill, asked: list[Any], taken: list[Any]
) -> None:
    manager = ResourceManager(Environment(), hosts(3, 3, memory=6), backfill=backfill)
    load = Load(manager)
    for number, (arrival, held, demand) in enumerate(asked):
        load.add(number, arrival, held, Demand(**demand))
    for arrival, held, demand in taken:
        at(manager.env, arrival, partial(Taker(manager, Demand(**demand), held).take))
    assert set(load.run()) == set(range(len(asked)))
