"""Earliest deadline first."""

from __future__ import annotations

from math import inf
from typing import ClassVar

from aio_sim.scheduling.policy import Moment, SchedulingPolicy, scheduling_policy
from aio_sim.scheduling.process import Process


@scheduling_policy("edf")
class EarliestDeadlineFirst(SchedulingPolicy):
    """Runs the process whose deadline comes first; those without one come last.

    Source: Liu & Layland, Scheduling Algorithms for Multiprogramming in a Hard-Real-Time
    Environment, JACM 20(1), 1973, section 7.
    """

    criterion: ClassVar[str] = "deadline"

    preemptive: bool = True

    def key(self, process: Process, moment: Moment) -> float:
        """Return the deadline, an instant in nanoseconds."""
        return inf if process.deadline is None else process.deadline

    def preempts(self, candidate: Process, running: Process, moment: Moment) -> bool:
        """Return whether the candidate's deadline comes before that of the running process."""
        return self.preemptive and self.key(candidate, moment) < self.key(running, moment)

    def value(self, process: Process, moment: Moment) -> int | None:
        """Return the deadline, an instant in nanoseconds."""
        return process.deadline
