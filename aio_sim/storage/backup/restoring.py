"""A recovery on the event loop: the best way back first, the next best where it is damaged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import EncryptionError
from aio_sim.storage.backup.accounts import RecoveryResult
from aio_sim.storage.backup.costs import SealingCosts
from aio_sim.storage.backup.devices import BROKEN, BackupDevices
from aio_sim.storage.backup.disasters import Disaster
from aio_sim.storage.backup.jobs import Keeping, RestoreJob
from aio_sim.storage.backup.log_piece import Mark
from aio_sim.storage.backup.pipeline import Story
from aio_sim.storage.backup.plan import Promise
from aio_sim.storage.backup.recovery import RecoveryPlan, Salvage, rebuilt
from aio_sim.storage.backup.sources import Source


class Restored(NamedTuple):
    """What a recovery gave: how it went, and the state of an instant, None where it failed."""

    result: RecoveryResult
    state: Any = None
    mark: Mark = Mark(0, 0)


class Restorer:
    """Restores a source over its devices, and measures what that takes."""

    def __init__(
        self,
        env: Environment,
        devices: BackupDevices,
        costs: SealingCosts,
        source: Source,
        promise: Promise,
    ) -> None:
        self._env = env
        self._devices = devices
        self._costs = costs
        self._source = source
        self._promise = promise

    def restore(self, keeping: Keeping, disaster: Disaster, target: int) -> Story:
        """Restore what was at a time in ns; the story returns a `Restored`."""
        begun = self._env.now
        result = RecoveryResult(disaster.kind, disaster.at, begun, begun)
        salvage = Salvage(keeping.repository, keeping.sealing, target)
        reason, read, whole = "", 0, False
        while not (whole or reason):
            try:
                plan = salvage.plan()
                job = RestoreJob(self._env, self._devices, self._costs, salvage, plan)
                whole = yield from job.run()
                read += job.read * self._devices.scale
            except (*BROKEN, EncryptionError) as error:
                reason = str(error)
        result = replace(
            result, ended=self._env.now, read=read, reason=reason, faults=salvage.reasons
        )
        if reason:
            return Restored(replace(result, kept=not any(self._promise)))
        return self._restored(result, plan, job)

    def _restored(self, result: RecoveryResult, plan: RecoveryPlan, job: RestoreJob) -> Restored:
        source, mark = self._source, plan.reaches
        state = rebuilt(plan, job.opened, source.rebuild)
        result = replace(
            result,
            reached=mark.at,
            lost_writes=source.lost_behind(mark),
            links=len(plan.chain),
            exact=source.is_as_it_was(state, mark),
        )
        return Restored(result, state, mark)
