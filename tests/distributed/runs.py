"""Short scenarios, run with every invariant audited."""

from __future__ import annotations

from typing import Any, NamedTuple

import yaml

from aio_sim.kernel.trace import Level, TaskRow
from aio_sim.scenario import Scenario
from aio_sim.simulation import Run, simulate

Tasks = list[dict[str, Any]]


class Row(NamedTuple):
    """What a test looks at in a task's row."""

    start: float
    finish: float
    machine: str


def scenario(
    workload: list[dict[str, Any]], hosts: list[dict[str, Any]], **fields: Any
) -> Scenario:
    """Return a scenario of these workloads and hosts."""
    data = {"name": "test", "hosts": hosts, "workload": workload, **fields}
    return Scenario.from_text(yaml.safe_dump(data))


def run(
    workload: list[dict[str, Any]],
    hosts: list[dict[str, Any]] | None = None,
    *,
    level: Level = "tasks",
    **fields: Any,
) -> Run:
    """Return a run, on one host of one core where none are given."""
    hosts = hosts or [{"name": "h"}]
    return simulate(scenario(workload, hosts, **fields), level=level, audit=True)


def listed(*tasks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a workload of tasks written out."""
    return {"kind": "list", "tasks": list(tasks), **fields}


def rows(run: Run) -> dict[str, Row]:
    """Return start, finish and machine of each task by its name."""
    return {
        str(row["id"]): Row(float(row["start"]), float(row["finish"]), str(row["machine"]))
        for row in run.tasks
    }


def order(run: Run) -> list[str]:
    """Return the names of the tasks by their numbers, which is the order in which they came."""
    trace = run.trace
    numbers = sorted(trace.tasks.column("number").tolist())
    names = trace.names()
    return [names[number] for number in numbers]


def statuses(run: Run) -> dict[str, str]:
    """Return how each task ended, by its name."""
    return {str(row["id"]): str(row["status"]) for row in run.tasks}


def reasons(run: Run) -> dict[str, str]:
    """Return why each rejected task was, by its name."""
    names = run.trace.names()
    told = (TaskRow(*cells) for cells in run.trace.tasks.rows())
    return {names[row.number]: run.trace.text(row.reason) for row in told if row.reason >= 0}
