"""Conservative backfilling: everything that waits has a reservation."""

from __future__ import annotations

from collections.abc import Sequence

from aio_sim.resources.allocation import Allocation
from aio_sim.resources.demand import CORES, FOREVER, Holdings, difference
from aio_sim.resources.discipline import Discipline, Grant
from aio_sim.resources.lender import Lender
from aio_sim.resources.order import QueueOrder
from aio_sim.resources.plan import Plan, Slot
from aio_sim.resources.running import Running
from aio_sim.resources.waiting import WaitingQueue


class Conservative(Discipline):
    """Each demand gets the earliest slot at which it delays no slot given before.

    When something comes back early, the plan is drawn together: in queue order, each that waits
    moves to an earlier slot if there is one now, all others keeping theirs; so none ever starts
    later than the slot it was given first. Where something is overdue (it is then expected to end
    now), or has grown in place, that cannot be held, and the plan is made anew in queue order. A
    demand over its tenant's quota has no slot until it is within. A decision is O(queue steps
    hosts), steps being those of a host's profile.

    Source: Mu'alem & Feitelson, Utilization, Predictability, Workloads, and User Runtime Estimates
    in Scheduling the IBM SP2 with Backfilling, IEEE TPDS 12(6), 2001, section 3 and fig. 1.
    """

    def __init__(self, lender: Lender, order: QueueOrder, grant: Grant) -> None:
        super().__init__(lender, order, grant)
        self._queue = WaitingQueue(order, lender.quotas)
        self._running = Running()
        self._held: dict[Allocation, Slot] = {}
        self._slots: dict[Allocation, Slot] = {}
        self._slotless: dict[Allocation, None] = {}
        self._loosened = False  # something is free that the plan did not know of
        self._outgrown = False  # something grew, perhaps in the way of a slot
        self._plan = self._new_plan(pooled=True)
        self._poolable = True

    def _new_plan(self, pooled: bool) -> Plan:
        return Plan(self.lender.rooms.capacity, pooled, self._choose)

    def _choose(self, allocation: Allocation, hosts: Sequence[int]) -> int:
        """Return one of the hosts that the plan leaves free now: by placement, if it is so."""
        host = self.lender.choose(self.lender.rooms.among(hosts), allocation.needs)
        return hosts[0] if host is None else host

    def join(self, allocation: Allocation) -> None:
        self._queue.add(allocation)
        self._slotless[allocation] = None
        self._poolable = self._poolable and self._is_poolable(allocation)

    def _is_poolable(self, allocation: Allocation) -> bool:
        if len(self.lender.rooms.hosts) == 1:
            return True
        return allocation.share is not None and [kind for kind, _ in allocation.needs] == [CORES]

    def withdraw(self, allocation: Allocation) -> None:
        self._queue.remove(allocation)
        self._slotless.pop(allocation, None)
        if slot := self._slots.pop(allocation, None):
            self._free(slot)

    def returned(self, allocation: Allocation) -> None:
        self._running.remove(allocation)
        self._free(self._held.pop(allocation))

    def taken(self, allocation: Allocation) -> None:
        self._running.add(allocation)
        self._poolable = self._poolable and self._is_poolable(allocation)
        end = allocation.expected_end
        self._held[allocation] = Slot(self.lender.env._now, end, self._parts(allocation))
        self._outgrown = True

    def resized(self, allocation: Allocation) -> None:
        slot = self._held[allocation]
        self._held[allocation] = slot._replace(parts=self._parts(allocation))
        ((host, before),) = slot.parts
        more, less = difference(before, allocation.needs)
        if more:
            self._outgrown = True
        else:
            self._free(slot._replace(parts=((host, less),)))

    def _free(self, slot: Slot) -> None:
        now = self.lender.env._now
        if slot.end > now:
            self._plan.free(slot, now)
            self._loosened = True

    def rekey(self) -> None:
        self._queue.rekey()
        self._loosened = True

    def decide(self) -> int:
        waiting = list(self._queue.in_order())
        if self._plan.pooled and not self._poolable:
            self._plan = self._new_plan(pooled=False)
            self._replan()
        elif self._outgrown or (waiting and self._late()):
            self._replan()
        # Each takes its cores as soon as its slot has come, so that the next is not placed there.
        self._start_due(waiting)
        if self._loosened:
            self._draw_together(waiting)
        self._give_slots(waiting)
        return _passing(waiting)

    def next_start(self) -> int | None:
        now = self.lender.env._now
        starts = [slot.start for slot in self._slots.values() if slot.start > now]
        start = min(starts, default=FOREVER)
        return None if start == FOREVER else start

    def _late(self) -> bool:
        """Return whether something did not end, or start, when the plan says it would."""
        now = self.lender.env._now
        return self._running.overdue(now) or any(slot.start < now for slot in self._slots.values())

    def _replan(self) -> None:
        """Begin a new plan with those running; those that wait have no slot in it yet."""
        now = self.lender.env._now
        self._outgrown = False
        self._plan.clear(now)
        for allocation, slot in self._held.items():
            held = self._held[allocation] = slot._replace(parts=self._parts(allocation))
            if held.end > now:
                self._plan.hold(held._replace(start=now))
        self._slotless |= dict.fromkeys(self._slots)
        self._slots.clear()

    def _parts(self, allocation: Allocation) -> Holdings:
        return ((0, allocation.needs),) if self._plan.pooled else allocation.holdings

    def _start_due(self, waiting: Sequence[Allocation]) -> None:
        now = self.lender.env._now
        for allocation in waiting:
            slot = self._slots.get(allocation)
            if slot and slot.start <= now:
                self._start(allocation, slot)

    def _draw_together(self, waiting: Sequence[Allocation]) -> None:
        now = self.lender.env._now
        self._loosened = False
        for allocation in waiting:
            slot = self._slots.get(allocation)
            if slot and (earlier := self._plan.earlier(allocation, slot, now)):
                self._plan.free(slot, slot.start)
                self._keep(allocation, earlier)

    def _give_slots(self, waiting: Sequence[Allocation]) -> None:
        """Give a slot to those that have none; one over its quota holds back its tenant."""
        if not self._slotless:
            return
        now = self.lender.env._now
        over_quota: set[str | None] = set()
        for allocation in waiting:
            if allocation not in self._slotless or allocation.demand.tenant in over_quota:
                continue
            if self.lender.within_quota(allocation):
                del self._slotless[allocation]
                self._keep(allocation, self._plan.earliest(allocation, now))
            else:
                over_quota.add(allocation.demand.tenant)

    def _keep(self, allocation: Allocation, slot: Slot) -> None:
        """Put a slot into the plan, and start it if it is now."""
        self._slots[allocation] = slot
        self._plan.hold(slot)
        if slot.start <= self.lender.env._now:
            self._start(allocation, slot)

    def _start(self, allocation: Allocation, slot: Slot) -> None:
        """Grant a slot that has come, if what it takes is back; without quota it loses the slot."""
        if not self.lender.within_quota(allocation):
            del self._slots[allocation]
            self._slotless[allocation] = None
            self._free(slot)
            return
        holdings: Holdings | None = slot.parts
        if self._plan.pooled:
            holdings = self.lender.place(allocation)
        if holdings is not None and self.lender.has(holdings):
            self._queue.remove(allocation)
            self._held[allocation] = self._slots.pop(allocation)
            self.grant(allocation, holdings)
            self._running.add(allocation)


def _passing(waiting: Sequence[Allocation]) -> int:
    """Return how many of a queue were granted while one before them was not."""
    granted = [allocation.granted for allocation in waiting]
    return sum(granted[granted.index(False) :]) if False in granted else 0
