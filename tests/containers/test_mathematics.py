"""The closed forms of docs/background/platform.md, against whole runs."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
import yaml

from aio_sim import Run, Scenario, simulate
from aio_sim.analysis.theory import mm1, mmc


def run(audit: bool = True, **fields: Any) -> Run:
    """Return a run of a scenario of such fields."""
    text = yaml.safe_dump({"name": "mathematics", **fields}, sort_keys=False)
    return simulate(Scenario.from_text(text), audit=audit)


# Bin packing


def perfectly_packed(nodes: int, capacity: int, seed: int) -> list[int]:
    """Return requests that fill so many nodes to the last thousandth, the largest first."""
    generator = random.Random(seed)
    sizes: list[int] = []
    for _node in range(nodes):
        cuts = sorted(generator.sample(range(1, capacity), generator.randint(1, 4)))
        edges = [0, *cuts, capacity]
        sizes += [end - begin for begin, end in pairwise(edges)]
    return sorted(sizes, reverse=True)


def nodes_taken(sizes: Sequence[int], capacity: int) -> float:
    """Return how many nodes a pool switches on for pods of these requests, in this order."""
    pods = [
        {"name": f"p{at}", "template": {"image": "app", "requests": {"cpu": f"{size}m"}}}
        for at, size in enumerate(sizes)
    ]
    found = run(
        hosts=[{"name": "n", "count": len(sizes), "cores": capacity // 1000, "memory": "64GiB"}],
        until=15,
        platform={"deployments": pods, "node_pools": [{"nodes": "n-*", "boot": 10}]},
    )
    return found.metrics["container.nodes.added"]


@pytest.mark.parametrize("seed", range(4))
def test_first_fit_decreasing_takes_at_most_eleven_ninths_of_the_best_and_six_ninths(
    seed: int,
) -> None:
    best = 9
    sizes = perfectly_packed(best, 4000, seed)
    taken = nodes_taken(sizes, 4000)
    assert best <= taken <= Fraction(11, 9) * best + Fraction(6, 9)


# Queues of replicas

SERVICE: dict[str, Any] = {
    "hosts": [{"name": "n", "cores": 4, "memory": "8GiB"}],
    "container_runtime": {"scheduler": {"policy": "ps"}},
}
POD = {"image": "app", "limits": {"cpu": 1}}


def requests(on: str, rate: float, count: int) -> list[dict[str, Any]]:
    """Return Poisson arrivals of exponential work, 1 s on average, once all is up."""
    work = {"kind": "exponential", "mean": 1}
    return [
        {"kind": "poisson", "on": on, "from": 5, "rate": rate, "count": count, "work": work},
    ]


@pytest.mark.slow
def test_one_container_of_c_cores_is_m_m_c() -> None:
    containers = [{"name": "web", "image": "app", "memory": "1GiB", "started": True}]
    found = run(
        False, **SERVICE, containers=containers, workload=requests("web", 3.0, 40_000)
    ).metrics
    assert found["turnaround.mean"] == pytest.approx(mmc(3.0, 1, 4).turnaround, rel=0.05)


@pytest.mark.slow
def test_replicas_behind_a_service_are_between_one_queue_and_a_queue_each() -> None:
    deployments = [{"name": "web", "replicas": 4, "template": POD}]
    times = {}
    for balance in ("least", "round_robin"):
        platform = {
            "deployments": deployments,
            "services": [{"name": "web", "balance": balance}],
        }
        found = run(False, **SERVICE, platform=platform, workload=requests("web", 3.0, 10_000))
        times[balance] = found.metrics["turnaround.mean"]
    shared, apart = mmc(3.0, 1, 4).turnaround, mm1(3.0 / 4, 1).turnaround
    assert 0.95 * shared < times["least"] < times["round_robin"] < 1.05 * apart


def test_replicas_that_start_late_leave_a_backlog_of_the_excess_times_the_delay() -> None:
    replicas, more, rate, work, begun, wanted = 2, 6, 30.0, 0.1, 10.0, 20.0
    pod = {"image": "app", "requests": {"cpu": 1}, "ready_after": 5, "readiness": {"period": 1}}
    platform = {
        "deployments": [{"name": "web", "replicas": replicas, "template": pod}],
        "services": [{"name": "web"}],
        "steps": [{"at": wanted, "do": "scale", "deployment": "web", "replicas": more}],
    }
    arrivals = {"kind": "periodic", "on": "web", "offset": begun, "every": 1 / rate, "until": 60}
    hosts = [{"name": "n", "count": more, "cores": 1, "memory": "8GiB"}]
    found = run(
        **(SERVICE | {"hosts": hosts}),
        platform=platform,
        workload=[{**arrivals, "work": work}],
        until=80,
    )
    ready = wanted + found.metrics["container.pods.start.max"]
    excess = rate / replicas - 1 / work  # a second and old pod
    backlog = excess * (ready - begun)
    tasks = found.tasks
    assert set(tasks["status"].tolist()) == {"completed"}
    longest = float(max(tasks["turnaround"].tolist()))
    assert longest == pytest.approx((backlog + 1) * work, rel=0.02)
    drained = ready + backlog / (1 / work - rate / more)
    late = tasks["arrival"][tasks["turnaround"] > 1.5 * work]
    assert late.max() == pytest.approx(drained, rel=0.03)


# Availability

UP, DOWN = 300.0, 60.0
"""Seconds to failure and to repair, on average."""


def outages(until: float, generator: random.Random) -> Iterator[tuple[float, float]]:
    """Yield from when to when a host is down."""
    now = 5.0
    while True:
        now += generator.expovariate(1 / UP)
        repair = generator.expovariate(1 / DOWN)
        if now + repair >= until:
            return
        yield now, now + repair
        now += repair


def overlap(one: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]]) -> float:
    """Return for how long two hosts are down together."""
    both = (min(a[1], b[1]) - max(a[0], b[0]) for a in one for b in other)
    return sum(max(each, 0) for each in both)


def test_n_replicas_are_up_but_for_the_nth_power_of_what_one_is_down() -> None:
    until, generator = 40_000.0, random.Random(7)
    down = {host: list(outages(until, generator)) for host in ("h-0", "h-1")}
    found = run(
        False,
        hosts=[{"name": "h", "count": 2, "cores": 1, "memory": "1GiB"}],
        containers=[
            {"name": f"web-{number}", "on": f"h-{number}", "image": "app", "restart": "always",
             "memory": "128MiB", "started": True}
            for number in range(2)
        ],
        failures=[
            {"host": host, "at": begin, "for": end - begin}
            for host, listed in down.items()
            for begin, end in listed
        ],
        workload=[{"kind": "periodic", "on": ["web-0", "web-1"], "offset": 5, "every": 4,
                   "until": until, "work": 0.001}],
        until=until,
    )  # fmt: skip
    lost = found.metrics["container.lost"] / found.metrics["tasks.submitted"]
    assert lost == pytest.approx(overlap(down["h-0"], down["h-1"]) / until, rel=0.05)
    unavailable = DOWN / (UP + DOWN)
    assert lost == pytest.approx(unavailable**2, rel=0.3)
