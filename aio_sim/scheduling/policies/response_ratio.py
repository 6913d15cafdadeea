"""Highest response ratio next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from aio_sim.scheduling.policy import Moment, SchedulingPolicy, scheduling_policy
from aio_sim.scheduling.process import Process


@scheduling_policy("hrrn")
class HighestResponseRatioNext(SchedulingPolicy):
    """Runs the process whose (waiting + service) / service is greatest, to the end of its burst.

    Short bursts go first, but waiting lifts the long ones too, so that none starves.

    Source: Brinch Hansen, An Analysis of Response Ratio Scheduling, IFIP Congress 1971; Stallings,
    Operating Systems: Internals and Design Principles, 9.2.
    """

    criterion: ClassVar[str] = "response_ratio"

    def pick(self, ready: Sequence[Process], moment: Moment) -> Process:
        """Return the process of the highest response ratio, the earlier arrival among equals."""
        return max(
            ready,
            key=lambda process: (self.value(process, moment), -process.arrival, -process.number),
        )

    def value(self, process: Process, moment: Moment) -> float:
        """Return the response ratio, 1 for a process that has not waited."""
        service = max(process.burst_left, 1)
        return (moment.now - process.ready_since + service) / service
