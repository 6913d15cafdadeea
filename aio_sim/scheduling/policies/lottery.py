"""Lottery scheduling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from aio_sim.scheduling.policy import Moment, Quantum, SchedulingPolicy, scheduling_policy
from aio_sim.scheduling.process import Process


@scheduling_policy("lottery")
class Lottery(SchedulingPolicy):
    """Draws the next process by lot; a process holds as many tickets as its weight.

    Without a quantum the winner runs to the end of its burst.

    Source: Waldspurger & Weihl, Lottery Scheduling: Flexible Proportional-Share Resource
    Management, OSDI 1994, without its ticket transfers and compensation.
    """

    criterion: ClassVar[str] = "tickets"
    steady_slices: ClassVar[bool] = True

    quantum: Quantum | None = None

    def pick(self, ready: Sequence[Process], moment: Moment) -> Process:
        """Return the holder of the ticket drawn."""
        if len(ready) == 1:
            return ready[0]
        ticket = moment.random.random() * sum(process.weight for process in ready)
        for process in ready:
            ticket -= process.weight
            if ticket < 0:
                return process
        return ready[-1]  # rounding may leave a sliver of a ticket beyond the last

    def slice(self, process: Process, moment: Moment) -> int | None:
        """Return the quantum, in nanoseconds, or None."""
        return self.quantum

    def value(self, process: Process, moment: Moment) -> float:
        """Return the number of tickets."""
        return float(process.weight)
