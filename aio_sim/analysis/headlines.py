"""Which metrics a comparison shows where none are chosen."""

from __future__ import annotations

from collections.abc import Collection
from fnmatch import fnmatchcase
from typing import Final

HEADLINES: Final = (
    *("waiting.mean", "response.mean", "turnaround.mean", "turnaround.p95", "throughput"),
    *("cpu.utilization", "context_switches", "fairness.jain"),
)
"""What is asked of tasks."""

_TASKS: Final = "turnaround.mean"
_WITHOUT_TASKS: Final = (
    *("mapreduce.time.max", "distribution.*.time", "image.copy.time", "vm.boot.mean"),
    *("vm.migration.downtime", "dfs.lost", "dfs.put.time.mean", "dfs.get.time.mean"),
    *("dfs.bytes.stored", "dfs.repair.bytes"),
    *("storage.*.throughput", "storage.*.latency.mean", "storage.*.failover.max"),
    *("storage.*.lost", "storage.*.violations"),
    *("backup.kept", "backup.recovery_point", "backup.recovery_time", "backup.exposure.max"),
)
"""Patterns of what is asked of a scenario in which no task ran, topic by topic."""


def headlines(known: Collection[str]) -> tuple[str, ...]:
    """Return the metrics to show of those that a run has: of tasks, or else of what else is there.

    Where nothing of either is known, those of tasks.
    """
    if _TASKS in known:
        return HEADLINES
    names = sorted(known)
    found = [name for form in _WITHOUT_TASKS for name in names if fnmatchcase(name, form)]
    return tuple(found) or HEADLINES
