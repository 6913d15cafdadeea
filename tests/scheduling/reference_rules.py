"""The disciplines of the reference simulators, each in its textbook words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from math import inf
from typing import Any


@dataclass(frozen=True)
class ReferenceProcess:
    """What is to be run: `bursts` (CPU, I/O, CPU, ...) where given, else one burst of `work`."""

    number: int
    arrival: int
    work: int = 0
    priority: int = 0
    weight: int = 1
    deadline: int | None = None
    bursts: tuple[int, ...] = ()
    source: int = 0
    vector: float = 0

    @property
    def parts(self) -> tuple[int, ...]:
        """CPU and I/O in turns, beginning and ending with CPU."""
        return self.bursts or (self.work,)


@dataclass(eq=False)
class Job:
    """A process under way; the later fields are for the disciplines that need them."""

    process: ReferenceProcess
    bursts: list[int]
    remaining: int
    joined: int = 0
    ready_since: int = 0
    taken: int = 0
    start: int | None = None
    finish: int = 0
    io: int = 0
    level: int = 0
    used: int = 0
    ran: int = 0
    predicted: float = 0.0
    known: bool = False
    virtual: int = 0
    virtual_base: int = 0


class Rules:
    """First come, first served; the other disciplines change a line or two."""

    def order(self, job: Job, now: int) -> Any:
        """What to sort by, before arrival and number."""
        return job.joined

    def slice(self, job: Job, now: int) -> int | None:
        """How long it may stay while others wait."""
        return None

    def preempts(self, candidate: Job, running: Job, now: int) -> bool:
        """Whether the ready one takes the core of the running one."""
        return False

    def enters(self, job: Job, now: int) -> None:
        """It arrived or woke up."""

    def leaves(self, job: Job, now: int) -> None:
        """Its burst is done."""

    def ran(self, job: Job, time: int, now: int) -> None:
        """It had a core for so long, up to now."""

    def expires(self, job: Job, now: int) -> None:
        """Its slice is over and others wait."""

    def renews(self, job: Job, now: int) -> None:
        """Its slice is over and nobody waits: it has another."""

    def next_change(self, now: int) -> int | None:
        """The next instant at which the order changes by itself."""
        return None

    def change(self, jobs: Sequence[Job], now: int) -> bool:
        """Whether this is such an instant; the order changes."""
        return False


@dataclass
class RoundRobin(Rules):
    """Each its quantum in turn."""

    quantum: int

    def slice(self, job: Job, now: int) -> int | None:
        return self.quantum


@dataclass
class Priority(Rules):
    """Smaller number first, one level better for each `aging` of waiting."""

    preemptive: bool = False
    aging: int | None = None
    quantum: int | None = None

    def order(self, job: Job, now: int) -> Any:
        priority = job.process.priority
        level = priority * self.aging + job.ready_since if self.aging else priority
        return (level, job.joined) if self.quantum else (level,)

    def slice(self, job: Job, now: int) -> int | None:
        # As POSIX SCHED_RR: after a preemption, what is left of the quantum.
        return self.quantum - job.used if self.quantum else None

    def ran(self, job: Job, time: int, now: int) -> None:
        job.used += time

    def enters(self, job: Job, now: int) -> None:
        job.used = 0

    def expires(self, job: Job, now: int) -> None:
        job.used = 0

    renews = expires

    def preempts(self, candidate: Job, running: Job, now: int) -> bool:
        gained = Fraction(running.taken - running.ready_since, self.aging) if self.aging else 0
        return self.preemptive and candidate.process.priority < running.process.priority - gained


@dataclass
class Shortest(Rules):
    """Shortest burst first, known or foretold; with preemption, shortest remaining time first."""

    preemptive: bool
    estimate: dict[str, Any] | None = None
    past: dict[int, float] = field(default_factory=dict)

    def order(self, job: Job, now: int) -> Any:
        return max(job.predicted - job.ran, 0) if self.estimate else job.remaining

    def _who(self, job: Job) -> int:
        by_source = (self.estimate or {}).get("by", "process") == "source"
        return job.process.source if by_source else job.process.number

    def enters(self, job: Job, now: int) -> None:
        if self.estimate:
            job.predicted = self.past.get(self._who(job), self.estimate["initial"])
        job.ran = 0

    def ran(self, job: Job, time: int, now: int) -> None:
        job.ran += time

    def leaves(self, job: Job, now: int) -> None:
        if self.estimate:
            alpha, who = self.estimate.get("alpha", 0.5), self._who(job)
            before = self.past.get(who, self.estimate["initial"])
            self.past[who] = alpha * job.ran + (1 - alpha) * before

    def preempts(self, candidate: Job, running: Job, now: int) -> bool:
        return self.preemptive and self.order(candidate, now) < self.order(running, now)


@dataclass
class MultilevelFeedback(Rules):
    """Levels with a quantum each; who uses it up while others wait goes one down."""

    quanta: Sequence[int]
    preemptive: bool = True
    boost: int | None = None

    def order(self, job: Job, now: int) -> Any:
        return job.level, job.joined

    def slice(self, job: Job, now: int) -> int | None:
        # A burst that ended with its allotment finds a whole new one on the same level.
        return self.quanta[job.level] - job.used % self.quanta[job.level]

    def ran(self, job: Job, time: int, now: int) -> None:
        job.used += time

    def renews(self, job: Job, now: int) -> None:
        job.used = 0

    def expires(self, job: Job, now: int) -> None:
        if job.used >= self.quanta[job.level]:
            job.level, job.used = min(job.level + 1, len(self.quanta) - 1), 0

    def preempts(self, candidate: Job, running: Job, now: int) -> bool:
        return self.preemptive and candidate.level < running.level

    def next_change(self, now: int) -> int | None:
        return (now // self.boost + 1) * self.boost if self.boost else None

    def change(self, jobs: Sequence[Job], now: int) -> bool:
        if not self.boost or now % self.boost:
            return False
        for job in jobs:
            job.level, job.used = 0, 0
        return True


class HighestResponseRatio(Rules):
    """(waiting + service) / service, the greatest first."""

    def order(self, job: Job, now: int) -> Any:
        return -Fraction(now - job.ready_since + job.remaining, job.remaining)


@dataclass
class EarliestDeadline(Rules):
    """Earliest deadline first, none at all last."""

    preemptive: bool = True

    def order(self, job: Job, now: int) -> Any:
        return inf if job.process.deadline is None else job.process.deadline

    def preempts(self, candidate: Job, running: Job, now: int) -> bool:
        return self.preemptive and self.order(candidate, now) < self.order(running, now)


@dataclass
class Fair(Rules):
    """Least weighted CPU time first, as the Completely Fair Scheduler."""

    latency: int
    granularity: int
    wakeup_granularity: int
    present: list[Job] = field(default_factory=list)
    floor: int = 0
    woken: int = -1

    def order(self, job: Job, now: int) -> Any:
        return job.virtual

    def slice(self, job: Job, now: int) -> int | None:
        weights = sum(other.process.weight for other in self.present)
        return max(self.granularity, self.latency * job.process.weight // weights)

    def _raise_floor(self) -> None:
        self.floor = max(self.floor, min((job.virtual for job in self.present), default=0))

    def enters(self, job: Job, now: int) -> None:
        self._raise_floor()
        slept = max(job.virtual, self.floor - self.latency // 2)
        job.virtual = job.virtual_base = slept if job.known else self.floor
        job.ran, job.known = 0, True
        self.present.append(job)
        self.woken = now

    def leaves(self, job: Job, now: int) -> None:
        self._raise_floor()
        self.present.remove(job)

    def ran(self, job: Job, time: int, now: int) -> None:
        job.ran += time
        job.virtual = job.virtual_base + job.ran // job.process.weight

    def preempts(self, candidate: Job, running: Job, now: int) -> bool:
        lead = running.virtual - candidate.virtual
        return self.woken == now and lead > self.wakeup_granularity // candidate.process.weight


RULES: dict[str, Callable[..., Rules]] = {
    "fcfs": Rules,
    "rr": RoundRobin,
    "priority": Priority,
    "sjf": partial(Shortest, preemptive=False),
    "srtf": partial(Shortest, preemptive=True),
    "mlfq": MultilevelFeedback,
    "hrrn": HighestResponseRatio,
    "edf": EarliestDeadline,
    "fair": Fair,
}
"""The rules of each discipline by its public name; called with its options."""
