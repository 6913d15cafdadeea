"""What can happen to data and to its backups."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from aio_sim.kernel.choices import choice
from aio_sim.storage.backup.jobs import Keeping
from aio_sim.storage.backup.manifest import LogManifest, Manifest, parts_of

if TYPE_CHECKING:
    import numpy as np


class DisasterKind(StrEnum):
    """Kinds of disaster."""

    DISK_LOST = "disk_lost"
    """All data are gone at once."""
    CORRUPTION = "corruption"
    """A program writes nonsense, and backups take it in until somebody notices."""
    BACKUP_DAMAGED = "backup_damaged"
    """A byte of a backup is not what was written."""
    BACKUP_MISSING = "backup_missing"
    """A backup is gone."""
    KEY_LOST = "key_lost"
    """The key that opens backups is gone."""

    @classmethod
    def named(cls, name: str) -> DisasterKind:
        """Return the kind of that name; UnknownName for another."""
        return choice(cls, "kind of disaster", name)


RECOVERED_FROM: Final = (DisasterKind.DISK_LOST, DisasterKind.CORRUPTION)
"""Those that strike the data; the others strike their backups."""


class Struck(StrEnum):
    """Which backup is struck."""

    FULL = "full"
    """The last full one."""
    LATEST = "latest"
    """The last one."""
    LOG = "log"
    """The last piece of the log."""
    ANY = "any"
    """One drawn at random, pieces of the log included."""

    @classmethod
    def named(cls, name: str) -> Struck:
        """Return the one of that name; UnknownName for another."""
        return choice(cls, "backup to strike", name)


@dataclass(frozen=True)
class Disaster:
    """What happens when; times in ns.

    `noticed` is how long it goes unnoticed, and `share` the part of the data that is overwritten,
    of a corruption; `struck` is what a damage of backups hits.
    """

    at: int
    kind: DisasterKind
    noticed: int = 0
    share: float = 0.1
    struck: Struck = Struck.LATEST


def strike(keeping: Keeping, disaster: Disaster, random: np.random.Generator) -> str:
    """Damage or remove a backup; return the name of what was struck, "" where nothing is there."""
    chosen = _chosen(keeping, disaster.struck, random)
    if chosen is None:
        return ""
    repository = keeping.repository
    parts = parts_of(chosen)
    if disaster.kind is DisasterKind.BACKUP_MISSING or not parts:
        for name in (chosen.name, *(part.name for part in parts)):
            repository.remove(name)
        return chosen.name
    part = parts[int(random.integers(len(parts)))]
    if part.name in repository.names(part.name):
        repository.damage(part.name, int(random.integers(max(part.size, 1))))
    return part.name


def _chosen(
    keeping: Keeping, struck: Struck, random: np.random.Generator
) -> Manifest | LogManifest | None:
    catalogue = keeping.catalogue
    if struck is Struck.FULL:
        return catalogue.latest_full
    if struck is Struck.LATEST:
        return catalogue.latest
    held: dict[int, Manifest | LogManifest] = dict(catalogue.logs)
    if struck is Struck.LOG:
        return held[max(held)] if held else None
    held |= catalogue.backups
    numbers = sorted(held)
    return held[numbers[int(random.integers(len(numbers)))]] if numbers else None
