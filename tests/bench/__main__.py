"""Prints how the simulator does beside bare SimPy callbacks, and how its cost grows.

    python -m tests.bench [against-bare] [growth] [quantum] [memory] [pods] [ycsb] [network] [files]

Each figure is the median of several runs; processor time, not the clock on the wall. The machine is
shared with whatever else runs: look at ratios, and at several runs.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from functools import partial
from math import log2
from statistics import median
from time import process_time

from aio_sim.scenario import Scenario
from aio_sim.simulation import simulate
from tests.bench.clusters import files_on, send, three_tiers
from tests.bench.workloads import SPEEDS, Speed, pods_on, ycsb_on

RUNS = 5


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of one call."""
    begun = process_time()
    work()
    return process_time() - begun


def run(scenario: Scenario) -> None:
    """Run a scenario to its totals."""
    assert simulate(scenario).metrics["tasks.completed"]


def against_bare() -> None:
    """The four workloads: the simulator's rate over that of bare callbacks; at least 1/3."""
    for speed in SPEEDS:
        ours, bare = partial(run, speed.scenario()), speed.bare()
        pairs = [(seconds(bare), seconds(ours)) for _ in range(RUNS)]
        ratios = [before / after for before, after in pairs]
        runs = " ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"{speed.name}: {median(ratios):.2f} of the bare rate   (runs: {runs})")


def growth() -> None:
    """The cost of a task over numbers of tasks, and of hosts; within 1.5."""
    few, many = (Speed("load", "fcfs", 100, poisson=True).scenario(n) for n in (10_000, 1_000_000))
    show("a task among 1,000,000, over 10,000", few, many, 100)
    few, many = (Speed("load", "fcfs", n, poisson=True).scenario(100_000) for n in (10, 10_000))
    show("a task on 10,000 hosts, over 10", few, many, 1)


def quantum() -> None:
    """Round robin with a quantum of 1 ms over one of 100 ms; within 1.2."""
    load = Speed("quanta", "fcfs", 20, poisson=True).scenario(50_000)
    coarse, fine = (
        load.having(["scheduler.policy=rr", f"scheduler.quantum={q}"]) for q in ("100ms", "1ms")
    )
    show("a quantum of 1 ms, over 100 ms", coarse, fine, 1)


def show(what: str, small: Scenario, large: Scenario, times: int) -> None:
    """Print what the large one costs over `times` the small one."""
    ratios = [seconds(lambda: run(large)) / (seconds(lambda: run(small)) * times) for _ in range(3)]
    print(f"{what}: {median(ratios):.2f} times   (runs: {' '.join(f'{r:.2f}' for r in ratios)})")


def memory() -> None:
    """Bytes a task at the peak; below 400."""
    for speed in (SPEEDS[0], SPEEDS[2]):
        scenario = speed.scenario()
        run(speed.scenario(1000))  # so that modules are loaded
        tracemalloc.start()
        run(scenario)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        print(f"{speed.name}: {peak / 100_000:.0f} bytes a task at the peak")


def pods() -> None:
    """5,000 pods on 1,000 nodes, at least 500 a second; the cost of one, over 100; within 2."""
    rates: list[float] = []
    for nodes in (100, 1000):
        scenario = pods_on(nodes)
        times = [seconds(partial(place, scenario)) for _ in range(3)]
        rates.append(5 * nodes / median(times))
        print(f"{5 * nodes:,} pods on {nodes:,} nodes: {rates[-1]:,.0f} a second")
    print(f"a pod on 1,000 nodes, over 100: {rates[0] / rates[1]:.2f} times")


def place(scenario: Scenario) -> None:
    """Run a scenario until all its pods are ready."""
    metrics = simulate(scenario).metrics
    assert metrics["container.web.ready"] == metrics["container.web.replicas"]


def ycsb() -> None:
    """YCSB A, a million operations on each engine, at least 10,000 a second; linear in them."""
    for engine in ("relational", "document"):
        begun = seconds(partial(simulate, ycsb_on(engine, 1)))  # the records, which are not counted
        few, many = (
            seconds(partial(simulate, ycsb_on(engine, count))) - begun
            for count in (100_000, 1_000_000)
        )
        rate = 1_000_000 / many
        print(
            f"{engine}: {rate:,.0f} a second; an operation among 1,000,000, over 100,000: "
            f"{many / few / 10:.2f} times"
        )


def network() -> None:
    """Flows across three tiers of 1,000 hosts: 10,000 in a minute, no worse than n log n."""
    topology = three_tiers()
    first = 0.0
    for flows in (1_000, 2_500, 5_000, 10_000):
        rates: list[int] = []
        time = min(seconds(partial(send, topology, flows, rates)) for _ in range(3))
        each = time / (flows * log2(flows))
        first = first or each
        print(
            f"{flows:,} flows: {time:.2f} s, {rates[0]:,} rates; over n log n: "
            f"{each / first:.2f} times that of 1,000"
        )


def files() -> None:
    """100,000 blocks on 1,000 nodes, of which one dies; in ten seconds; linear in the blocks."""
    times: list[float] = []
    for blocks in (10_000, 100_000):
        begun = process_time()
        metrics = simulate(files_on(blocks)).metrics
        times.append(process_time() - begun)
        assert metrics["dfs.nodes.dead"] == 1
        assert not metrics["dfs.under_replicated"]
        print(f"{blocks:,} blocks: {times[-1]:.1f} s, {metrics['dfs.repairs']:,} repairs")
    print(f"a block among 100,000, over 10,000: {times[1] / times[0] / 10:.2f} times")


def main() -> None:
    parts = {
        "against-bare": against_bare,
        "growth": growth,
        "quantum": quantum,
        "memory": memory,
        "pods": pods,
        "ycsb": ycsb,
        "network": network,
        "files": files,
    }
    for name in sys.argv[1:] or parts:
        print(parts[name].__doc__)
        parts[name]()


if __name__ == "__main__":
    main()
