"""The lab on chains of backups: which are needed to restore a day, and what a damaged one costs."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.backup.manifest import BackupKind
from aio_sim.storage.backup.mathematics import changed_share
from aio_sim.storage.backup.plan import Due as Backup
from aio_sim.storage.backup.plan import needed
from aio_sim.teaching.labs.drawing import integer, one_of, stream

STRATEGIES: Final = ("full", "incremental", "differential")
MOST_DAYS: Final = 366


@dataclass(frozen=True)
class BackupProblem:
    """A backup each day from day 0 on, each `cycle` days a full one, between them of a strategy.

    `day` is to be restored; `damaged` is the day of a backup that is damaged, None where none is.
    `writes` is how often a block is written in a day, in the mean.
    """

    strategy: str
    cycle: int
    day: int
    damaged: int | None
    writes: float

    def __post_init__(self) -> None:
        if not 0 <= self.day <= MOST_DAYS or self.cycle < 1:
            raise InputError(_("a day is from 0 to {most}").format(most=MOST_DAYS))
        if not (isfinite(self.writes) and self.writes >= 0):
            raise InputError(_("a block is written 0 times a day or more, a number"))

    @property
    def backups(self) -> list[Backup]:
        """The backups up to the day, by the day as their time."""
        kind = BackupKind.named(self.strategy)
        return [
            Backup(day, kind if day % self.cycle else BackupKind.FULL)
            for day in range(self.day + 1)
        ]

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        return {
            "strategy": self.strategy,
            "cycle": self.cycle,
            "day": self.day,
            "damaged": self.damaged,
            "writes": self.writes,
        }


@dataclass(frozen=True)
class BackupAnswer:
    """The backups that are read, the day that they give, and their sizes in full backups."""

    needed: tuple[Backup, ...]
    sizes: tuple[float, ...]
    lost: int
    stored: float
    """What all backups up to the day take."""

    @property
    def reached(self) -> int | None:
        """The day that is restored, None where none can be."""
        return self.needed[-1].at if self.needed else None

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it; sizes are in full backups, `lost` in days."""
        return {
            "needed": [{"day": each.at, "kind": each.kind.value} for each in self.needed],
            "reached": self.reached,
            "lost": self.lost,
            "read": sum(self.sizes),
            "stored": self.stored,
        }


def draw(
    seed: int,
    *,
    strategy: str | None = None,
    cycle: int = 7,
    day: int | None = None,
    damaged: int | None = None,
    writes: float = 0.1,
) -> BackupProblem:
    """Return a problem with what is given, the rest drawn under `seed`; no damage is drawn.

    Raises UnknownName for another strategy, InputError for numbers that cannot be.
    """
    if strategy is None:
        strategy = one_of(stream(seed, "backup", "strategy"), STRATEGIES[1:])
    BackupKind.named(strategy)
    if day is None:
        day = integer(stream(seed, "backup", "day"), 10, 27)
    if damaged is not None and damaged > day:
        sentence = _("there is no backup of day {damaged} yet where day {day} is restored")
        raise InputError(sentence.format(damaged=damaged, day=day))
    return BackupProblem(strategy, cycle, day, damaged, writes)


def solve(problem: BackupProblem) -> BackupAnswer:
    """Return the answer."""
    backups = problem.backups
    chain: list[Backup] = []
    for target in range(problem.day, -1, -1):
        chain = needed(backups, target)
        if problem.damaged not in [each.at for each in chain]:
            break
        chain = []
    reached = chain[-1].at if chain else -1
    return BackupAnswer(
        tuple(chain),
        tuple(size(problem, each) for each in chain),
        problem.day - reached,
        sum(size(problem, each) for each in backups),
    )


def size(problem: BackupProblem, backup: Backup) -> float:
    """Return the size of a backup in full ones: 1 - e^(-w) of the blocks, w writes each."""
    if backup.kind is BackupKind.FULL:
        return 1.0
    days = backup.at % problem.cycle if backup.kind is BackupKind.DIFFERENTIAL else 1
    return changed_share(problem.writes * days)
