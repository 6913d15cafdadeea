"""The upkeep of a repository: what may go goes, long chains are merged, all is verified."""

from __future__ import annotations

from aio_sim.kernel.environment import Environment
from aio_sim.kernel.span_record import Record
from aio_sim.storage.backup.accounts import Accounts
from aio_sim.storage.backup.costs import SealingCosts
from aio_sim.storage.backup.devices import BackupDevices
from aio_sim.storage.backup.jobs import Keeping
from aio_sim.storage.backup.manifest import Manifest
from aio_sim.storage.backup.merging import merge
from aio_sim.storage.backup.pipeline import Story
from aio_sim.storage.backup.plan import BackupPlan
from aio_sim.storage.backup.retention import superfluous
from aio_sim.storage.backup.verifying import verify


class Upkeep:
    """Looks after what is kept, on the host that keeps it."""

    def __init__(
        self,
        env: Environment,
        record: Record,
        devices: BackupDevices,
        costs: SealingCosts,
        plan: BackupPlan,
        accounts: Accounts,
    ) -> None:
        self._env = env
        self._record = record
        self._devices = devices
        self._costs = costs
        self._plan = plan
        self._accounts = accounts

    def tidy(self, keeping: Keeping, last: Manifest) -> Story:
        """Let go what nothing needs any more, and merge the chain of `last` if it is too long.

        Raises what a backup may raise, and DamagedError for a chain that is not whole.
        """
        catalogue = keeping.catalogue
        for each in superfluous(catalogue, self._plan.retention, self._env.now):
            catalogue.remove(each, keeping.repository)
        links = self._plan.links
        if links is not None and len(chain := catalogue.chain(last)) > links:
            yield from self._merge(keeping, chain[-links])

    def verify(self, keeping: Keeping) -> Story:
        """Read all that is kept; the story returns whether it is what was written.

        The checksum takes no time (assumption: it is faster than a disk).
        """
        env, begun = self._env, self._env.now
        yield from self._devices.read(self._devices.target, keeping.repository.used)
        faults = verify(keeping.repository, keeping.catalogue)
        self._accounts.verified += 1
        self._record.span("backup verify", begun, env.now)
        for fault in faults:
            if fault not in self._accounts.faults:
                self._record.note(f"backup fault: {fault.reason}", env.now)
        self._accounts.faults.update(faults)
        return not faults

    def _merge(self, keeping: Keeping, upto: Manifest) -> Story:
        devices, costs, begun = self._devices, self._costs, self._env.now
        target = devices.target
        size = sum(link.size for link in keeping.catalogue.chain(upto))
        yield from devices.read(target, size)
        yield from devices.compute(target, costs.open(size, size), size)
        merged = merge(keeping.repository, keeping.catalogue, keeping.sealing, upto)
        work = costs.seal(merged.blocks * merged.block_size, merged.size)
        yield from devices.compute(target, work, merged.size)
        yield from devices.write(target, merged.size)
        self._accounts.merged += 1
        self._record.span("backup merge", begun, self._env.now)
