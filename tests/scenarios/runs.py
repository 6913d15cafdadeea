"""Runs of shipped scenarios, each made once, and what tests ask of them."""

from __future__ import annotations

from functools import cache
from typing import Any

from aio_sim import Run, Scenario, simulate


@cache
def run(name: str, *settings: str, seed: int | None = None) -> Run:
    """Return a run of a shipped scenario with fields changed, audited."""
    return simulate(Scenario.load(name, set=settings), seed=seed, audit=True)


def waiting(name: str, *settings: str) -> float:
    """Return the mean waiting time."""
    return run(name, *settings).metrics["waiting.mean"]


def turnaround(name: str, *settings: str) -> float:
    """Return the mean turnaround time."""
    return run(name, *settings).metrics["turnaround.mean"]


def column(name: str, field: str, *settings: str) -> dict[str, Any]:
    """Return one field of each task, by its name."""
    tasks = run(name, *settings).tasks
    return dict(zip(tasks["id"].tolist(), tasks[field].tolist(), strict=True))


def order(name: str, *settings: str) -> list[str]:
    """Return the names of the tasks in the order of finishing."""
    finish = column(name, "finish", *settings)
    return sorted(finish, key=lambda task: finish[task])
