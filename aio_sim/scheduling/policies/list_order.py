"""Orders of list scheduling: the longest task first, the critical path first."""

from __future__ import annotations

from typing import ClassVar

from aio_sim.scheduling.policy import Moment, SchedulingPolicy, scheduling_policy
from aio_sim.scheduling.process import Process


@scheduling_policy("lpt")
class LongestProcessingTime(SchedulingPolicy):
    """Runs the process with the most work first, to the end of its burst: a short makespan.

    Source: R. L. Graham, Bounds on Multiprocessing Timing Anomalies, SIAM Journal on Applied
    Mathematics 17(2), 1969.
    """

    criterion: ClassVar[str] = "remaining"

    def key(self, process: Process, moment: Moment) -> int:
        """Return the time left of the process's burst, in nanoseconds, negated."""
        return -process.burst_left

    def value(self, process: Process, moment: Moment) -> int:
        """Return the time left of the process's burst, in nanoseconds."""
        return process.burst_left


@scheduling_policy("critical_path")
class CriticalPath(SchedulingPolicy):
    """Runs the process with the longest way to the end of its task graph first.

    That of a task of no graph is its work. Source: Hu, Parallel Sequencing and Assembly Line
    Problems, Operations Research 9(6), 1961, by levels.
    """

    criterion: ClassVar[str] = "rank"

    def key(self, process: Process, moment: Moment) -> int:
        """Return the work on the longest way from its start, in nanoseconds, negated."""
        return -(process.rank or process.work)

    def value(self, process: Process, moment: Moment) -> int:
        """Return the work on the longest way from its start, in nanoseconds."""
        return process.rank or process.work
