"""The resource manager: lends the capacity of hosts, and knows no jobs, files or backups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from aio_sim.kernel.environment import ALLOCATION, Environment, Timer
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.resources.allocation import Allocation, DemandRejected, Rejection
from aio_sim.resources.audit import audit, audit_returned
from aio_sim.resources.conservative import Conservative
from aio_sim.resources.demand import Capacity, Demand, Holdings, times
from aio_sim.resources.discipline import Discipline, InOrder
from aio_sim.resources.easy import Easy
from aio_sim.resources.lender import Lender
from aio_sim.resources.order import QueueOrder
from aio_sim.resources.placement import FirstFit, PlacementPolicy
from aio_sim.resources.quota import Quota, QuotaBook
from aio_sim.resources.record import AllocationRecord
from aio_sim.resources.refusal import Refusal
from aio_sim.resources.rooms import Hear
from aio_sim.scheduling.policies import FirstComeFirstServed
from aio_sim.scheduling.policy import Moment, SchedulingPolicy

if TYPE_CHECKING:
    from aio_sim.kernel.trace import Trace

Backfill = Literal["none", "easy", "conservative"]

DISCIPLINES: Final[Mapping[Backfill, type[Discipline]]] = {
    "none": InOrder,
    "easy": Easy,
    "conservative": Conservative,
}


class ResourceManager:
    """Lends memory, whole cores and disk of hosts: grants, lets wait, or rejects with a reason.

    One decision is made an instant, after all its completions and arrivals and before quanta end.
    A return or a demand is what makes a decision; nothing is ever polled.
    """

    def __init__(
        self,
        env: Environment,
        capacities: Sequence[Capacity],
        *,
        placement: PlacementPolicy | None = None,
        order: SchedulingPolicy | None = None,
        backfill: Backfill = "none",
        quotas: Mapping[str, Quota] | None = None,
        trace: Trace | None = None,
        streams: RandomStreams | None = None,
    ) -> None:
        streams = streams or RandomStreams(0)
        amounts = [capacity.amounts for capacity in capacities]
        book = QuotaBook(quotas or {})
        moment = Moment(partial(streams.stream, "allocation.placement"))
        order_stream = partial(streams.stream, "allocation.order")
        self.env = env
        self.capacities = tuple(capacities)
        self._lender = Lender(env, amounts, book, placement or FirstFit(), moment)
        self._order = QueueOrder(env, order or FirstComeFirstServed(), order_stream)
        self._refusal = Refusal(amounts, book)
        self._record = AllocationRecord(env, trace)
        self._discipline = DISCIPLINES[backfill](self._lender, self._order, self._grant)
        self._held: dict[Allocation, None] = {}
        self._waiting: dict[Allocation, None] = {}
        self._granted: list[Allocation] = []  # by the decision being made
        self._offline: dict[int, Allocation] = {}  # what nobody has of hosts that are offline
        self._turns = 0
        self._timer = Timer(env, self._decide, ALLOCATION)
        self._start_timer = Timer(env, self._decide, ALLOCATION)
        self._reorder_timer = Timer(env, self._reorder, ALLOCATION)

    def request(self, demand: Demand) -> Allocation:
        """Return an event that happens when the demand is granted; use it as a context manager.

        One that can never be granted fails with DemandRejected, and says so in `rejected` at once.
        """
        allocation = Allocation(self.env, demand, self._return, _happen)
        reason = self._ask(allocation)
        if reason is not None:
            allocation.rejected = reason
            allocation.returned = True
            allocation.fail(DemandRejected(reason))
            allocation.defused = True  # for whoever reads `rejected` instead of waiting
        return allocation

    def ask(self, demand: Demand, granted: Callable[[Allocation], None]) -> Allocation | Rejection:
        """Return an allocation that calls `granted` when it is granted, or why it never can be.

        The call comes at the instant of the decision, perhaps before this returns; nothing is put
        on the event queue for it.
        """
        allocation = Allocation(self.env, demand, self._return, granted)
        reason = self._ask(allocation)
        return allocation if reason is None else Rejection(reason)

    def take(self, demand: Demand) -> Allocation | None:
        """Return what one host lends at once, before those that wait; None without room or quota.

        Raises ValueError for a demand that may span hosts.
        """
        if demand.span:
            raise ValueError("what is taken at once is of one host")
        allocation = Allocation(self.env, demand, self._return, _happen)
        allocation.needs = demand.needs
        holdings = self._lender.place(allocation)
        if holdings is None or not self._lender.within_quota(allocation):
            return None
        self._take(allocation, holdings)
        self._record.granted(allocation)
        allocation.succeed(allocation)
        return allocation

    def resize(
        self,
        allocation: Allocation,
        *,
        cores: int | None = None,
        memory: int | None = None,
        disk: int | None = None,
    ) -> bool:
        """Change what a granted allocation holds of its host; return False where it cannot grow.

        Each amount given is the new one. All change together or nothing does. What shrinks always
        can, and those that wait are looked at; what grows does so before them, at once, where the
        host has room and the tenant's quota allows it.

        Raises ValueError for an amount below 0, and for an allocation that is not held, or spans
        hosts.
        """
        if allocation not in self._held or allocation.share is not None:
            raise ValueError("only what is held of one host can be resized")
        old = allocation.demand
        demand = old._replace(
            cores=old.cores if cores is None else cores,
            memory=old.memory if memory is None else memory,
            disk=old.disk if disk is None else disk,
        )
        if not self._lender.resize(allocation, demand.needs):
            return False
        allocation.demand = demand
        self._discipline.resized(allocation)
        self._withhold(allocation)
        if self._waiting:
            self._decide_soon()
        return True

    def take_offline(self, host: int) -> None:
        """Lend nothing of a host, by number, from now on: what is free, and what comes back later.

        Nothing happens where it is offline already.
        """
        if host in self._offline:
            return
        free = self.free(host)
        demand = Demand(cores=free.cores, memory=free.memory, disk=free.disk, host=host)
        offline = Allocation(self.env, demand, self._return, _happen)
        offline.needs = demand.needs
        self._lender.uncounted.add(offline)
        self._take(offline, ((host, demand.needs),))
        self._offline[host] = offline

    def bring_back(self, host: int) -> None:
        """Lend of a host again, by number; nothing happens where it is not offline."""
        offline = self._offline.pop(host, None)
        if offline is not None:
            offline.release()

    @property
    def waiting(self) -> int:
        """How many demands wait."""
        return len(self._waiting)

    def free(self, host: int) -> Capacity:
        """Return what is free on a host, by number."""
        return Capacity(self.capacities[host].name, *self._lender.rooms.free[host])

    def follow(self, kind: int, hear: Hear) -> None:
        """Tell of every change of what is free of a kind (its place in KINDS), host by host."""
        self._lender.rooms.follow(kind, hear)

    def check(self) -> None:
        """Audit the books.

        Raises AuditError where a host has lent more than it has, or the books do not add up.
        """
        audit(self.capacities, self._lender, list(self._held))

    def check_returned(self) -> None:
        """Audit the books at the end.

        Raises AuditError where something was not returned, or somebody still waits.
        """
        self.check()
        audit_returned(list(self._held), len(self._waiting))

    def totals(self) -> dict[str, int | float]:
        """Return counts, peaks and means of what was lent, by metric name; none if nobody asked."""
        return self._record.totals(self._lender.usage, self.capacities) if self._turns else {}

    def report(self, trace: Trace) -> None:
        """Hand the totals to a trace, at the end."""
        trace.totals.update(self.totals())

    def _ask(self, allocation: Allocation) -> str | None:
        demand = allocation.demand
        self._turns += 1
        allocation.turn = self._turns
        allocation.needs = demand.needs
        if demand.span and demand.cores and demand.host is None and len(self.capacities) > 1:
            allocation.share = demand.share
            allocation.needs = times(allocation.share, demand.cores)
        reason = self._refusal.reason(allocation)
        if reason is not None:
            self._record.rejected()
            return reason
        self._order.enters(allocation)
        self._waiting[allocation] = None
        self._discipline.join(allocation)
        self._decide_soon()
        return None

    def _return(self, allocation: Allocation) -> None:
        self._order.leaves(allocation)
        if allocation.granted:
            del self._held[allocation]
            self._lender.take_back(allocation)
            self._discipline.returned(allocation)
            self._withhold(allocation)
        else:
            del self._waiting[allocation]
            self._discipline.withdraw(allocation)
            self._record.withdrawn(allocation, len(self._waiting))
        if self._waiting:
            self._decide_soon()

    def _decide_soon(self) -> None:
        now = self.env._now
        if self._timer.due != now:
            self._timer.set(now)

    def _reorder(self) -> None:
        self._discipline.rekey()
        self._decide()

    def _decide(self) -> None:
        self._timer.cancel()  # for it may be due now, and another timer have come first
        if self._waiting:
            self._record.backfilled(self._discipline.decide())
        self._record.queued(len(self._waiting))
        self._look_again()
        granted, self._granted = self._granted, []
        # Told when all is decided, for whoever is told may ask and return again.
        for allocation in granted:
            allocation.tell(allocation)

    def _grant(self, allocation: Allocation, holdings: Holdings) -> None:
        del self._waiting[allocation]
        self._lend(allocation, holdings)
        self._record.granted(allocation)
        self._granted.append(allocation)

    def _take(self, allocation: Allocation, holdings: Holdings) -> None:
        """Lend before those that wait."""
        self._turns += 1
        allocation.turn = self._turns
        self._order.enters(allocation)
        self._lend(allocation, holdings)
        self._discipline.taken(allocation)
        if self._waiting:
            self._decide_soon()

    def _lend(self, allocation: Allocation, holdings: Holdings) -> None:
        self._held[allocation] = None
        self._lender.lend(allocation, holdings)
        self._order.starts(allocation)

    def _withhold(self, allocation: Allocation) -> None:
        """Hold what came back of hosts that are offline."""
        if not self._offline:
            return
        for host, _needs in allocation.holdings:
            offline = self._offline.get(host)
            if offline is not None and offline is not allocation:
                held, free = offline.demand, self.free(host)
                self.resize(
                    offline,
                    cores=held.cores + free.cores,
                    memory=held.memory + free.memory,
                    disk=held.disk + free.disk,
                )

    def _look_again(self) -> None:
        """Set the timers for what changes by itself while somebody waits."""
        start = self._discipline.next_start() if self._waiting else None
        _set(self._start_timer, start)
        _set(self._reorder_timer, self._order.changes_at() if self._waiting else None)


def _happen(allocation: Allocation) -> None:
    allocation.succeed(allocation)


def _set(timer: Timer, at: int | None) -> None:
    if at is None:
        timer.cancel()
    elif timer.due != at:
        timer.set(at)
