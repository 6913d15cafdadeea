"""Shortest job first, and its preemptive form, shortest remaining time first."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from aio_sim.scheduling.policy import Moment, Quantum, SchedulingPolicy, scheduling_policy
from aio_sim.scheduling.process import Process


class Estimate(BaseModel):
    """Foretells a CPU burst from those before it, by exponential averaging.

    After a burst of length t, tau' = alpha t + (1 - alpha) tau. `initial` is the first tau; `by`
    says whose past counts, the process's own or that of all processes from its source.

    Source: Silberschatz, Galvin & Gagne, Operating System Concepts, 10th ed., 5.3.2.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    initial: Quantum
    alpha: Annotated[float, Field(ge=0, le=1)] = 0.5
    by: Literal["process", "source"] = "process"

    def following(self, length: int, tau: float) -> float:
        """Return tau', in nanoseconds, after a burst of `length` foretold as `tau`."""
        return self.alpha * length + (1 - self.alpha) * tau


class _Foretold:
    """What is known of a process by its past: kept in `process.data`."""

    __slots__ = ("length", "tau", "under_way")

    def __init__(self, tau: float) -> None:
        self.tau = tau
        self.length = 0  # of the present burst, which the policy does not look at before its end
        self.under_way = False  # whether that burst has begun, though a page fault may cut it


def _past(moment: Moment) -> dict[int, float]:
    """Return tau by source."""
    past: dict[int, float] = moment.memory.setdefault("past", {})
    return past


class _ShortestFirst(SchedulingPolicy):
    """Orders by what is left of the burst, known or foretold."""

    criterion: ClassVar[str] = "remaining"

    estimate: Estimate | None = None

    def key(self, process: Process, moment: Moment) -> float:
        """Return the time left of the process's burst, in nanoseconds."""
        if self.estimate is None:
            return process.burst_left
        foretold: _Foretold = process.data
        return max(foretold.tau - (foretold.length - process.burst_left), 0)

    def enters(self, process: Process, moment: Moment) -> None:
        """Foretell the coming burst."""
        if self.estimate is None:
            return
        if process.data is None:
            process.data = _Foretold(self.estimate.initial)
        if process.data.under_way:
            return
        process.data.under_way = True
        if self.estimate.by == "source":
            process.data.tau = _past(moment).get(process.source, self.estimate.initial)
        process.data.length = process.burst_left

    def leaves(self, process: Process, moment: Moment) -> None:
        """Learn from the burst that ended; one that was cut short teaches nothing."""
        if self.estimate is None or process.burst_left:
            return
        foretold: _Foretold = process.data
        foretold.under_way = False
        if self.estimate.by == "process":
            foretold.tau = self.estimate.following(foretold.length, foretold.tau)
        else:
            tau = _past(moment).get(process.source, self.estimate.initial)
            _past(moment)[process.source] = self.estimate.following(foretold.length, tau)

    def value(self, process: Process, moment: Moment) -> int:
        """Return the time left of the process's burst, in nanoseconds."""
        return round(self.key(process, moment))


@scheduling_policy("sjf")
class ShortestJobFirst(_ShortestFirst):
    """Runs the process with the shortest next CPU burst, to the end of that burst.

    Source: Silberschatz, Galvin & Gagne, Operating System Concepts, 10th ed., 5.3.2.
    """


@scheduling_policy("srtf")
class ShortestRemainingTimeFirst(_ShortestFirst):
    """Runs the process with the least left of its burst; a shorter one takes the core at once.

    Source: Silberschatz, Galvin & Gagne, Operating System Concepts, 10th ed., 5.3.2; optimal for
    mean response time on one core (Schrage, Operations Research 16(3), 1968).
    """

    def preempts(self, candidate: Process, running: Process, moment: Moment) -> bool:
        """Return whether the candidate has less left than the running process."""
        return self.key(candidate, moment) < self.key(running, moment)
