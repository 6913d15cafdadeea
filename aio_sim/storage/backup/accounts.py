"""What became of backups and recoveries, and the numbers that are told of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Final, NamedTuple

from aio_sim.kernel.units import seconds
from aio_sim.storage.backup.plan import Promise

Numbers = dict[str, int | float]


class BackupResult(NamedTuple):
    """One backup, or piece of the log: sizes in bytes of the simulated world, times in ns."""

    kind: str
    begun: int
    ended: int
    read: int
    stored: int
    reason: str = ""
    """Why it failed, "" where it did not."""


@dataclass(frozen=True)
class RecoveryResult:
    """One recovery; sizes in bytes of the simulated world, times in ns."""

    disaster: str
    at: int
    """When the disaster happened."""
    stopped: int
    """When it was noticed, and recovery began."""
    ended: int
    reached: int = 0
    """The instant that was restored."""
    lost_writes: int = 0
    read: int = 0
    links: int = 0
    """Backups that were needed, the log aside."""
    faults: tuple[str, ...] = ()
    """What was damaged on the way."""
    exact: bool = True
    """Whether what was restored is, to the byte, what there was at that instant."""
    kept: bool = True
    """Whether the promise was kept."""
    reason: str = ""
    """Why nothing could be restored, "" where something was."""

    def back_at(self, now: int, promise: Promise) -> RecoveryResult:
        """Return it as it is where the data are in use again at a time in ns."""
        took = now - self.stopped
        return replace(self, ended=now, kept=promise.keeps(self.lost, took))

    @property
    def lost(self) -> int:
        """The ns of writes that are lost: the measured recovery point."""
        return self.stopped - self.reached

    @property
    def took(self) -> int:
        """The ns from its beginning to the end: the measured recovery time."""
        return self.ended - self.stopped


@dataclass
class Accounts:
    """All results of one backup service."""

    backups: list[BackupResult] = field(default_factory=list)
    logs: list[BackupResult] = field(default_factory=list)
    recoveries: list[RecoveryResult] = field(default_factory=list)
    skipped: int = 0
    """Backups that were due while another was under way, or nothing was up to be backed up."""
    merged: int = 0
    verified: int = 0
    faults: set[tuple[int, str]] = field(default_factory=set)
    """What verification found, each once."""
    exposure: int = 0
    """The most ns of writes that a disaster could have taken at some instant."""
    reached: int = 0
    """The last instant that can be restored."""

    def good(self, mark_at: int, now: int) -> None:
        """Note that from now on an instant can be restored that could not before."""
        self.exposed(now)
        self.reached = max(self.reached, mark_at)

    def exposed(self, now: int) -> None:
        """Note what a disaster now would take."""
        self.exposure = max(self.exposure, now - self.reached)

    def restart(self, now: int) -> None:
        """Note that what there is now is what was restored, and nothing newer."""
        self.reached = now

    def totals(self) -> Numbers:
        """Return the numbers by name, times in seconds."""
        done = [each for each in self.backups if not each.reason]
        numbers: Numbers = {
            "count": len(done),
            "failed": len(self.backups) + len(self.logs) - len(done) - len(self._logs_done),
            "skipped": self.skipped,
            "read": sum(each.read for each in done + self._logs_done),
            "stored": sum(each.stored for each in done + self._logs_done),
            "exposure.max": seconds(self.exposure),
        }
        numbers |= _by_kind(done) | self._logs() | _recoveries(self.recoveries)
        if numbers["stored"]:
            numbers["ratio"] = numbers["read"] / numbers["stored"]
        if done:
            numbers["duration.mean"] = fmean(each.ended - each.begun for each in done) / 1e9
            numbers["duration.max"] = max(each.ended - each.begun for each in done) / 1e9
        if self.merged:
            numbers["merged"] = self.merged
        if self.verified:
            numbers |= {"verified": self.verified, "verify.faults": len(self.faults)}
        return numbers

    @property
    def _logs_done(self) -> list[BackupResult]:
        return [each for each in self.logs if not each.reason]

    def _logs(self) -> Numbers:
        done = self._logs_done
        return {"logs": len(done), "log_bytes": sum(each.stored for each in done)} if done else {}


def _by_kind(done: Iterable[BackupResult]) -> Numbers:
    counts: Numbers = {}
    for each in done:
        counts[f"{each.kind}s"] = counts.get(f"{each.kind}s", 0) + 1
    return counts


def _recoveries(recoveries: list[RecoveryResult]) -> Numbers:
    if not recoveries:
        return {}
    back = [each for each in recoveries if not each.reason]
    numbers: Numbers = {
        "recoveries": len(recoveries),
        "unrecoverable": len(recoveries) - len(back),
        "promises_broken": sum(not each.kept for each in recoveries),
    }
    if back:
        numbers |= {
            "recovery_point": seconds(max(each.lost for each in back)),
            "recovery_time": seconds(max(each.took for each in back)),
            "recovery_read": sum(each.read for each in back),
            "recovery_links": max(each.links for each in back),
            "lost_writes": sum(each.lost_writes for each in back),
            "damaged_links": sum(len(each.faults) for each in back),
        }
    return numbers


LARGEST: Final = (
    "exposure.max",
    "duration.max",
    "duration.mean",
    "recovery_point",
    "recovery_time",
    "recovery_links",
)
"""Numbers of which several services have a largest; of the others they have a sum."""


def joined(each: Iterable[Mapping[str, int | float]]) -> Numbers:
    """Return the numbers of several services together: sums, or the largest; the mean ratio."""
    whole: Numbers = {}
    for numbers in each:
        for name, value in numbers.items():
            before = whole.get(name, 0)
            whole[name] = max(before, value) if name in LARGEST else before + value
    if whole.get("stored"):
        whole["ratio"] = whole["read"] / whole["stored"]
    return whole
