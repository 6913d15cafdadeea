"""Which host a virtual machine is made on that names none."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from aio_sim.kernel.environment import Environment
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.resources.demand import Demand
from aio_sim.resources.placement import PLACEMENT_POLICIES
from aio_sim.resources.rooms import Rooms
from aio_sim.scheduling.policy import Moment
from aio_sim.virtualization.machine.claim import MachineClaim
from aio_sim.virtualization.machine.vmm import Vmm


class HostChoice:
    """Asks a placement policy, which sees what each host may still promise."""

    def __init__(self, env: Environment, placement: str, streams: RandomStreams) -> None:
        self._env = env
        self._policy = PLACEMENT_POLICIES[placement]()
        self._moment = Moment(partial(streams.stream, "vm.placement"))

    def choose(self, monitors: Mapping[str, Vmm], claim: MachineClaim) -> str:
        """Return the name of a host; the first, which then refuses, where none has room."""
        names = list(monitors)
        ledgers = [monitor.room.ledger for monitor in monitors.values()]
        overheads = [each.profile.overhead(claim.cores, claim.memory) for each in monitors.values()]
        able = [
            number
            for number, (ledger, overhead) in enumerate(zip(ledgers, overheads, strict=True))
            if ledger.reason(claim.promise(overhead)) is None
        ]
        free = [[ledger.unpromised_cores, ledger.unpromised_memory, 0] for ledger in ledgers]
        capacity = [(ledger.most_cores, ledger.most_memory, 0) for ledger in ledgers]
        needs = Demand(cores=claim.cores, memory=claim.memory).needs
        self._moment.now = self._env.now
        chosen = self._policy.choose(Rooms(free, capacity, able), needs, self._moment)
        return names[chosen or 0]
