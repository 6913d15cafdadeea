"""EASY backfilling: the first that waits has a reservation, and others may pass that respect it."""

from __future__ import annotations

from aio_sim.resources.allocation import Allocation
from aio_sim.resources.demand import FOREVER, Holdings, Needs
from aio_sim.resources.discipline import Grant, HostQueues
from aio_sim.resources.lender import Lender
from aio_sim.resources.order import QueueOrder
from aio_sim.resources.reservation import HostReservation, Reservation, SpanReservation
from aio_sim.resources.running import Running
from aio_sim.resources.waiting import WaitingQueue


class Easy(HostQueues):
    """The head of a queue gets a reservation for when it can start, by the others' estimates.

    Those behind it start in queue order where they fit now and either end by then, by their own
    estimate, or use only what the head leaves over. One that is overdue is expected to end now. On
    several hosts the reservation stands on the host where the head can start earliest; a head that
    spans hosts reserves a number of cores, wherever they are. A decision is O(queue + running).

    Source: Mu'alem & Feitelson, Utilization, Predictability, Workloads, and User Runtime Estimates
    in Scheduling the IBM SP2 with Backfilling, IEEE TPDS 12(6), 2001, fig. 2.
    """

    def __init__(self, lender: Lender, order: QueueOrder, grant: Grant) -> None:
        super().__init__(lender, order, grant)
        self._running = Running()

    def returned(self, allocation: Allocation) -> None:
        self._running.remove(allocation)
        super().returned(allocation)

    def taken(self, allocation: Allocation) -> None:
        self._running.add(allocation)

    def serve(self, queue: WaitingQueue) -> int:
        look = _Look(self.lender)
        kinds = queue.common_kinds()
        backfilled = 0
        for allocation in queue.in_order():
            if not self.lender.some_free(kinds):
                break
            if look.passes_over(allocation):
                continue
            holdings = look.place(allocation)
            if holdings is not None:
                backfilled += look.reservation is not None
                self.start(allocation, holdings)
                self._running.add(allocation)
            elif look.reservation is None:
                look.reservation = self._reserve(allocation)
        return backfilled

    def _reserve(self, head: Allocation) -> Reservation:
        now, rooms = self.lender.env._now, self.lender.rooms
        if head.share is not None:
            return SpanReservation(head.share, head.demand.cores, self._running, rooms, now)
        return HostReservation(head, self._running, rooms, now)


class _Look:
    """One look through a queue: what is reserved, and who need not be looked at any more."""

    def __init__(self, lender: Lender) -> None:
        self.reservation: Reservation | None = None
        self._lender = lender
        self._over_quota: set[str | None] = set()
        self._without_room: set[tuple[Needs, Needs | None]] = set()

    def passes_over(self, allocation: Allocation) -> bool:
        """Return whether it waits for its tenant's quota, or like one before it without room."""
        tenant = allocation.demand.tenant
        if tenant in self._over_quota:
            return True
        if not self._lender.within_quota(allocation):
            self._over_quota.add(tenant)
            return True
        return (allocation.needs, allocation.share) in self._without_room

    def place(self, allocation: Allocation) -> Holdings | None:
        """Return what may be lent now, in spite of the reservation, or None."""
        holdings = self._lender.place(allocation)
        if holdings is None:
            self._without_room.add((allocation.needs, allocation.share))
        elif self.reservation is not None:
            return self._respecting(self.reservation, allocation, holdings)
        return holdings

    def _respecting(
        self, reservation: Reservation, allocation: Allocation, holdings: Holdings
    ) -> Holdings | None:
        end = min(self._lender.env._now + allocation.duration, FOREVER)
        if reservation.admits(end, holdings):
            return holdings
        rooms = self._lender.rooms
        others = [host for host in rooms.hosts if host != reservation.host]
        if reservation.host is None or allocation.demand.host is not None or not others:
            return None
        return self._lender.place(allocation, rooms.among(others))
