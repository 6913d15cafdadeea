"""The four workloads: 100,000 tasks of 10 to 100 s, sent to machines in turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aio_sim.scenario import Scenario
from tests.bench.bare import first_come, sharing

TASKS = 100_000
CORES = 2
LOAD = 0.8
MEAN_WORK = 55.0


@dataclass(frozen=True)
class Speed:
    """One workload, on the simulator and on bare callbacks."""

    name: str
    policy: str
    machines: int
    poisson: bool = False

    def scenario(self, tasks: int = TASKS) -> Scenario:
        """Return the scenario."""
        kind: dict[str, object] = {"kind": "batch", "at": 0}
        if self.poisson:
            kind = {"kind": "poisson", "rate": self.rate}
        work = {"kind": "uniform", "low": 10, "high": 100}
        return Scenario.model_validate(
            {
                "name": self.name,
                "hosts": [{"name": "h", "count": self.machines, "cores": CORES}],
                "scheduler": {"policy": self.policy},
                "dispatch": {"policy": "round_robin"},
                "workload": [{**kind, "count": tasks, "work": work}],
            }
        )

    @property
    def rate(self) -> float:
        """Arrivals a second."""
        return LOAD * self.machines * CORES / MEAN_WORK

    def bare(self, tasks: int = TASKS) -> Callable[[], list[float]]:
        """Return the same work with no model; its tasks are drawn beforehand."""
        generator = np.random.default_rng(0)
        works = generator.uniform(10, 100, tasks).tolist()
        if self.policy == "ps":
            return lambda: sharing(works, self.machines, CORES)
        arrivals = [0.0] * tasks
        if self.poisson:
            arrivals = np.cumsum(generator.exponential(1 / self.rate, tasks)).tolist()
        return lambda: first_come(arrivals, works, self.machines, CORES)


SPEEDS = [
    Speed("W1", "fcfs", 400),
    Speed("W2", "ps", 400),
    Speed("W3", "fcfs", 400, poisson=True),
    Speed("W4", "fcfs", 20_000),
]


def pods_on(nodes: int) -> Scenario:
    """Return a platform of so many nodes, on which five pods each are to be ready."""
    template = {"image": "web", "requests": {"cpu": "500m", "memory": "256MiB"}}
    return Scenario.model_validate(
        {
            "name": "pods",
            "hosts": [{"name": "node", "count": nodes, "cores": 8, "memory": "32GiB"}],
            "platform": {
                "deployments": [{"name": "web", "replicas": 5 * nodes, "template": template}]
            },
        }
    )


def ycsb_on(engine: str, operations: int) -> Scenario:
    """Return a scenario of YCSB's workload A, 10,000 records of 1 kB and 32 clients."""
    disk = {"size": "100GB", "read": "500MB/s", "write": "500MB/s", "latency": "100us"}
    load = {"kind": "ycsb", "on": "db", "workload": "A", "operations": operations, "clients": 32}
    return Scenario.model_validate(
        {
            "name": f"ycsb on {engine}",
            "hosts": [{"name": "h", "cores": 4, "disk": disk}],
            "storage": {
                "engines": [{"name": "db", "on": "h", "engine": engine, "buffer_pool": "128MiB"}],
                "loads": [load],
            },
        }
    )
