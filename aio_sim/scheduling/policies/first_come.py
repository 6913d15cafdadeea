"""First come, first served."""

from __future__ import annotations

from typing import ClassVar

from aio_sim.scheduling.policy import Moment, SchedulingPolicy, scheduling_policy
from aio_sim.scheduling.process import Process


@scheduling_policy("fcfs")
class FirstComeFirstServed(SchedulingPolicy):
    """Runs processes in the order of joining, each to the end of its burst.

    Source: Silberschatz, Galvin & Gagne, Operating System Concepts, 10th ed., 5.3.1.
    """

    criterion: ClassVar[str] = "turn"

    def value(self, process: Process, moment: Moment) -> float:
        """Return the process's turn."""
        return process.joined
