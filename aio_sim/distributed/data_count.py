"""Counts how many tasks began where their data are."""

from __future__ import annotations

from aio_sim.distributed.attended import Attendant, AttendedDispatcher
from aio_sim.scheduling.process import Process


class DataCount(Attendant):
    """Counts the tasks with data by whether their machine holds them, whatever the policy."""

    def sent(self, task: Process, to: AttendedDispatcher) -> None:
        """Count a task."""
        if task.holders:
            here = to.machine(task.machine).name in task.holders
            to.trace.add_total(f"dispatch.{'local' if here else 'remote'}", 1)
