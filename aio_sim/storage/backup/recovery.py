"""Recovery: which backups and logs bring back the most, and what to do where one is damaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_duration
from aio_sim.storage.backup.catalogue import scan
from aio_sim.storage.backup.errors import BackupError, DamagedError
from aio_sim.storage.backup.log_piece import LogPiece, Mark
from aio_sim.storage.backup.manifest import BackupKind, LogManifest, Manifest, Part, parts_of
from aio_sim.storage.backup.repository import Repository
from aio_sim.storage.backup.sealing import Sealing
from aio_sim.storage.backup.verifying import Fault
from aio_sim.storage.backup.writing import read_part, unpack
from aio_sim.storage.engine import Snapshot

State = TypeVar("State")

Rebuild = Callable[[Sequence[Snapshot], Sequence[LogPiece], Mark], State]
"""Makes what is restored of a full snapshot, those that build on it, the log, and where to stop."""


@dataclass(frozen=True)
class RecoveryPlan:
    """What is read to restore, in order, and which instant that gives."""

    chain: tuple[Manifest, ...]
    logs: tuple[LogManifest, ...]
    reaches: Mark

    @property
    def size(self) -> int:
        """Bytes that are read."""
        return sum(link.size for link in self.links)

    @property
    def links(self) -> tuple[Manifest | LogManifest, ...]:
        """The backups, then the pieces of the log."""
        return (*self.chain, *self.logs)


@dataclass(frozen=True)
class Recovered(Generic[State]):
    """What a recovery gave: the state at an instant, and what was wrong on the way."""

    state: State
    plan: RecoveryPlan
    target: int
    faults: tuple[Fault, ...]

    @property
    def lost(self) -> int:
        """The ns before the target of which nothing could be brought back."""
        return self.target - self.plan.reaches.at

    def report(self) -> str:
        """Return in a sentence what was restored and what is lost."""
        at = format_duration(self.plan.reaches.at)
        if not self.lost:
            return _("restored to {at}: nothing is lost").format(at=at)
        return _("restored to {at}: what was written in the {lost} up to {target} is lost").format(
            at=at, lost=format_duration(self.lost), target=format_duration(self.target)
        )


class Salvage:
    """Finds the best way back to `target` (ns), and the next best as links prove to be damaged."""

    def __init__(self, repository: Repository, sealing: Sealing, target: int) -> None:
        self._repository = repository
        self._sealing = sealing
        self.target = target
        self.catalogue, problems = scan(repository)
        self.faults = [Fault(0, problem) for problem in problems]

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is wrong with links that would have been used."""
        return tuple(fault.reason for fault in self.faults)

    def plan(self) -> RecoveryPlan:
        """Return the way that reaches furthest; of those, the one that reads least.

        Raises BackupError where there is none: no full backup, or the target is before the first.
        """
        plans = self._plans()
        best = max(plans, key=lambda plan: (plan.reaches, -plan.size), default=None)
        if best is None:
            raise BackupError(self._reason())
        return best

    def read(self, part: Part) -> bytes:
        """Return a part as it is kept; raises DamagedError where it is not what was written."""
        return read_part(self._repository, part)

    def open(self, sealed: bytes) -> bytes:
        """Return what was sealed; raises DamagedError, or EncryptionError for a wrong key."""
        return self._sealing.open(sealed)

    def blame(self, link: Manifest | LogManifest, error: DamagedError) -> None:
        """Note that a link is not what it was, and is not to be used."""
        self.faults.append(Fault(link.number, str(error)))
        held = self.catalogue.backups if isinstance(link, Manifest) else self.catalogue.logs
        held.pop(link.number)

    def _plans(self) -> Iterator[RecoveryPlan]:
        for backup in self.catalogue.backups.values():
            if backup.mark.at > self.target:
                continue
            try:
                chain = self.catalogue.chain(backup)
            except DamagedError:
                continue
            yield self._with_log(tuple(chain), backup.mark)

    def _with_log(self, chain: tuple[Manifest, ...], mark: Mark) -> RecoveryPlan:
        logs: list[LogManifest] = []
        for piece in self.catalogue.logs_from(mark.position):
            reached = LogPiece(piece.start, piece.marks, b"").reach(self.target)
            if reached is None or reached <= mark:
                if piece.end.at > self.target:
                    break
                continue
            logs.append(piece)
            mark = reached
        return RecoveryPlan(chain, tuple(logs), mark)

    def _reason(self) -> str:
        known = self.catalogue.backups.values()
        whole = "; ".join(self.reasons)
        because = f" ({whole})" if whole else ""
        first = min((each.mark.at for each in known), default=None)
        if first is not None and first > self.target:
            sentence = _("cannot restore {target}: the first backup is of {first}")
            told = sentence.format(
                target=format_duration(self.target), first=format_duration(first)
            )
            return told + because
        if all(each.kind is not BackupKind.FULL for each in known):
            return _("nothing can be restored: there is no full backup") + because
        return _("nothing can be restored") + because


def recover(
    repository: Repository, sealing: Sealing, target: int, rebuild: Rebuild[State]
) -> Recovered[State]:
    """Restore what was at a time in ns, or the last good point before it.

    Raises BackupError where there is none, EncryptionError where the key is not the right one.
    """
    salvage = Salvage(repository, sealing, target)
    while True:
        plan = salvage.plan()
        state = _attempt(salvage, plan, rebuild)
        if state is not None:
            return Recovered(state[0], plan, target, tuple(salvage.faults))


def _attempt(salvage: Salvage, plan: RecoveryPlan, rebuild: Rebuild[State]) -> tuple[State] | None:
    opened: list[list[bytes]] = []
    for link in plan.links:
        try:
            opened.append([salvage.open(salvage.read(part)) for part in parts_of(link)])
        except DamagedError as error:
            salvage.blame(link, error)
            return None
    return (rebuilt(plan, opened, rebuild),)


def rebuilt(
    plan: RecoveryPlan, opened: Sequence[Sequence[bytes]], rebuild: Rebuild[State]
) -> State:
    """Return what the opened parts of the links of a plan give, in its order."""
    chain = [unpack(manifest, parts) for manifest, parts in zip(plan.chain, opened, strict=False)]
    pieces = [
        LogPiece(piece.start, piece.marks, parts[0])
        for piece, parts in zip(plan.logs, opened[len(chain) :], strict=True)
    ]
    return rebuild(chain, pieces, plan.reaches)
