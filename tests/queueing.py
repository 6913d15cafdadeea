"""Queues of the textbooks as scenarios, for what theory says of them."""

from __future__ import annotations

from typing import Any

import yaml

from aio_sim.scenario import Scenario
from aio_sim.simulation import Run, simulate

EXPONENTIAL = {"kind": "exponential", "mean": 1}
HYPEREXPONENTIAL = (("short", 0.8, 0.5), ("long", 0.2, 3.0))
"""Classes (name, share of the arrivals, mean work), which together have work of mean 1."""


def poisson(rate: float, count: int, work: Any, **fields: Any) -> dict[str, Any]:
    """Return a source of that many tasks."""
    return {"kind": "poisson", "rate": rate, "count": count, "work": work, **fields}


def classes(
    rates: tuple[float, ...], count: int, works: tuple[Any, ...], **options: Any
) -> list[dict[str, Any]]:
    """Return sources c1, c2, ... whose priorities are their places, over the same time."""
    total = sum(rates)
    return [
        poisson(rate, round(count * rate / total), work, name=f"c{at}", priority=at, **options)
        for at, (rate, work) in enumerate(zip(rates, works, strict=True), 1)
    ]


def queue(
    workload: list[dict[str, Any]],
    policy: str = "fcfs",
    *,
    cores: int = 1,
    seed: int = 1,
    audit: bool = True,
    **options: Any,
) -> Run:
    """Return a run of one machine."""
    scenario = {
        "name": "queue",
        "hosts": [{"name": "h", "cores": cores}],
        "scheduler": {"policy": policy, **options},
        "workload": workload,
    }
    return simulate(Scenario.from_text(yaml.safe_dump(scenario)), seed=seed, audit=audit)
