"""Quotas: who is over waits, alone; who could never be within is rejected."""

from __future__ import annotations

import pytest

from aio_sim.kernel.environment import Environment
from aio_sim.resources.allocation import Rejection
from aio_sim.resources.demand import Demand
from aio_sim.resources.manager import Backfill, ResourceManager
from aio_sim.resources.quota import Quota
from tests.resources.driver import Load, hosts

QUOTAS = {"small": Quota(cores=2, memory=10)}
MODES: list[Backfill] = ["none", "easy", "conservative"]


def load(backfill: Backfill) -> Load:
    options = {"quotas": QUOTAS, "backfill": backfill}
    return Load(ResourceManager(Environment(), hosts(8, 8, memory=100), **options))


@pytest.mark.parametrize("backfill", MODES)
def test_a_tenant_over_its_quota_waits_and_others_pass(backfill: Backfill) -> None:
    tasks = load(backfill)
    tasks.add(0, 0, 10, Demand(cores=2, tenant="small", estimate=10))
    tasks.add(1, 1, 10, Demand(cores=1, tenant="small", estimate=10))
    tasks.add(2, 2, 10, Demand(cores=5, tenant="large", estimate=10))
    tasks.add(3, 3, 10, Demand(cores=5, estimate=10))
    assert tasks.run() == {0: 0, 1: 10, 2: 2, 3: 3}


@pytest.mark.parametrize("backfill", MODES)
def test_those_of_a_tenant_over_its_quota_do_not_pass_each_other(backfill: Backfill) -> None:
    tasks = load(backfill)
    tasks.add(0, 0, 10, Demand(cores=1, tenant="small", estimate=10))
    tasks.add(1, 1, 10, Demand(cores=2, tenant="small", estimate=10))
    tasks.add(2, 2, 10, Demand(cores=1, tenant="small", estimate=10))
    assert tasks.run() == {0: 0, 1: 10, 2: 20}


@pytest.mark.parametrize("backfill", MODES)
def test_a_quota_counts_every_kind_over_all_hosts(backfill: Backfill) -> None:
    tasks = load(backfill)
    tasks.add(0, 0, 10, Demand(memory=6, tenant="small", host=0, estimate=10))
    tasks.add(1, 1, 10, Demand(memory=6, tenant="small", host=1, estimate=10))
    assert tasks.run() == {0: 0, 1: 10}


@pytest.mark.parametrize("backfill", MODES)
def test_one_in_quota_when_planned_may_be_over_it_when_its_time_comes(backfill: Backfill) -> None:
    tasks = load(backfill)
    tasks.add(0, 0, 10, Demand(cores=8, host=0, estimate=10))
    tasks.add(1, 1, 10, Demand(cores=2, host=0, tenant="small", estimate=10))
    tasks.add(2, 2, 20, Demand(cores=2, host=1, tenant="small", estimate=20))
    assert tasks.run() == {0: 0, 1: 22, 2: 2}


def test_a_demand_larger_than_the_quota_is_rejected() -> None:
    manager = ResourceManager(Environment(), hosts(8, memory=100), quotas=QUOTAS)

    def ask(demand: Demand) -> object:
        return manager.ask(demand, lambda _: None)

    assert ask(Demand(cores=3, tenant="small")) == Rejection(
        "needs 3 cores, the quota of tenant small is 2"
    )
    assert ask(Demand(memory=11, tenant="small")) == Rejection(
        "needs more memory than the quota of tenant small"
    )
