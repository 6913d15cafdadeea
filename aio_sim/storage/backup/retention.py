"""Retention: which backups are kept. Rules are pure; what is kept keeps all that it builds on."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.backup.calendar import day_of, month_of, week_of
from aio_sim.storage.backup.catalogue import Catalogue
from aio_sim.storage.backup.manifest import LogManifest, Manifest


class Retention(Protocol):
    """A rule that chooses the backups to keep for their own sake."""

    def chosen(self, backups: Collection[Manifest], now: int) -> set[int]:
        """Return the numbers of the backups to keep; `now` in ns."""


@dataclass(frozen=True)
class KeepAll:
    """Keeps all."""

    def chosen(self, backups: Collection[Manifest], now: int) -> set[int]:
        """Return the numbers of the backups to keep; `now` in ns."""
        return {each.number for each in backups}


@dataclass(frozen=True)
class KeepCount:
    """Keeps the last `count`."""

    count: int

    def __post_init__(self) -> None:
        if self.count < 1:
            raise InputError(_("retention keeps at least one backup"))

    def chosen(self, backups: Collection[Manifest], now: int) -> set[int]:
        """Return the numbers of the backups to keep; `now` in ns."""
        return set(sorted(each.number for each in backups)[-self.count :])


@dataclass(frozen=True)
class KeepAge:
    """Keeps what one needs to go back `age` ns: the backup at or before then, and all after it."""

    age: int

    def chosen(self, backups: Collection[Manifest], now: int) -> set[int]:
        """Return the numbers of the backups to keep; `now` in ns."""
        old = [each for each in backups if each.mark.at <= now - self.age]
        last = max(old, key=lambda each: each.number, default=None)
        young = {each.number for each in backups if each.mark.at > now - self.age}
        return young | ({last.number} if last else set())


@dataclass(frozen=True)
class Generations:
    """Grandfather, father, son: the last backup of each of the last days, weeks and months.

    Those count in which there is a backup, so that the newest is always kept. Source: restic's
    `forget --keep-daily`, which counts so too.
    """

    days: int = 0
    weeks: int = 0
    months: int = 0

    def __post_init__(self) -> None:
        if min(self.days, self.weeks, self.months) < 0 or self.days + self.weeks + self.months < 1:
            raise InputError(_("retention keeps at least one backup"))

    def chosen(self, backups: Collection[Manifest], now: int) -> set[int]:
        """Return the numbers of the backups to keep; `now` in ns."""
        rules: list[tuple[int, Callable[[int], int]]] = [
            (self.days, day_of),
            (self.weeks, week_of),
            (self.months, month_of),
        ]
        kept: set[int] = set()
        for count, span in rules:
            last = {span(each.mark.at): each.number for each in sorted(backups, key=_number)}
            kept.update(sorted(last.values(), reverse=True)[:count])
        return kept


def superfluous(
    catalogue: Catalogue, retention: Retention, now: int
) -> list[Manifest | LogManifest]:
    """Return what may go: backups that nothing kept needs, and logs from before them all."""
    kept = retention.chosen(list(catalogue.backups.values()), now)
    needed = catalogue.needed_by(kept)
    gone = [each for each in catalogue.backups.values() if each.number not in needed]
    first = min((catalogue.backups[number].mark for number in needed), default=None)
    old = [
        piece
        for piece in catalogue.logs.values()
        if first is not None and piece.end.position <= first.position and piece.end.at <= first.at
    ]
    return [*sorted(gone, key=_number, reverse=True), *old]


def _number(manifest: Manifest) -> int:
    return manifest.number
