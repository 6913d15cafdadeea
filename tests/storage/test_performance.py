"""The mathematics of a storage system, held against pools, servers and disks that are simulated."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from aio_sim import Scenario, simulate
from aio_sim.kernel.errors import InputError
from aio_sim.storage.pages.buffer_pool import BufferPool
from aio_sim.storage.pages.midpoint_lru import MidpointLru
from aio_sim.storage.pages.page import Page
from aio_sim.storage.performance import (
    Station,
    asymptotic_bounds,
    group_commit,
    loss_of_lazy_commits,
    lru_hit_rate,
    zipf_popularity,
)
from aio_sim.storage.workloads.zipf import Zipf

SCENARIO = """
name: held
hosts: [{{name: h1, cores: {cores}, memory: 4GiB, disk: {disk}}}]
storage:
  engines: [{{name: db, on: h1, engine: {engine}, workers: 64, buffer_pool: {pool}, page_size: 4KiB,
             log: 16MiB, size: 1GiB, group_commit_window: {window}}}]
  loads: [{{name: load, on: db, clients: {clients}, think: {think}, {load}}}]
"""
READS = "kind: ycsb, workload: C, records: 2000, fields: 4, field_length: 50, operations: 2500"
TRANSFERS = "kind: ledger, records: 500, reads: 0, operations: {n}, warm_up: {warm}"
FAST = "{size: 1TB, read: 500MB/s, write: 500MB/s, latency: 100us}"
SLOW = "{size: 1TB, read: 500MB/s, write: 500MB/s, latency: 4ms}"


def metrics(**settings: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "cores": 2,
        "disk": FAST,
        "engine": "relational",
        "pool": "256KiB",
        "window": "0s",
        "clients": 8,
        "think": "0s",
        "load": READS,
    }
    text = SCENARIO.format(**usual | settings)
    return simulate(Scenario.from_text(text)).metrics


def test_bounds_are_those_of_operational_analysis() -> None:
    bounds = asymptotic_bounds([Station(0.01), Station(0.04, 2)], clients=3, think=1)
    assert bounds == pytest.approx((3 / 1.05, 0.05))
    crowded = asymptotic_bounds([Station(0.01), Station(0.04, 2)], clients=500, think=1)
    assert crowded == pytest.approx((50, 500 * 0.02 - 1))
    with pytest.raises(InputError):
        asymptotic_bounds([Station(0)], clients=1)


@pytest.mark.parametrize(
    ("clients", "pool", "think"),
    [
        (1, "4MiB", "0s"),
        (1, "256KiB", "0s"),
        (32, "4MiB", "0s"),
        (32, "256KiB", "0s"),
        (8, "256KiB", "5ms"),
    ],
)
@pytest.mark.parametrize("engine", ["relational", "document"])
def test_no_server_beats_its_bounds_and_a_crowded_one_reaches_them(
    engine: str, clients: int, pool: str, think: str
) -> None:
    told = metrics(engine=engine, clients=clients, pool=pool, think=think)
    answered = told["storage.load.answered"]
    stations = [
        Station(told["storage.db.cpu"] / answered, 2),
        Station(told["storage.db.disk"] / answered),
    ]
    bounds = asymptotic_bounds(stations, clients, 0.005 if think == "5ms" else 0)
    assert told["storage.load.throughput"] <= bounds.throughput * 1.01
    assert told["storage.load.latency.mean"] >= bounds.latency * 0.99
    assert told["storage.load.throughput"] >= bounds.throughput * 0.8


def test_latency_is_what_its_path_takes_where_nobody_else_is() -> None:
    told = metrics(clients=1)
    path = (told["storage.db.cpu"] + told["storage.db.disk"]) / told["storage.load.answered"]
    assert told["storage.load.latency.mean"] == pytest.approx(path, rel=1e-6)


@pytest.mark.parametrize("capacity", [1, 10, 50, 200, 499])
def test_an_lru_pool_hits_as_often_as_che_says(capacity: int) -> None:
    pages, requests, theta = 500, 40_000, 0.8
    generator = np.random.Generator(np.random.PCG64(11))
    shares = zipf_popularity(pages, theta)
    lru = MidpointLru(Fraction(1), 0)
    pool = BufferPool(capacity, lru, Page, lambda _pages: None, 1)
    for page in generator.choice(pages, size=requests, p=shares).tolist():
        pool.get(page)
    hits = pool.hits / (pool.hits + pool.misses - min(capacity, pages))
    assert hits == pytest.approx(lru_hit_rate(shares, capacity), abs=0.012)


def test_the_hit_rate_of_a_cache_for_all_is_one_and_of_equals_their_share() -> None:
    assert lru_hit_rate([0.25] * 4, 4) == 1
    assert lru_hit_rate([0.25] * 4, 0) == 0
    assert lru_hit_rate([0.001] * 1000, 300) == pytest.approx(0.3, abs=0.001)


def test_zipfs_shares_are_those_that_are_drawn() -> None:
    generator = np.random.Generator(np.random.PCG64(2))
    counts = np.bincount(Zipf(50, 0.9).draw(generator, 100_000), minlength=50) / 100_000
    assert counts[:2] == pytest.approx(zipf_popularity(50, 0.9)[:2], rel=0.03)


@pytest.mark.parametrize(("clients", "window"), [(1, 0), (8, 0), (32, 0), (1, 2), (16, 2)])
def test_a_group_commit_is_as_large_and_takes_as_long_as_worked_out(
    clients: int, window: int
) -> None:
    operations, warm = 40 * clients + 200, 160  # by then, all pages are in memory
    load = TRANSFERS.format(n=operations, warm=warm)
    told = metrics(
        clients=clients, load=load, disk=SLOW, cores=32, pool="16MiB", window=f"{window}ms"
    )
    work = told["storage.db.cpu"] / operations
    expected = group_commit(clients, 0.008, work, window / 1000)
    assert told["storage.db.commits_per_flush"] == pytest.approx(expected.batch, rel=0.06)
    assert told["storage.load.latency.mean"] == pytest.approx(expected.latency, rel=0.02)
    assert told["storage.load.throughput"] == pytest.approx(expected.throughput, rel=0.06)


def test_lazy_commits_lose_a_period_at_the_worst() -> None:
    assert loss_of_lazy_commits(300, 1) == (150, 300)
    with pytest.raises(InputError):
        group_commit(2, 0.001, 0.01)
