"""How closely a run is looked at: a chart and sentences need every step, totals do not."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from aio_sim.kernel.trace import Level
    from aio_sim.scenario import Scenario
    from aio_sim.scenario.workloads import WorkloadSpec

MOST_TASKS_DRAWN: Final = 1_000
"""With more tasks than this, a chart of the cores shows nothing that an eye could follow."""

_SHORTEST_ROW: Final = 30
"""Bytes of a line of a log, at least."""


def level_to_draw(scenario: Scenario) -> Level:
    """Return the trace level for a summary on a terminal: `full` where tasks are few."""
    expected = sum(most_tasks(workload) for workload in scenario.workload)
    return "full" if expected <= MOST_TASKS_DRAWN else "tasks"


def most_tasks(workload: WorkloadSpec) -> float:
    """Return how many tasks a workload brings at most, as far as can be told beforehand."""
    if workload.kind == "list":
        return len(workload.tasks)
    if workload.kind == "closed":
        return workload.users * (workload.count or inf)
    if workload.kind == "trace":
        limit = None if workload.format == "wfformat" else workload.limit
        return min(limit or inf, _rows(workload.path))
    return workload.count or inf


def _rows(log: Path) -> float:
    """Return how many lines a log has at most, by its size; compressed it may have any number."""
    if log.suffix == ".gz":
        return inf
    try:
        return log.stat().st_size / _SHORTEST_ROW
    except OSError:  # the reader will say what is wrong with it
        return inf
