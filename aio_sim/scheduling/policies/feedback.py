"""The multilevel feedback queue."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from aio_sim.kernel.messages import _
from aio_sim.scheduling.policy import Moment, Quantum, SchedulingPolicy, scheduling_policy
from aio_sim.scheduling.process import Process


class _Standing:
    """Where a process stands: kept in `process.data`."""

    __slots__ = ("level", "period", "used")

    def __init__(self, period: int) -> None:
        self.rise(period)

    def rise(self, period: int) -> None:
        """Go to the top, as all do at a boost."""
        self.level = 0
        self.used = 0  # of the allotment of this level, nanoseconds
        self.period = period  # how many boosts have been


@scheduling_policy("mlfq")
class MultilevelFeedbackQueue(SchedulingPolicy):
    """Runs the highest level that has a process; whoever uses up its allotment goes one level down.

    Level 0 is the highest. Allotments double from `quantum` on, or are listed in `quanta`. What a
    process used of its allotment counts over preemptions and I/O alike; a process with nobody
    waiting behind it renews its allotment. Every `boost`, all rise to level 0, so that none
    starves; a slice under way is not cut short by that. A small `quantum` or `boost` costs time to
    simulate: there is an event for each slice, and for each boost, while somebody waits.

    Source: Arpaci-Dusseau, Operating Systems: Three Easy Pieces, ch. 8, rules 1 to 5; the three
    levels and the 8 ms of the default are those of Silberschatz, Galvin & Gagne, Operating System
    Concepts, 10th ed., 5.3.6.
    """

    criterion: ClassVar[str] = "level"
    steady_slices: ClassVar[bool] = True

    levels: Annotated[int, Field(ge=1, le=64)] = 3
    quantum: Quantum = 8_000_000
    """Allotment of the highest level, doubled from one level to the next."""
    quanta: Annotated[tuple[Quantum, ...], Field(min_length=1, max_length=64)] | None = None
    """In place of `quantum` and `levels`: the allotment of each level, the highest first."""
    boost: Quantum | None = None
    preemptive: bool = True

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Self:
        if self.quanta is None:
            return self
        if "quantum" in self.model_fields_set:
            raise ValueError(_("give either quantum or quanta, not both"))
        if "levels" in self.model_fields_set and self.levels != len(self.quanta):
            raise ValueError(
                _("{levels} levels, but {quanta} quanta").format(
                    levels=self.levels, quanta=len(self.quanta)
                )
            )
        return self

    @cached_property
    def allotments(self) -> tuple[int, ...]:
        """The time that each level gives, in nanoseconds."""
        return self.quanta or tuple(self.quantum << level for level in range(self.levels))

    def _standing(self, process: Process, moment: Moment) -> _Standing:
        standing: _Standing = process.data
        if self.boost and standing.period != moment.now // self.boost:
            standing.rise(moment.now // self.boost)
        return standing

    def key(self, process: Process, moment: Moment) -> tuple[int, int]:
        """Return the level, then the turn."""
        return self._standing(process, moment).level, process.joined

    def preempts(self, candidate: Process, running: Process, moment: Moment) -> bool:
        """Return whether the candidate stands on a higher level."""
        return (
            self.preemptive
            and self._standing(candidate, moment).level < self._standing(running, moment).level
        )

    def slice(self, process: Process, moment: Moment) -> int:
        """Return what is left of the process's allotment, in nanoseconds."""
        standing = self._standing(process, moment)
        allotment = self.allotments[standing.level]
        return allotment - standing.used % allotment  # it may have been renewed several times

    def enters(self, process: Process, moment: Moment) -> None:
        """Put a new process at the top; one that wakes up is where it was."""
        if process.data is None:
            process.data = _Standing(moment.now // self.boost if self.boost else 0)

    def ran(self, process: Process, time: int, moment: Moment) -> None:
        """Charge the allotment, but only for what ran since the last boost."""
        standing = self._standing(process, moment)
        standing.used += min(time, moment.now % self.boost) if self.boost else time

    def renews(self, process: Process, moment: Moment) -> None:
        """Begin a new allotment on the same level."""
        self._standing(process, moment).used = 0

    def expires(self, process: Process, moment: Moment) -> None:
        """Go one level down, if the allotment is used up."""
        standing = self._standing(process, moment)
        if standing.used >= self.allotments[standing.level]:
            standing.level = min(standing.level + 1, len(self.allotments) - 1)
            standing.used = 0

    def reorders_at(self, moment: Moment) -> int | None:
        """Return the instant of the next boost."""
        return (moment.now // self.boost + 1) * self.boost if self.boost else None

    def value(self, process: Process, moment: Moment) -> float:
        """Return the level."""
        return self._standing(process, moment).level
