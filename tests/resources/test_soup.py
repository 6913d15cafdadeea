"""Demands of all sorts together: never over capacity, everyone is served, all comes back."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.kernel.environment import Environment
from aio_sim.resources.allocation import Rejection
from aio_sim.resources.demand import Capacity, Demand
from aio_sim.resources.manager import Backfill, ResourceManager
from aio_sim.resources.placement import PLACEMENT_POLICIES
from aio_sim.resources.quota import Quota
from aio_sim.scheduling.policies import (
    FirstComeFirstServed,
    HighestResponseRatioNext,
    ShortestJobFirst,
)
from tests.resources.driver import Load, at

MODES: list[Backfill] = ["none", "easy", "conservative"]
QUOTAS = {"a": Quota(cores=3), "b": Quota(cores=5, memory=6)}

capacities = st.lists(
    st.builds(Capacity, st.just("h"), st.integers(1, 6), st.integers(0, 8), st.integers(0, 2)),
    min_size=1,
    max_size=4,
)
demands = st.builds(
    Demand,
    cores=st.integers(0, 6),
    memory=st.integers(0, 6),
    disk=st.integers(0, 1),
    tenant=st.sampled_from([None, "a", "b", "c"]),
    span=st.booleans(),
    host=st.sampled_from([None, None, 0]),
    estimate=st.none() | st.integers(0, 9),
)
tasks = st.tuples(st.integers(0, 15), st.integers(0, 9), demands, st.none() | st.integers(0, 9))


def fill(manager: ResourceManager, rows: list[Any]) -> Load:
    """Ask for everything; some give up, or return early, after a while."""
    load = Load(manager)
    for number, (arrival, held, demand, patience) in enumerate(rows):
        load.add(number, arrival, held, demand)
        if patience is not None:
            at(manager.env, arrival + patience, partial(give_up, load, number))
    return load


def give_up(load: Load, number: int) -> None:
    allocation = load.allocations.get(number)
    if allocation is not None and not isinstance(allocation, Rejection):
        allocation.release()


@pytest.mark.parametrize("backfill", MODES)
@given(
    capacity=capacities,
    rows=st.lists(tasks, min_size=1, max_size=25),
    placement=st.sampled_from(sorted(PLACEMENT_POLICIES)),
    order=st.sampled_from([FirstComeFirstServed, ShortestJobFirst, HighestResponseRatioNext]),
)
@settings(max_examples=100, deadline=None)
def test_everyone_is_served_and_all_comes_back(
    backfill: Backfill, capacity: list[Capacity], rows: list[Any], placement: str, order: Any
) -> None:
    manager = ResourceManager(
        Environment(),
        capacity,
        placement=PLACEMENT_POLICIES[placement](),
        order=order(),
        backfill=backfill,
        quotas=QUOTAS,
    )
    load = fill(manager, rows)
    load.run()
    totals = manager.totals()
    asked = [totals[f"allocation.{name}"] for name in ("granted", "rejected", "withdrawn")]
    assert sum(asked) == len(rows)
    for number, allocation in load.allocations.items():
        if isinstance(allocation, Rejection) or number not in load.starts:
            continue
        assert allocation.core_count == allocation.demand.cores
        assert allocation.waited == load.starts[number] - allocation.asked
