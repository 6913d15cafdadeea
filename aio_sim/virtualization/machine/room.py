"""The room on one host: what is promised to its machines, lent to them, and divided among them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from simpy.events import Event
from simpy.resources.resource import Resource

from aio_sim.hardware.host import Host
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.messages import _
from aio_sim.resources.allocation import Allocation
from aio_sim.resources.demand import Demand
from aio_sim.resources.manager import ResourceManager
from aio_sim.virtualization.balloon import targets
from aio_sim.virtualization.entitlement import NO_TAX, entitlements
from aio_sim.virtualization.machine.claim import SECOND, MachineClaim
from aio_sim.virtualization.machine.virtual_machine import VirtualMachine
from aio_sim.virtualization.overcommit import HostLedger


@dataclass
class Lodger:
    """A machine on a host: what it claims, and what it was lent."""

    machine: VirtualMachine
    claim: MachineClaim
    overhead: int
    disk: Allocation | None = None
    memory: Allocation | None = None
    """While it is on."""
    balloon: int | None = None
    """The most that its balloon leaves it, in bytes."""

    @property
    def allotted(self) -> int:
        """The bytes of the host that its guest may use."""
        return self.memory.demand.memory - self.overhead if self.memory is not None else 0


class HostRoom:
    """Lends a host's memory, disk and cores to virtual machines, all by the resource manager.

    Where more memory is promised than there is, each machine that is on has its entitlement, and
    balloons make room when one is turned on. Cores are divided by weights that make up for what is
    reserved. `number` is the host's with the resource manager.
    """

    def __init__(
        self,
        env: Environment,
        host: Host,
        number: int,
        manager: ResourceManager,
        ledger: HostLedger,
        overhead: Callable[[int, int], int],
    ) -> None:
        self.host = host
        self.ledger = ledger
        self.lodgers: dict[VirtualMachine, Lodger] = {}
        self._number = number
        self._manager = manager
        self._overhead = overhead  # of so many cores and bytes
        self._turn = Resource(env)  # one machine at a time changes how memory is divided

    def admit(self, machine: VirtualMachine, claim: MachineClaim) -> str:
        """Promise a machine its room and return "", or return why there is none."""
        overhead = self._overhead(claim.cores, claim.memory)
        reason = self.ledger.promise(claim.promise(overhead))
        if reason is None:
            self.lodgers[machine] = Lodger(machine, claim, overhead)
        return reason or ""

    def take_in(self, machine: VirtualMachine, claim: MachineClaim) -> str:
        """Promise a machine room and lend it at once, memory if it is up; return why not, or ""."""
        reason = self.admit(machine, claim)
        if reason:
            return reason
        lodger = self.lodgers[machine]
        free = self._manager.free(self._number)
        size = min(claim.memory, free.memory - lodger.overhead)
        least = max(claim.reserved_memory, machine.least_memory, 1)
        if (machine.up and size < least) or free.disk < claim.image:
            self.dismiss(machine)
            return _("{host} has no room for {machine}").format(
                host=self.host.name, machine=machine.name
            )
        if machine.up:
            memory = size + lodger.overhead
            lodger.memory = self._manager.request(Demand(memory=memory, host=self._number))
        self.store(machine)
        return ""

    def settle(self, machine: VirtualMachine) -> None:
        """Have a machine that came, or stayed, use what it is lent here, if it is up."""
        lodger = self.lodgers[machine]
        if lodger.memory is not None:
            machine.resize(max(lodger.allotted, machine.least_memory))
        self._weigh()

    def store(self, machine: VirtualMachine) -> Allocation:
        """Ask for the disk space of a machine's image; fires when it is there."""
        lodger = self.lodgers[machine]
        demand = Demand(disk=lodger.claim.image, host=self._number)
        lodger.disk = self._manager.request(demand)
        return lodger.disk

    def let_in(self, machine: VirtualMachine) -> Generator[Event, Any, None]:
        """Lend a machine its memory, for which the balloons of others may have to grow."""
        lodger = self.lodgers[machine]
        with self._turn.request() as turn:
            yield turn
            on = [each for each in self.lodgers.values() if each.memory is not None]
            wanted = self._targets([*on, lodger])
            for each, size in zip(on, wanted, strict=False):
                if size < each.allotted:
                    yield self._shrink(each, size)
            free = self._manager.free(self._number).memory - lodger.overhead
            size = max(min(wanted[-1], free), lodger.claim.reserved_memory, 1)
            demand = Demand(memory=size + lodger.overhead, host=self._number)
            lodger.memory = self._manager.request(demand)
            yield lodger.memory
            machine.resize(size)
        self._weigh()

    def put_out(self, machine: VirtualMachine) -> None:
        """Take back the memory of a machine that was turned off, and let the others have it."""
        lodger = self.lodgers[machine]
        if lodger.memory is not None:
            lodger.memory.release()
            lodger.memory = None
            self.share_out()
            self._weigh()

    def dismiss(self, machine: VirtualMachine) -> None:
        """Take back all that was promised and lent to a machine."""
        self.put_out(machine)
        lodger = self.lodgers.pop(machine)
        if lodger.disk is not None:
            lodger.disk.release()
        self.ledger.give_back(lodger.claim.promise(lodger.overhead))

    def inflate(self, machine: VirtualMachine, memory: int) -> Event:
        """Leave a machine at most so much memory; fires when what must out is written."""
        lodger = self.lodgers[machine]
        lodger.balloon = memory
        done = (
            self._shrink(lodger, memory)
            if memory < lodger.allotted
            else machine.resize(lodger.allotted)
        )
        self.share_out()
        return done

    def share_out(self) -> None:
        """Let machines have what they are entitled to, as far as it is free."""
        on = [each for each in self.lodgers.values() if each.memory is not None]
        for lodger, size in zip(on, self._targets(on), strict=True):
            self._grow(lodger, size)

    def _targets(self, lodgers: list[Lodger]) -> list[int]:
        claims = [lodger.claim.of_memory(lodger.balloon) for lodger in lodgers]
        return targets(self.ledger.guest_memory, claims, NO_TAX)

    def _shrink(self, lodger: Lodger, size: int) -> Event:
        size = max(size, lodger.machine.least_memory)
        written = lodger.machine.resize(size)
        assert lodger.memory is not None
        self._manager.resize(lodger.memory, memory=size + lodger.overhead)
        return written

    def _grow(self, lodger: Lodger, size: int) -> None:
        free = self._manager.free(self._number).memory
        size = min(size, lodger.allotted + free)
        allocation = lodger.memory
        if allocation is None or size <= lodger.allotted:
            return
        if self._manager.resize(allocation, memory=size + lodger.overhead):
            lodger.machine.resize(size)

    def _weigh(self) -> None:
        """Weigh virtual cores so that, when all want to run, each machine has its entitlement."""
        on = [
            each
            for each in self.lodgers.values()
            if each.memory is not None and each.machine.host is self.host
        ]
        claims = [lodger.claim.of_cores() for lodger in on]
        for lodger, time in zip(on, entitlements(self.host.cores * SECOND, claims), strict=True):
            lodger.machine.weigh(float(Fraction(max(time, 1), lodger.claim.cores * SECOND)))
