"""The allocations that wait, in order."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Container, Iterator
from heapq import merge

from aio_sim.kernel.errors import PolicyError
from aio_sim.kernel.messages import _
from aio_sim.resources.allocation import Allocation
from aio_sim.resources.demand import KINDS, mask
from aio_sim.resources.order import QueueOrder, Ticket

LaneName = tuple[int, str | None]
"""The kinds asked for, a bit each, and the tenant where it has a quota."""

_COMPACT = 64


class Lane:
    """Tickets in order: a sorted list whose front moves on without shifting the rest."""

    def __init__(self) -> None:
        self._tickets: list[Ticket] = []
        self._front = 0

    def __len__(self) -> int:
        return len(self._tickets) - self._front

    def __iter__(self) -> Iterator[Ticket]:
        return iter(self._tickets[self._front :])

    @property
    def front(self) -> Ticket:
        """The first ticket."""
        return self._tickets[self._front]

    def add(self, ticket: Ticket) -> None:
        """Put a ticket where it belongs.

        Raises PolicyError where its key cannot be compared with the others.
        """
        try:
            insort(self._tickets, ticket, lo=self._front)
        except TypeError as error:
            raise PolicyError(
                _("key {key!r} cannot be compared with the others").format(key=ticket[0])
            ) from error

    def remove(self, ticket: Ticket) -> None:
        """Take a ticket out."""
        at = bisect_left(self._tickets, ticket, lo=self._front)
        if at != self._front:
            del self._tickets[at]
            return
        self._front += 1
        if self._front > _COMPACT and 2 * self._front > len(self._tickets):
            del self._tickets[: self._front]
            self._front = 0


class WaitingQueue:
    """Those that wait, in the order that a policy gives, apart by what can hold them back.

    Each lane has those that ask for the same kinds of capacity on behalf of the same quota, so that
    when the first of a lane must wait the others of it need not be looked at.
    """

    def __init__(self, order: QueueOrder, quotas: Container[object]) -> None:
        self._order = order
        self._quotas = quotas
        self._lanes: dict[LaneName, Lane] = {}  # empty ones are kept, for there are few names
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, allocation: Allocation) -> None:
        """Let an allocation wait."""
        allocation.ticket = self._order.ticket(allocation)
        name = self._lane(allocation)
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = Lane()
        lane.add(allocation.ticket)
        self._count += 1

    def remove(self, allocation: Allocation) -> None:
        """Let it wait no more."""
        self._lanes[self._lane(allocation)].remove(allocation.ticket)
        self._count -= 1

    def first(self, closed: Collection[LaneName] = ()) -> Allocation | None:
        """Return who comes first of all lanes but the closed ones, None where nobody is left.

        O(lanes), but O(queue) where the policy picks.
        """
        if not self._count:
            return None
        lanes = [lane for name, lane in self._lanes.items() if len(lane) and name not in closed]
        if not lanes:
            return None
        if self._order.moves:
            return self._order.pick(_by_turn(lanes))
        found: Allocation = min(lane.front for lane in lanes)[3]
        return found

    def in_order(self) -> Iterator[Allocation]:
        """Yield all that wait now, first to last; those that are removed meanwhile too."""
        if self._order.moves:
            return self._picked(_by_turn(list(self._lanes.values())))
        lanes = [iter(lane) for lane in self._lanes.values() if len(lane)]
        if not lanes:
            return iter(())
        return (ticket[3] for ticket in (lanes[0] if len(lanes) == 1 else merge(*lanes)))

    def common_kinds(self) -> list[int]:
        """Return the kinds of capacity that everyone here asks for."""
        masks = [name[0] for name, lane in self._lanes.items() if len(lane)]
        return [kind for kind in range(len(KINDS)) if all(each >> kind & 1 for each in masks)]

    def competing(self, allocation: Allocation) -> set[LaneName]:
        """Return the lanes of those that ask for a kind of capacity that `allocation` asks for."""
        kinds = mask(allocation.needs)
        return self._named(lambda name: bool(name[0] & kinds)) | {self._lane(allocation)}

    def of_tenant(self, tenant: str | None) -> set[LaneName]:
        """Return the lanes of a tenant that has a quota."""
        return self._named(lambda name: name[1] == tenant)

    def rekey(self) -> None:
        """Ask the policy for the order anew."""
        waiting = sorted(self.in_order(), key=lambda allocation: allocation.turn)
        self._lanes.clear()
        self._count = 0
        for allocation in waiting:
            self.add(allocation)

    def _lane(self, allocation: Allocation) -> LaneName:
        tenant = allocation.demand.tenant
        return mask(allocation.needs), tenant if tenant in self._quotas else None

    def _named(self, wanted: Callable[[LaneName], bool]) -> set[LaneName]:
        return {name for name in self._lanes if wanted(name)}

    def _picked(self, ready: list[Allocation]) -> Iterator[Allocation]:
        while ready:
            picked = self._order.pick(ready)
            ready.remove(picked)
            yield picked


def _by_turn(lanes: list[Lane]) -> list[Allocation]:
    allocations = [ticket[3] for lane in lanes for ticket in lane]
    return sorted(allocations, key=lambda allocation: allocation.turn)
