"""Queue disciplines: who of those that wait is served when capacity changes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from aio_sim.resources.allocation import Allocation
from aio_sim.resources.demand import Holdings
from aio_sim.resources.lender import Lender
from aio_sim.resources.order import QueueOrder
from aio_sim.resources.waiting import WaitingQueue

Grant = Callable[[Allocation, Holdings], None]
"""Lends to an allocation."""


class Discipline(ABC):
    """Serves those that wait: the manager tells it what changed, then asks it to decide once."""

    def __init__(self, lender: Lender, order: QueueOrder, grant: Grant) -> None:
        self.lender = lender
        self.order = order
        self.grant = grant

    @abstractmethod
    def join(self, allocation: Allocation) -> None:
        """Note that an allocation is asked for."""

    @abstractmethod
    def withdraw(self, allocation: Allocation) -> None:
        """Note that an allocation is no longer waited for."""

    @abstractmethod
    def returned(self, allocation: Allocation) -> None:
        """Note that an allocation was returned."""

    @abstractmethod
    def taken(self, allocation: Allocation) -> None:
        """Note that an allocation was granted past all that wait."""

    @abstractmethod
    def resized(self, allocation: Allocation) -> None:
        """Note that a granted allocation holds more or less of its host than before."""

    @abstractmethod
    def decide(self) -> int:
        """Grant what can be granted now; return how many passed one that came before them."""

    @abstractmethod
    def rekey(self) -> None:
        """Note that the order of the queue changed by itself."""

    def next_start(self) -> int | None:
        """Return the next instant at which something is to be granted though nothing changed."""
        return None


class HostQueues(Discipline):
    """One queue for demands that any host may meet, and one for each host asked for by number.

    A demand waits only behind those of its own queue: one that insists on a host does not hold up
    those that may go elsewhere. A queue is looked at when something changed for it.
    """

    def __init__(self, lender: Lender, order: QueueOrder, grant: Grant) -> None:
        super().__init__(lender, order, grant)
        self._queues: dict[int | None, WaitingQueue] = {}
        self._changed: set[int | None] = set()
        self._waiting = 0

    def join(self, allocation: Allocation) -> None:
        host = allocation.demand.host
        queue = self._queues.get(host)
        if queue is None:
            queue = WaitingQueue(self.order, self.lender.quotas)
            self._queues[host] = queue
        queue.add(allocation)
        self._waiting += 1
        self._changed.add(host)

    def withdraw(self, allocation: Allocation) -> None:
        host = allocation.demand.host
        self._remove(allocation)
        self._changed.add(host)

    def returned(self, allocation: Allocation) -> None:
        self._note_change(allocation)

    def taken(self, allocation: Allocation) -> None:
        pass  # nobody who waits gets more by it

    def resized(self, allocation: Allocation) -> None:
        self._note_change(allocation)

    def _note_change(self, allocation: Allocation) -> None:
        """Note which queues what it gave back may be for."""
        if not self._waiting:
            return
        if allocation.demand.tenant in self.lender.quotas:
            self._changed.update(self._queues)
        self._changed.add(None)
        self._changed.update(host for host, _needs in allocation.holdings)

    def decide(self) -> int:
        changed, self._changed = self._changed, set()
        backfilled = 0
        # Any host first, then the hosts by number: the order must not depend on hashes.
        for host in sorted(changed, key=lambda host: -1 if host is None else host):
            queue = self._queues.get(host)
            if queue:
                backfilled += self.serve(queue)
        return backfilled

    def rekey(self) -> None:
        for queue in self._queues.values():
            queue.rekey()
        self._changed.update(self._queues)

    @abstractmethod
    def serve(self, queue: WaitingQueue) -> int:
        """Grant what can be granted to those in a queue; return how many were backfilled."""

    def start(self, allocation: Allocation, holdings: Holdings) -> None:
        """Grant it, and let it wait no more."""
        self._remove(allocation)
        self.grant(allocation, holdings)

    def _remove(self, allocation: Allocation) -> None:
        self._queues[allocation.demand.host].remove(allocation)
        self._waiting -= 1


class InOrder(HostQueues):
    """No backfilling: a demand that cannot be met holds back those behind it.

    It holds back those that ask for a kind of capacity that it asks for: memory alone may pass one
    that waits for cores alone. One over its tenant's quota holds back its own tenant only.
    """

    def serve(self, queue: WaitingQueue) -> int:
        closed: set[tuple[int, str | None]] = set()
        while (allocation := queue.first(closed)) is not None:
            if not self.lender.within_quota(allocation):
                closed |= queue.of_tenant(allocation.demand.tenant)
            elif (holdings := self.lender.place(allocation)) is None:
                closed |= queue.competing(allocation)
            else:
                self.start(allocation, holdings)
        return 0
