"""Round robin, and processor sharing, which is its limit as the quantum goes to nothing."""

from __future__ import annotations

from typing import ClassVar

from aio_sim.scheduling.policy import (
    Mechanism,
    Moment,
    Quantum,
    SchedulingPolicy,
    scheduling_policy,
)
from aio_sim.scheduling.process import Process


@scheduling_policy("rr")
class RoundRobin(SchedulingPolicy):
    """Gives each process a core for at most a quantum, then the next its turn.

    Source: Silberschatz, Galvin & Gagne, Operating System Concepts, 10th ed., 5.3.3.
    """

    mechanism: ClassVar[Mechanism] = "rotation"
    criterion: ClassVar[str] = "turn"
    steady_slices: ClassVar[bool] = True

    quantum: Quantum

    def slice(self, process: Process, moment: Moment) -> int:
        """Return the quantum, in nanoseconds."""
        return self.quantum

    def value(self, process: Process, moment: Moment) -> float:
        """Return the process's turn."""
        return process.joined


@scheduling_policy("ps")
class ProcessorSharing(SchedulingPolicy):
    """Shares the cores evenly among all processes at every moment, a core at most to each.

    The Cpu runs it by virtual time; no process ever waits. As the order of a queue that cannot
    share (an allocation queue) it means first come, first served.

    Source: Kleinrock, Queueing Systems, vol. 2 (1976), 4.4.
    """

    mechanism: ClassVar[Mechanism] = "sharing"
