"""Backup tasks: when a straggler's work is begun a second time elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from aio_sim.kernel.environment import SECOND


class Running(NamedTuple):
    """An attempt under way: its age in nanoseconds, and how much of it is done, from 0 to 1.

    `alone` says that its task has no backup yet.
    """

    age: int
    progress: float
    alone: bool

    @property
    def rate(self) -> float:
        """Progress a second."""
        return self.progress * SECOND / max(self.age, 1)


class Stage(NamedTuple):
    """How far all maps, or all reduces, of a job are.

    `done` of `tasks` are; `rates` are those of attempts that ended. `slots` is all there are, and
    `backups` how many backups run.
    """

    tasks: int
    done: int
    rates: Sequence[float]
    slots: int
    backups: int


class BackupPolicy(Protocol):
    """Chooses what to begin again: pure. It is asked when a slot is idle and no task waits."""

    @property
    def least_age(self) -> int:
        """How old an attempt is, in nanoseconds, before it is looked at."""

    def choose(self, running: Sequence[Running], stage: Stage) -> int | None:
        """Return which of the attempts gets a backup, None for none."""


@dataclass(frozen=True)
class NoBackups:
    """Whoever is slow is waited for."""

    least_age: int = 0

    def choose(self, running: Sequence[Running], stage: Stage) -> int | None:
        return None


@dataclass(frozen=True)
class NearTheEnd:
    """When a stage is close to completion, all that still runs, the oldest first.

    Source: Dean & Ghemawat 2004, 3.6. How close is not said there: three quarters are done, as
    with spark.speculation.quantile of Spark 3.
    """

    least_age: int = 0
    close: float = 0.75

    def choose(self, running: Sequence[Running], stage: Stage) -> int | None:
        if stage.done < self.close * stage.tasks:
            return None
        alone = [number for number, each in enumerate(running) if each.alone]
        return max(alone, key=lambda number: running[number].age, default=None)


@dataclass(frozen=True)
class LongestTimeLeft:
    """LATE: of the slow ones, the one that is expected to take longest, if its rate stays.

    Slow is a rate below the 25th percentile; no more backups run than a tenth of the slots. Source:
    Zaharia et al., Improving MapReduce Performance in Heterogeneous Environments, OSDI 2008, 4; its
    threshold for slow nodes is left out, and its least age of a minute is shorter (assumption).
    """

    least_age: int = 2 * SECOND
    cap: float = 0.1
    percentile: float = 0.25

    def choose(self, running: Sequence[Running], stage: Stage) -> int | None:
        if stage.backups >= max(self.cap * stage.slots, 1):
            return None
        rates = sorted([*stage.rates, *(each.rate for each in running)])
        slow = rates[int(self.percentile * len(rates))] if rates else 0.0
        choice = [
            number
            for number, each in enumerate(running)
            if each.alone and each.age >= self.least_age and each.rate < slow
        ]
        return max(choice, key=lambda number: _left(running[number]), default=None)


def _left(running: Running) -> float:
    """Return the seconds that it takes to its end at the rate so far."""
    return (1 - running.progress) / running.rate if running.progress else float("inf")


BACKUPS = {"none": NoBackups, "near-end": NearTheEnd, "late": LongestTimeLeft}
"""The policies by name."""
