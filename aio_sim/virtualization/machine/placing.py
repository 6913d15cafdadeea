"""Which host a virtual machine is made on that names none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from aio_sim.kernel.environment import Environment
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.resources.demand import DISK, KINDS, Demand
from aio_sim.resources.manager import ResourceManager
from aio_sim.resources.placement import PLACEMENT_POLICIES
from aio_sim.resources.rooms import AllRooms
from aio_sim.scheduling.policy import Moment
from aio_sim.virtualization.machine.claim import MachineClaim
from aio_sim.virtualization.overcommit import HostLedger

UNRESERVED_CORES: Final = len(KINDS)
UNRESERVED_MEMORY: Final = len(KINDS) + 1
HOST_CORES: Final = len(KINDS) + 2
"""Further columns of the rooms, behind those of KINDS: what else a host must have."""


class HostChoice:
    """Asks a placement policy, which sees what each host may still promise.

    `ledgers` are those of the hosts by name, in the order of their numbers with the manager, whose
    disks are looked at too; `overhead` is the monitor's, of so many cores and bytes. What is free
    is kept as it changes, so that a choice need not look at every host.
    """

    def __init__(
        self,
        env: Environment,
        placement: str,
        streams: RandomStreams,
        ledgers: Mapping[str, HostLedger],
        manager: ResourceManager,
        overhead: Callable[[int, int], int],
    ) -> None:
        self._env = env
        self._policy = PLACEMENT_POLICIES[placement]()
        self._moment = Moment(partial(streams.stream, "vm.placement"))
        self._names = list(ledgers)
        self._cores = [ledger.cores for ledger in ledgers.values()]
        self._overhead = overhead
        self._rooms = _rooms(list(ledgers.values()), manager)

    def choose(self, claim: MachineClaim) -> str:
        """Return the name of a host; the first, which then refuses, where none has room."""
        overhead = self._overhead(claim.cores, claim.memory)
        needs: list[tuple[int, Any]] = [
            *Demand(cores=claim.cores, memory=claim.memory, disk=claim.image).needs,
            (UNRESERVED_CORES, claim.reserved_cores),
            (UNRESERVED_MEMORY, overhead + claim.reserved_memory),
            (HOST_CORES, claim.cores),
        ]
        asked = tuple((kind, amount) for kind, amount in needs if amount)
        self._moment.now = self._env.now
        chosen = self._policy.choose(self._rooms, asked, self._moment)
        return self._names[chosen or 0]

    def take_down(self, host: str, down: bool) -> None:
        """Note that no machine can be made on a host any more, or can again."""
        number = self._names.index(host)
        self._rooms.set(number, HOST_CORES, 0 if down else self._cores[number])


def _rooms(ledgers: Sequence[HostLedger], manager: ResourceManager) -> AllRooms:
    """Return the rooms of the hosts, which follow what is promised and what is lent of disks."""
    capacity: list[tuple[Any, ...]] = [
        (ledger.most_cores, ledger.most_memory, had.disk, *_unreserved(ledger), ledger.cores)
        for ledger, had in zip(ledgers, manager.capacities, strict=True)
    ]
    rooms = AllRooms(capacity)
    for number, ledger in enumerate(ledgers):
        rooms.set(number, DISK, manager.free(number).disk)
        _note(rooms, number, ledger)
        ledger.follow(partial(_note, rooms, number, ledger))
    manager.follow(DISK, lambda number, free: rooms.set(number, DISK, free))
    return rooms


def _unreserved(ledger: HostLedger) -> tuple[Any, ...]:
    return ledger.unreserved_cores, ledger.unreserved_memory


def _note(rooms: AllRooms, number: int, ledger: HostLedger) -> None:
    """Note what a host may still promise."""
    free = (ledger.unpromised_cores, ledger.unpromised_memory, None, *_unreserved(ledger))
    for kind, amount in enumerate(free):
        if amount is not None:
            rooms.set(number, kind, amount)
