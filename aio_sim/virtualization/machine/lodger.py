"""A virtual machine as its host sees it: what it claims, and what it was lent."""

from __future__ import annotations

from dataclasses import dataclass

from aio_sim.resources.allocation import Allocation
from aio_sim.resources.demand import Demand
from aio_sim.virtualization.machine.claim import MachineClaim
from aio_sim.virtualization.machine.virtual_machine import VirtualMachine


@dataclass(eq=False)
class Lodger:
    """A machine on a host: what it claims, and what it was lent."""

    machine: VirtualMachine
    claim: MachineClaim
    overhead: int
    disk: Allocation | None = None
    memory: Allocation | None = None
    """While it is on."""
    asked: Allocation | None = None
    """Memory that it waits for."""
    arriving: bool = False
    """Whether it is being turned on, and is to have its part."""
    balloon: int | None = None
    """The most that its balloon leaves it, in bytes."""

    def __post_init__(self) -> None:
        self.inflate(self.balloon)

    def inflate(self, balloon: int | None) -> None:
        """Leave it so much at most."""
        self.balloon = balloon
        self.wants = self.claim.of_memory(balloon).claim
        """Its claim of memory, for it is asked whenever another one comes or goes."""

    @property
    def allotted(self) -> int:
        """The bytes of the host that its guest may use."""
        return self.memory.demand.memory - self.overhead if self.memory is not None else 0

    @property
    def least(self) -> int:
        """The bytes that it cannot do without, or has for certain."""
        return max(self.claim.reserved_memory, self.machine.least_memory)

    def demand(self, memory: int, host: int) -> Demand:
        """Return the demand for so many bytes for its guest."""
        return Demand(memory=memory + self.overhead, host=host)
