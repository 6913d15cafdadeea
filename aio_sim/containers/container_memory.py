"""The memory of one container: what each process holds, under a limit that is lent to it."""

from __future__ import annotations

from collections.abc import Mapping

from aio_sim.containers.memory_limits import Charge, DynamicLimit, Memory, MemoryLimit, shrunk
from aio_sim.containers.out_of_memory import MemoryUse, victims
from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.messages import _
from aio_sim.resources.allocation import Allocation
from aio_sim.resources.manager import ResourceManager


class ContainerMemory:
    """Bytes by process and cache of files, never over the limit; the limit is what is lent.

    `lent` is a granted allocation of one host with `limit.initial` bytes of memory.
    """

    def __init__(self, limit: MemoryLimit, lent: Allocation, manager: ResourceManager) -> None:
        self.limit = limit
        self.memory = Memory(limit.initial)
        self.lent = lent
        self.peak = 0
        """The most that was held at once, in bytes."""
        self.reclaimed = 0
        """Bytes of cache that had to go, in all."""
        self.failures = 0
        """Wishes that were not granted."""
        self._manager = manager
        self._used: dict[int, int] = {}

    @property
    def used(self) -> Mapping[int, int]:
        """The bytes that each process holds, by PID."""
        return self._used

    @property
    def spare(self) -> int:
        """Bytes of the limit that the host may take back under pressure."""
        return self.limit.spare(self.memory)

    def charge(self, pid: int, size: int, *, cached: bool = False) -> bool:
        """Give a process so many bytes more, or the cache; False where the limit forbids it."""
        ((host, _needs),) = self.lent.holdings
        room = self._manager.free(host).memory
        charge = self.limit.charge(self.memory, size, room, cached=cached)
        if charge.grown and not self._lend(charge.memory.limit):  # a quota, say, forbids it
            charge = self.limit.charge(self.memory, size, 0, cached=cached)
        self._adopt(charge)
        if not charge.granted:
            self.failures += 1
        elif not cached:
            self._used[pid] = self._used.get(pid, 0) + size
        return charge.granted

    def free(self, pid: int, size: int) -> None:
        """Take back bytes of a process, as many as it has at most; a dynamic limit follows."""
        held = self._used.get(pid, 0)
        size = min(size, held)
        self._used[pid] = held - size
        self.memory = self.memory._replace(used=self.memory.used - size)
        self._settle()

    def forget(self, pid: int) -> None:
        """Take back all that a process holds, for it has ended."""
        if pid in self._used:
            self.free(pid, self._used[pid])
            del self._used[pid]

    def clear(self) -> None:
        """Take back everything: the container has ended."""
        self._used.clear()
        self.memory = Memory(self.memory.limit)
        self._settle()

    @property
    def resting(self) -> bool:
        """Whether the limit itself was given back."""
        return self.memory.limit == 0

    def rest(self) -> None:
        """Give the limit itself back: nothing runs."""
        self._used.clear()
        self.memory = Memory(0)
        self._lend(0)

    def wake(self) -> bool:
        """Have the initial limit lent again; False where the host has no room."""
        granted = self._lend(self.limit.initial)
        if granted:
            self.memory = Memory(self.limit.initial)
        return granted

    def give_up(self, size: int) -> None:
        """Lower the limit by so many bytes that are to spare, for the host needs them."""
        limit = self.memory.limit - size
        self._adopt(shrunk(self.memory, limit))
        self._lend(limit)

    def victims(self, adjustments: Mapping[int, int], *, together: bool) -> list[int]:
        """Return the PIDs of the processes that the kernel kills, for memory has run out."""
        uses = [
            MemoryUse(pid, self._used.get(pid, 0), adjustment)
            for pid, adjustment in adjustments.items()
        ]
        return [use.pid for use in victims(uses, self.memory.limit, together=together)]

    def check(self) -> None:
        """Raise AuditError where processes, books, limit and what is lent do not agree."""
        memory = self.memory
        total = sum(self._used.values())
        lent = self.lent.demand.memory
        if total != memory.used or memory.held > memory.limit or memory.limit != lent:
            raise AuditError(
                _(
                    "a container's processes hold {total} bytes, {used} by its books, and "
                    "{cache} of cache; its limit is {limit}, of which {lent} is lent"
                ).format(
                    total=total,
                    used=memory.used,
                    cache=memory.cache,
                    limit=memory.limit,
                    lent=lent,
                )
            )

    def _adopt(self, charge: Charge) -> None:
        self.memory = charge.memory
        self.reclaimed += charge.reclaimed
        self.peak = max(self.peak, charge.memory.held)

    def _settle(self) -> None:
        if isinstance(self.limit, DynamicLimit):
            limit = self.limit.settled(self.memory)
            if limit < self.memory.limit:
                self.memory = self.memory._replace(limit=limit)
                self._lend(limit)

    def _lend(self, limit: int) -> bool:
        return self._manager.resize(self.lent, memory=limit)
