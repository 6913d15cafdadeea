"""What is held can shrink always, and grow in place where there is room and quota."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.environment import COMPLETION, Environment
from aio_sim.resources.allocation import Allocation, Rejection
from aio_sim.resources.demand import Capacity, Demand, difference
from aio_sim.resources.manager import Backfill, ResourceManager
from aio_sim.resources.quota import Quota
from tests.resources.driver import Load, at, hosts
from tests.resources.test_soup import MODES, QUOTAS, capacities, tasks


def held(manager: ResourceManager, demand: Demand) -> Allocation:
    """Return an allocation that is granted now."""
    allocation = manager.request(demand)
    manager.env.run()
    assert allocation.granted
    return allocation


def test_what_is_more_and_what_is_less() -> None:
    assert difference(((0, 3), (1, 5)), ((1, 7), (2, 1))) == (((1, 2), (2, 1)), ((0, 3),))
    assert difference((), ()) == ((), ())


def test_it_grows_where_the_host_has_room_and_not_beyond() -> None:
    manager = ResourceManager(Environment(), hosts(4, memory=10))
    allocation = held(manager, Demand(cores=1, memory=6))
    assert manager.resize(allocation, memory=10)
    assert not manager.resize(allocation, memory=11)
    assert manager.free(0) == Capacity("h-0", 3, 0)
    assert allocation.demand.memory == 10
    allocation.release()
    manager.check_returned()


def test_all_kinds_change_together_or_none_does() -> None:
    manager = ResourceManager(Environment(), hosts(4, memory=10))
    allocation = held(manager, Demand(cores=4, memory=6))
    assert not manager.resize(allocation, cores=1, memory=11)
    assert manager.free(0) == Capacity("h-0", 0, 4)
    assert manager.resize(allocation, cores=1, memory=10)
    assert manager.free(0) == Capacity("h-0", 3, 0)
    manager.check()


def test_it_grows_within_the_quota_of_its_tenant() -> None:
    quotas = {"a": Quota(memory=8)}
    manager = ResourceManager(Environment(), hosts(4, memory=10), quotas=quotas)
    allocation = held(manager, Demand(memory=6, tenant="a"))
    assert not manager.resize(allocation, memory=9)
    assert manager.resize(allocation, memory=8)
    assert manager.resize(allocation, memory=1)
    assert held(manager, Demand(memory=7, tenant="a")).granted
    manager.check()


@pytest.mark.parametrize("backfill", MODES)
def test_what_shrinks_lets_in_who_waits(backfill: Backfill) -> None:
    env = Environment()
    manager = ResourceManager(env, hosts(4, memory=10), backfill=backfill)
    allocation = held(manager, Demand(memory=8))
    waiting = manager.request(Demand(memory=5, estimate=3))
    at(env, 7, partial(manager.resize, allocation, memory=5))
    env.run()
    assert waiting.granted_at == 7
    manager.check()


def test_what_grows_takes_from_the_plan_of_those_that_wait() -> None:
    env = Environment()
    manager = ResourceManager(env, hosts(4), backfill="conservative")
    first = held(manager, Demand(cores=2, estimate=10))
    second = held(manager, Demand(cores=1, estimate=5))
    waiting = manager.request(Demand(cores=2, estimate=3))
    at(env, 1, partial(manager.resize, first, cores=3))
    at(env, 5, second.release, COMPLETION)
    at(env, 10, first.release, COMPLETION)
    env.run()
    assert waiting.granted_at == 10
    manager.check()


def test_mean_and_peak_follow_the_size() -> None:
    env = Environment()
    manager = ResourceManager(env, hosts(1, memory=10))
    allocation = held(manager, Demand(memory=4))
    at(env, 10, partial(manager.resize, allocation, memory=8))
    at(env, 20, partial(manager.resize, allocation, memory=1))
    at(env, 40, allocation.release)
    env.run()
    totals = manager.totals()
    assert (totals["memory.peak"], totals["memory.mean"]) == (8, (40 + 80 + 20) / 40)


def test_only_what_is_held_of_one_host_can_be_resized() -> None:
    manager = ResourceManager(Environment(), hosts(2, 2))
    spanning = held(manager, Demand(cores=3, span=True))
    waiting = manager.request(Demand(cores=2))
    for allocation in (spanning, waiting):
        with pytest.raises(ValueError, match="held of one host"):
            manager.resize(allocation, cores=1)
    spanning.release()
    manager.env.run()
    assert waiting.granted
    with pytest.raises(ValueError, match="negative"):
        manager.resize(waiting, cores=-1)
    waiting.release()
    with pytest.raises(ValueError, match="held of one host"):
        manager.resize(waiting, cores=1)


changes = st.tuples(st.integers(0, 30), st.integers(0, 9), st.integers(0, 6), st.integers(0, 8))


@pytest.mark.parametrize("backfill", MODES)
@given(capacity=capacities, rows=st.lists(tasks, max_size=8), resizes=st.lists(changes, max_size=8))
def test_the_books_hold_whatever_is_resized(
    backfill: Backfill,
    capacity: list[Capacity],
    rows: list[Any],
    resizes: list[tuple[int, int, int, int]],
) -> None:
    manager = ResourceManager(Environment(), capacity, backfill=backfill, quotas=QUOTAS)
    load = Load(manager)
    for number, (arrival, time, demand, _patience) in enumerate(rows):
        load.add(number, arrival, time, demand)
    for instant, number, cores, memory in resizes:
        at(manager.env, instant, partial(resize, load, number, cores, memory))
    load.run()
    served = [each for each in load.allocations.values() if not isinstance(each, Rejection)]
    assert len(load.starts) == len(served)


def resize(load: Load, number: int, cores: int, memory: int) -> None:
    """Resize an allocation if it is held of one host, with the books audited."""
    allocation = load.allocations.get(number)
    if not isinstance(allocation, Allocation) or allocation.share is not None:
        return
    if allocation.granted and not allocation.returned:
        grows = load.manager.resize(allocation, cores=cores, memory=memory)
        assert grows == (allocation.demand[:2] == (cores, memory))
        load.manager.check()
