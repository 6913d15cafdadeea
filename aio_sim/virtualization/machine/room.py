"""The room on one host: what is promised to its machines, lent to them, and divided among them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from fractions import Fraction
from typing import Any

from simpy.events import Event
from simpy.resources.resource import Resource

from aio_sim.hardware.host import Host
from aio_sim.kernel.environment import QUANTUM_END, Environment, Timer
from aio_sim.kernel.messages import _
from aio_sim.kernel.rejection import Cause
from aio_sim.resources.allocation import Allocation
from aio_sim.resources.demand import Demand
from aio_sim.resources.manager import ResourceManager
from aio_sim.virtualization.entitlement import entitlements
from aio_sim.virtualization.machine.claim import SECOND, MachineClaim
from aio_sim.virtualization.machine.lodger import Lodger
from aio_sim.virtualization.machine.virtual_machine import VirtualMachine
from aio_sim.virtualization.overcommit import HostLedger


class HostRoom:
    """Lends a host's memory, disk and cores to virtual machines, all by the resource manager.

    Where more memory is promised than there is, each machine that is on has its entitlement, and
    balloons make room when one is turned on; for what others than machines hold of it, it waits.
    Cores are divided by weights that make up for what is reserved. A machine on its way to or from
    another host has room on both. `number` is the host's with the resource manager.
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
        self.down = False
        """Whether the host is, so that it takes no machine in."""
        self._env = env
        self._number = number
        self._manager = manager
        self._overhead = overhead  # of so many cores and bytes
        self._own: Allocation | None = None  # what the monitor keeps for itself
        self._weighing = Timer(env, self._weigh, QUANTUM_END)  # when all is lent
        self._turn = Resource(env)  # one machine at a time changes how memory is divided

    def admit(self, machine: VirtualMachine, claim: MachineClaim) -> str:
        """Promise a machine its room and return "", or return why there is none now."""
        reason = self._promise(Lodger(machine, claim, self._overhead_of(claim)))
        if reason:
            return reason
        disk = self._manager.take(Demand(disk=claim.image, host=self._number))
        if disk is None:
            self.ledger.refuse(Cause.DISK)
            self.dismiss(machine)
            return _("the disk of {host} has no room for its image").format(host=self.host.name)
        self.lodgers[machine].disk = disk
        return ""

    def take_in(self, elsewhere: Lodger, image: bool) -> str:
        """Promise and lend room at once to a machine that is on another host, with what it has.

        Its image needs space here where it moves too; else it stays in the store where it is.
        Return why there is no room, or "".
        """
        claim = elsewhere.claim
        lodger = Lodger(elsewhere.machine, claim, self._overhead_of(claim))
        lodger.inflate(elsewhere.balloon)
        reason = self._promise(lodger)
        if reason:
            return reason
        if image:
            lodger.disk = self._manager.take(Demand(disk=claim.image, host=self._number))
        on = elsewhere.memory is not None
        stored = not image or lodger.disk is not None
        if stored and (not on or self._lend_at_once(lodger)):
            return ""
        self.dismiss(lodger.machine)
        return _("{host} has no room for {machine}").format(
            host=self.host.name, machine=lodger.machine.name
        )

    def settle(self, machine: VirtualMachine, left: Lodger) -> None:
        """Have a machine that has come use what it is lent here, if it is on.

        The space of an image that did not move is its own still, wherever that is.
        """
        lodger = self.lodgers[machine]
        if lodger.disk is None:
            lodger.disk, left.disk = left.disk, None
        if lodger.memory is not None:
            self.share_out()
            machine.resize(max(lodger.allotted, machine.least_memory))
        self.weigh()

    def let_in(self, machine: VirtualMachine) -> Generator[Event, Any, None]:
        """Lend a machine its memory, for which the balloons of others may have to grow."""
        lodger = self.lodgers[machine]
        with self._turn.request() as turn:
            yield turn
            lodger.arriving = True
            for each, size in self._targets().items():
                if size < each.allotted:
                    yield self._shrink(each, size)
            lodger.asked = self._ask(lodger)
            yield lodger.asked
            lodger.memory, lodger.asked, lodger.arriving = lodger.asked, None, False
            machine.resize(lodger.allotted)
        self.weigh()

    def put_out(self, machine: VirtualMachine) -> None:
        """Take back the memory of a machine that was turned off, and let the others have it."""
        lodger = self.lodgers[machine]
        for allocation in (lodger.memory, lodger.asked):
            if allocation is not None:
                allocation.release()
        lodger.memory, lodger.asked, lodger.arriving = None, None, False
        self.share_out()
        self.weigh()

    def dismiss(self, machine: VirtualMachine) -> None:
        """Take back all that was promised and lent to a machine."""
        self.put_out(machine)
        lodger = self.lodgers.pop(machine)
        if lodger.disk is not None:
            lodger.disk.release()
        self.ledger.give_back(lodger.claim.promise(lodger.overhead))
        if not self.lodgers:
            self._stop_monitor()

    def close(self) -> None:
        """Take back all at the end of a run, where nobody is to have what another had."""
        for lodger in self.lodgers.values():
            for allocation in (lodger.memory, lodger.asked, lodger.disk):
                if allocation is not None:
                    allocation.release()
        self.lodgers.clear()
        self._stop_monitor()

    def inflate(self, machine: VirtualMachine, memory: int) -> Event:
        """Leave a machine at most so much memory; fires when what must out is written."""
        lodger = self.lodgers[machine]
        lodger.inflate(memory)
        done = self._shrink(lodger, memory)
        self.share_out()
        return done

    def share_out(self) -> None:
        """Let machines have what they are entitled to, as far as it is free."""
        for lodger, size in self._targets().items():
            free = self._manager.free(self._number).memory
            size = min(size, lodger.allotted + free)
            if lodger.memory is not None and size > lodger.allotted:
                self._lend(lodger, size)

    def weigh(self) -> None:
        """Weigh virtual cores so that, when all want to run, each machine has its entitlement.

        It is done once for all changes of an instant.
        """
        self._weighing.soon()

    def _weigh(self) -> None:
        on = [
            each
            for each in self.lodgers.values()
            if each.memory is not None and each.machine.host is self.host
        ]
        claims = [lodger.claim.of_cores() for lodger in on]
        for lodger, time in zip(on, entitlements(self.host.cores * SECOND, claims), strict=True):
            lodger.machine.weigh(float(Fraction(max(time, 1), lodger.claim.cores * SECOND)))

    def _start_monitor(self) -> None:
        """Lend the monitor what it keeps for itself while there are machines, if that is free."""
        if self._own is None:
            self._own = self._manager.take(Demand(memory=self.ledger.own, host=self._number))

    def _stop_monitor(self) -> None:
        if self._own is not None:
            self._own.release()
            self._own = None

    def _overhead_of(self, claim: MachineClaim) -> int:
        return self._overhead(claim.cores, claim.memory)

    def _promise(self, lodger: Lodger) -> str:
        if self.down:
            return _("{host} is down").format(host=self.host.name)
        reason = self.ledger.promise(lodger.claim.promise(lodger.overhead))
        if reason is None:
            self._start_monitor()
            self.lodgers[lodger.machine] = lodger
        return reason or ""

    def _targets(self) -> dict[Lodger, int]:
        """Return what each machine that is on, or is being turned on, is entitled to."""
        there = [each for each in self.lodgers.values() if each.memory is not None or each.arriving]
        sizes = entitlements(self.ledger.guest_memory, [lodger.wants for lodger in there])
        return dict(zip(there, sizes, strict=True))

    def _ask(self, lodger: Lodger) -> Allocation:
        """Ask for what a machine is entitled to, except what other machines cannot give."""
        held = (each.memory.demand.memory for each in self.lodgers.values() if each.memory)
        own = self._own.demand.memory if self._own is not None else 0
        there = self.host.memory - own - sum(held) - lodger.overhead
        size = max(min(self._targets()[lodger], there), lodger.least)
        return self._manager.request(lodger.demand(size, self._number))

    def _lend_at_once(self, lodger: Lodger) -> bool:
        """Lend as much as is free and asked for by no machine here; False where that is too little.

        It is not yet here, and no balloon grows for it.
        """
        asked = sum(each.asked.demand.memory for each in self.lodgers.values() if each.asked)
        free = self._manager.free(self._number).memory - asked - lodger.overhead
        size = min(lodger.wants.most(self.host.memory), free)
        if size >= max(lodger.least, 1):
            lodger.memory = self._manager.take(lodger.demand(size, self._number))
        return lodger.memory is not None

    def _shrink(self, lodger: Lodger, size: int) -> Event:
        """Take memory from a machine, but for what it cannot do without; fires when it is out."""
        size = max(size, lodger.machine.least_memory)
        if size < lodger.allotted:
            return self._lend(lodger, size)
        return Event(self._env).succeed()

    def _lend(self, lodger: Lodger, size: int) -> Event:
        """Lend a machine more or less; fires when what its guest must write is written."""
        assert lodger.memory is not None
        self._manager.resize(lodger.memory, memory=size + lodger.overhead)
        if lodger.machine.host is self.host:
            return lodger.machine.resize(size)
        return Event(self._env).succeed()
