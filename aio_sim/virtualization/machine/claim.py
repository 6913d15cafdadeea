"""What a virtual machine claims of a host."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from aio_sim.virtualization.balloon import GuestClaim
from aio_sim.virtualization.entitlement import Claim
from aio_sim.virtualization.overcommit import Promise

SECOND = 10**9


@dataclass(frozen=True, slots=True)
class MachineClaim:
    """What a machine is told it has, and what it has for certain and at most.

    `memory`, `image`, `reserved_memory` and `memory_limit` are bytes; `reserved_cores` and
    `core_limit` are in parts of a core; a limit is None where there is none.
    """

    cores: int
    memory: int
    image: int = 0
    shares: int = 1000
    reserved_cores: Fraction = Fraction(0)
    reserved_memory: int = 0
    core_limit: Fraction | None = None
    memory_limit: int | None = None

    def promise(self, overhead: int) -> Promise:
        """Return the promise that a host makes of it, with the VMM's own memory for it."""
        return Promise(self.cores, self.memory, overhead, self.reserved_cores, self.reserved_memory)

    def of_memory(self, balloon: int | None) -> GuestClaim:
        """Return its claim of memory, of which a balloon may leave it so much at most."""
        bounds = [bound for bound in (self.memory_limit, balloon) if bound is not None]
        limit = min(bounds, default=None)
        return GuestClaim(self.memory, self.shares, self.reserved_memory, limit)

    def of_cores(self) -> Claim:
        """Return its claim of core time, in nanoseconds a second, when all its cores run."""
        limit = None if self.core_limit is None else int(self.core_limit * SECOND)
        reserved = int(self.reserved_cores * SECOND)
        return Claim(self.shares, reserved, limit, self.cores * SECOND)
