"""Priority scheduling, with preemption, aging and a quantum among equals as options."""

from __future__ import annotations

from typing import Any, ClassVar

from aio_sim.scheduling.policy import Moment, Quantum, SchedulingPolicy, scheduling_policy
from aio_sim.scheduling.process import Process


class _Stay:
    """What a process's present stay on the Cpu has come to: kept in `process.data`."""

    __slots__ = ("rank", "used")

    def __init__(self) -> None:
        self.used = 0  # of its quantum
        self.rank: float = 0  # priority when it was given its core, in nanoseconds of aging


@scheduling_policy("priority")
class Priority(SchedulingPolicy):
    """Runs the process with the smallest priority number.

    `preemptive`: a more urgent process takes the core of a less urgent one at once. `aging`: a
    process gains one level for each such time that it waits; what it gained it keeps while it runs,
    so that a newcomer must beat that. `quantum`: round robin among equals; a preempted process
    comes back for the rest of its quantum, as under POSIX SCHED_RR.

    Source: Silberschatz, Galvin & Gagne, Operating System Concepts, 10th ed., 5.3.4.
    """

    criterion: ClassVar[str] = "priority"
    steady_slices: ClassVar[bool] = True

    preemptive: bool = False
    aging: Quantum | None = None
    quantum: Quantum | None = None

    def key(self, process: Process, moment: Moment) -> Any:
        """Return the priority, or with aging a rank that stands still while priorities rise.

        All that wait gain alike, so only the instant at which each began to wait sets them apart.
        """
        rank = process.priority
        if self.aging:
            rank = rank * self.aging + process.ready_since
        return (rank, process.joined) if self.quantum else rank

    def preempts(self, candidate: Process, running: Process, moment: Moment) -> bool:
        """Return whether the candidate's own priority beats the running one's at its start."""
        if not self.preemptive:
            return False
        if not self.aging:
            return candidate.priority < running.priority
        return bool(candidate.priority * self.aging < running.data.rank)

    def slice(self, process: Process, moment: Moment) -> int | None:
        """Return what is left of the process's quantum, in nanoseconds, or None."""
        if self.quantum is None:
            return None
        used: int = process.data.used
        return self.quantum - used % self.quantum  # it may have been renewed several times

    def enters(self, process: Process, moment: Moment) -> None:
        """Begin a new stay."""
        process.data = _Stay()

    def starts(self, process: Process, moment: Moment) -> None:
        """Note the priority that the process has risen to."""
        if self.aging:
            waited = moment.now - process.ready_since
            process.data.rank = process.priority * self.aging - waited

    def ran(self, process: Process, time: int, moment: Moment) -> None:
        """Charge the quantum."""
        process.data.used += time

    def expires(self, process: Process, moment: Moment) -> None:
        """Begin a new quantum."""
        process.data.used = 0

    def renews(self, process: Process, moment: Moment) -> None:
        """Begin a new quantum."""
        process.data.used = 0

    def value(self, process: Process, moment: Moment) -> float:
        """Return the priority, with what was gained by waiting taken off."""
        gained = (moment.now - process.ready_since) / self.aging if self.aging else 0
        return process.priority - gained
