"""A backup service: takes what a plan says when it is due, and restores after a disaster."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from simpy import Interrupt
from simpy.events import Event
from simpy.events import Process as Running

from aio_sim.codecs.encryption.keys import AesKey
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.messages import _
from aio_sim.kernel.span_record import Record
from aio_sim.storage.backup.accounts import Accounts, BackupResult, RecoveryResult
from aio_sim.storage.backup.costs import SealingCosts
from aio_sim.storage.backup.devices import BROKEN, BackupDevices
from aio_sim.storage.backup.disasters import RECOVERED_FROM, Disaster, DisasterKind, strike
from aio_sim.storage.backup.errors import DamagedError
from aio_sim.storage.backup.jobs import BackupJob, Keeping, archive_log
from aio_sim.storage.backup.log_piece import Mark
from aio_sim.storage.backup.manifest import BackupKind, Manifest
from aio_sim.storage.backup.pipeline import Story
from aio_sim.storage.backup.plan import BackupPlan
from aio_sim.storage.backup.restoring import Restored, Restorer
from aio_sim.storage.backup.schedule import Schedule
from aio_sim.storage.backup.sources import Source
from aio_sim.storage.backup.upkeep import Upkeep

if TYPE_CHECKING:
    import numpy as np

_NO_KEY: Final = AesKey(bytes(16))
"""Opens nothing that was sealed under another key."""


class BackupService:
    """Backs up a source over its devices as a plan says; the bytes are real, the time simulated.

    `checks` is when all that is kept is verified. `random` draws what disasters hit.
    """

    def __init__(
        self,
        env: Environment,
        record: Record,
        devices: BackupDevices,
        keeping: Keeping,
        costs: SealingCosts,
        source: Source,
        plan: BackupPlan,
        random: np.random.Generator,
        checks: Schedule | None = None,
    ) -> None:
        self._env = env
        self._record = record
        self._devices = devices
        self._costs = costs
        self._source = source
        self._plan = plan
        self._random = random
        self.keeping = keeping
        self.accounts = Accounts()
        self._upkeep = Upkeep(env, record, devices, costs, plan, self.accounts)
        self._restorer = Restorer(env, devices, costs, source, plan.promise)
        self._job: Running | None = None
        self._archived = 0  # up to there the log is in the repository
        self._needs_full = False
        self._checked = -1  # which change of the repository was audited last
        self._down: set[str] = set()
        self._recovery: Event | None = None  # fires when that which is under way has ended
        self._lost = False  # there is nothing to back up, or not yet again
        env.process(self._back_up_for_ever())
        if plan.log is not None:
            env.process(self._archive_for_ever(plan.log))
        if checks is not None:
            env.process(self._verify_for_ever(checks))

    def happen(self, disaster: Disaster) -> Story:
        """Let a disaster happen at its time; the story ends when all is back, or cannot be."""
        yield self._env.timeout(disaster.at - self._env.now)
        if disaster.kind in RECOVERED_FROM:
            yield from self._recover_from(disaster)
        elif disaster.kind is DisasterKind.KEY_LOST:
            sealing = replace(self.keeping.sealing, open_key=_NO_KEY)
            self.keeping = self.keeping._replace(sealing=sealing)
            self._record.note("key lost", self._env.now)
        else:
            struck = strike(self.keeping, disaster, self._random)
            self._record.note(f"{disaster.kind} {struck}", self._env.now)

    def fail(self, host: str) -> None:
        """Let a host be down: a job under way is lost, and nothing is written to a source there."""
        if host not in (self._devices.source.name, self._devices.target.name):
            return
        self._down.add(host)
        self._give_up(_("{host} failed").format(host=host))
        if host == self._devices.source.name:
            self._source.stop(self._env.now)

    def repair(self, host: str) -> None:
        """Let a host be back, with what is on its disk."""
        self._down.discard(host)
        if host == self._devices.source.name and not self._lost:
            self._source.resume(self._env.now)

    def check(self) -> None:
        """Raise AuditError where the books of the repository, or a restored byte, are wrong."""
        if not all(each.exact for each in self.accounts.recoveries):
            raise AuditError(_("what was restored is not what was backed up"))
        repository = self.keeping.repository
        if repository.changes == self._checked:
            return
        self._checked = repository.changes
        if not repository.account() <= repository.used <= repository.capacity:
            raise AuditError(_("a backup repository has lost count of its files"))

    def close(self) -> None:
        """Bring the accounts up to the end."""
        if not self._lost:
            self.accounts.exposed(self._env.now)

    def _back_up_for_ever(self) -> Story:
        due = self._plan.following(-1)
        while True:
            yield self._env.timeout(due.at - self._env.now)
            if not self._is_there:
                self.accounts.skipped += 1
            else:
                self._job = self._env.process(self._back_up(self._kind(due.kind)))
                yield self._job
                self._job = None
            while (due := self._plan.following(due.at)).at < self._env.now:
                self.accounts.skipped += 1

    def _kind(self, wanted: BackupKind) -> BackupKind:
        """Return what is taken: a full one where there is none, or the chain is not whole."""
        none = self.keeping.catalogue.latest_full is None
        return BackupKind.FULL if none or self._needs_full else wanted

    def _back_up(self, kind: BackupKind) -> Story:
        env, scale, begun = self._env, self._devices.scale, self._env.now
        job = BackupJob(env, self._devices, self.keeping, self._costs, self._source, kind)
        stored, reason = 0, ""
        try:
            manifest: Manifest = yield from job.run()
            stored = manifest.size * scale
        except BROKEN as error:
            reason = _reason(error)
        result = BackupResult(kind.value, begun, env.now, job.read * scale, stored, reason)
        self.accounts.backups.append(result)
        self._record.span(f"backup {kind}", begun, env.now)
        if reason:
            self._record.note(f"backup failed: {reason}", env.now)
        else:
            self._needs_full = False
            self.accounts.good(manifest.mark.at, env.now)
            yield from self._tidy(manifest)

    def _tidy(self, last: Manifest) -> Story:
        if self._plan.log is None:
            self._source.forget_log(last.mark.position)
        try:
            yield from self._upkeep.tidy(self.keeping, last)
        except (*BROKEN, DamagedError) as error:
            self._record.note(f"merge failed: {_reason(error)}", self._env.now)

    def _archive_for_ever(self, schedule: Schedule) -> Story:
        while True:
            yield self._env.timeout(schedule.following(self._env.now) - self._env.now)
            none = self.keeping.catalogue.latest_full is None
            if self._is_there and not none:
                yield from self._archive()

    def _archive(self) -> Story:
        env, scale, begun = self._env, self._devices.scale, self._env.now
        self._source.advance(begun)
        piece = self._source.log_behind(self._archived, begun)
        read, stored, reason = len(piece.data) * scale, 0, ""
        try:
            kept = yield from archive_log(self._devices, self.keeping, self._costs, piece)
        except BROKEN as error:
            reason = _reason(error)
        else:
            stored = kept.size * scale
            self._note_archived(piece.end)
        self.accounts.logs.append(BackupResult("log", begun, env.now, read, stored, reason))

    def _note_archived(self, end: Mark) -> None:
        if self._lost:
            return  # too late: a restore has begun without it
        self._archived = end.position
        self.accounts.good(end.at, self._env.now)
        if self._job is None:  # else a fuzzy copy may need the log from its beginning on
            self._source.forget_log(self._archived)

    def _verify_for_ever(self, schedule: Schedule) -> Story:
        while True:
            yield self._env.timeout(schedule.following(self._env.now) - self._env.now)
            if self._devices.target.name not in self._down:
                whole = yield from self._upkeep.verify(self.keeping)
                self._needs_full = self._needs_full or not whole

    def _recover_from(self, disaster: Disaster) -> Story:
        env, source, target = self._env, self._source, self._env.now
        if self._lost:
            return  # what is lost already cannot be lost again
        source.advance(env.now)
        if disaster.kind is DisasterKind.CORRUPTION:
            source.corrupt(disaster.share, env.now, self._random)
            target -= 1  # the instant before
            yield env.timeout(disaster.noticed)
            while self._recovery is not None:
                yield self._recovery  # from something else, which brings the nonsense back
            if self._lost:
                return
        recovery = self._recovery = Event(env)
        yield from self._recover(disaster, target)
        self._recovery = None
        recovery.succeed()

    def _recover(self, disaster: Disaster, target: int) -> Story:
        """Restore what was at a time in ns, and go on with it."""
        env, source = self._env, self._source
        self._lost = True
        self._give_up(_("the data are lost"))
        source.lose(env.now)
        self.accounts.exposed(env.now)
        restored: Restored = yield from self._restorer.restore(self.keeping, disaster, target)
        result = restored.result
        if not result.reason:
            yield from self._go_on(restored)
            result = result.back_at(env.now, self._plan.promise)
        self.accounts.recoveries.append(result)
        self._record.span(f"recovery from {disaster.kind}", result.stopped, env.now)
        self._record.note(_told(result), env.now)

    @property
    def _is_there(self) -> bool:
        """Whether there is something to be backed up, and both hosts are up."""
        return not self._lost and not self._down and self._source.is_up

    def _go_on(self, restored: Restored) -> Story:
        """Go on with what was restored, and without backups of what came behind it."""
        keeping, position = self.keeping, restored.mark.position
        for each in keeping.catalogue.behind(position):
            keeping.catalogue.remove(each, keeping.repository)
        yield from self._source.adopt(restored.state, restored.mark, self._env.now)
        self._archived = position
        self._needs_full, self._lost = True, False
        self.accounts.restart(self._env.now)

    def _give_up(self, reason: str) -> None:
        if self._job is not None and self._job.is_alive:
            self._job.interrupt(reason)


def _reason(error: Exception) -> str:
    return str(error.cause) if isinstance(error, Interrupt) else str(error)


def _told(result: RecoveryResult) -> str:
    if result.reason:
        return f"recovery failed: {result.reason}"
    return f"recovered {result.reached} {result.lost} {result.took} {'; '.join(result.faults)}"
