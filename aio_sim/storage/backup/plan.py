"""A backup plan: which kinds are taken when, how long they are kept, and what is promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.backup.manifest import BackupKind
from aio_sim.storage.backup.retention import KeepAll, Retention
from aio_sim.storage.backup.schedule import Schedule


class Promise(NamedTuple):
    """What a plan promises, in ns; None: nothing.

    `recovery_point`: how old what is restored may be; `recovery_time`: how long it may take.
    """

    recovery_point: int | None = None
    recovery_time: int | None = None

    def keeps(self, lost: int, took: int) -> bool:
        """Return whether a recovery that lost `lost` ns and took `took` is within it."""
        point = self.recovery_point is None or lost <= self.recovery_point
        return point and (self.recovery_time is None or took <= self.recovery_time)


NOTHING_PROMISED: Final = Promise()


class Due(NamedTuple):
    """A backup that is due, in ns."""

    at: int
    kind: BackupKind


@dataclass(frozen=True)
class BackupPlan:
    """The schedule of each kind of backup, of the log, and what goes with them; times in ns.

    Where several are due at one instant, the fullest is taken. `links` merges a chain of more
    backups than that into a full one. Raises InputError where no full backup is ever due.
    """

    schedules: Mapping[BackupKind, Schedule]
    log: Schedule | None = None
    retention: Retention = field(default_factory=KeepAll)
    links: int | None = None
    promise: Promise = NOTHING_PROMISED

    def __post_init__(self) -> None:
        if BackupKind.FULL not in self.schedules:
            raise InputError(
                _("a backup plan needs a schedule for full backups, on which all others build")
            )
        if self.links is not None and self.links < 2:
            raise InputError(_("a chain that is merged has at least two backups"))

    def following(self, at: int) -> Due:
        """Return what is due first behind an instant."""
        found = [Due(each.following(at), kind) for kind, each in self.schedules.items()]
        return min(found, key=lambda due: (due.at, _ORDER[due.kind]))

    def dues(self, until: int) -> list[Due]:
        """Return all that is due up to an instant, in order."""
        found: list[Due] = []
        due = self.following(-1)
        while due.at <= until:
            found.append(due)
            due = self.following(due.at)
        return found


_ORDER = {BackupKind.FULL: 0, BackupKind.DIFFERENTIAL: 1, BackupKind.INCREMENTAL: 2}


def needed(dues: list[Due], target: int) -> list[Due]:
    """Return the backups, of those that were taken, that a restore of `target` reads, in order.

    As `Catalogue.chain`: a differential needs the last full one, an incremental all since that.
    Returns none where the target is before the first full backup.
    """
    taken = [due for due in dues if due.at <= target]
    chain: list[Due] = []
    for due in taken:
        if due.kind is BackupKind.FULL:
            chain = [due]
        elif chain and due.kind is BackupKind.DIFFERENTIAL:
            chain = [chain[0], due]
        elif chain:
            chain = [*chain, due]
    return chain
