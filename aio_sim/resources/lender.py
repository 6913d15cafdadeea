"""The lender: what is free, whose quota is used, and where a demand would be met now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import PolicyError
from aio_sim.kernel.messages import _
from aio_sim.resources.allocation import Allocation
from aio_sim.resources.demand import Holdings, Needs, difference, times, units
from aio_sim.resources.placement import PlacementPolicy
from aio_sim.resources.quota import QuotaBook
from aio_sim.resources.rooms import Rooms, rooms_of
from aio_sim.resources.usage import Usage
from aio_sim.scheduling.policy import Moment
from aio_sim.scheduling.ready_queue import ask


class Lender:
    """Keeps the books of all hosts; it decides where, never who."""

    def __init__(
        self,
        env: Environment,
        capacity: Sequence[tuple[int, ...]],
        quotas: QuotaBook,
        placement: PlacementPolicy,
        moment: Moment,
    ) -> None:
        self.env = env
        self.rooms = rooms_of(capacity)
        self.quotas = quotas
        self.usage = Usage()
        self.uncounted: set[Allocation] = set()
        """Allocations that nobody uses: of hosts that are offline."""
        self._placement = placement
        self._moment = moment

    def within_quota(self, allocation: Allocation) -> bool:
        """Return whether its tenant may hold it now."""
        return self.quotas.admits(allocation.demand.tenant, allocation.needs)

    def place(self, allocation: Allocation, rooms: Rooms | None = None) -> Holdings | None:
        """Return where a demand would be met now (in some of the rooms), None where it would not.

        Raises PolicyError where the placement policy raises, or chooses a host without room.
        """
        rooms = rooms or self.rooms
        pinned = allocation.demand.host
        if pinned is not None:
            return ((pinned, allocation.needs),) if rooms.fits(pinned, allocation.needs) else None
        if allocation.share is not None:
            return self._spread(allocation.share, allocation.demand.cores, rooms)
        host = self.choose(rooms, allocation.needs)
        return None if host is None else ((host, allocation.needs),)

    def choose(self, rooms: Rooms, needs: Needs) -> int | None:
        """Return the host that the placement policy chooses."""
        self._moment.now = self.env._now
        host: int | None = ask(self._placement, self._placement.choose, rooms, needs, self._moment)
        if host is not None and not (host in rooms.hosts and rooms.fits(host, needs)):
            raise PolicyError(
                _("policy {policy}: chose host {host}, which has no room").format(
                    policy=type(self._placement).__name__, host=host
                )
            )
        return host

    def _spread(self, share: Needs, cores: int, rooms: Rooms) -> Holdings | None:
        """Return cores of several hosts, each host's fill in the order of placement."""
        if rooms.units(share) < cores:
            return None
        parts: list[tuple[int, Needs]] = []
        while cores and (host := self.choose(rooms, share)) is not None:
            count = min(cores, units(rooms.free[host], share))
            parts.append((host, times(share, count)))
            self.rooms.take(*parts[-1])  # so that the next choice is another host
            cores -= count
        for part in parts:
            self.rooms.give(*part)
        return tuple(parts) if not cores else None

    def some_free(self, kinds: Iterable[int]) -> bool:
        """Return whether something of each of these kinds is free anywhere."""
        total = self.rooms.total_free
        for kind in kinds:  # noqa: SIM110 - a loop takes half the time of all()
            if not total[kind]:
                return False
        return True

    def has(self, holdings: Holdings) -> bool:
        """Return whether all of this is free."""
        return all(self.rooms.fits(host, needs) for host, needs in holdings)

    def lend(self, allocation: Allocation, holdings: Holdings) -> None:
        """Lend to an allocation what it asked for, from those places."""
        now = self.env._now
        allocation.holdings = holdings
        allocation.granted_at = now
        for host, needs in holdings:
            self.rooms.take(host, needs)
            if allocation not in self.uncounted:
                self.usage.add(needs, now)
        self.quotas.take(allocation.demand.tenant, allocation.needs)

    def resize(self, allocation: Allocation, needs: Needs) -> bool:
        """Lend more or take back some of one host; False, and no change, without room or quota."""
        ((host, held),) = allocation.holdings
        more, less = difference(held, needs)
        tenant = allocation.demand.tenant
        if not (self.rooms.fits(host, more) and self.quotas.admits(tenant, more)):
            return False
        self.rooms.take(host, more)
        self.rooms.give(host, less)
        if allocation not in self.uncounted:
            self.usage.add(more, self.env._now)
            self.usage.remove(less, self.env._now)
        self.quotas.take(tenant, more)
        self.quotas.give(tenant, less)
        allocation.needs = needs
        allocation.holdings = ((host, needs),)
        return True

    def take_back(self, allocation: Allocation) -> None:
        """Take back what was lent to an allocation."""
        for host, needs in allocation.holdings:
            self.rooms.give(host, needs)
            if allocation not in self.uncounted:
                self.usage.remove(needs, self.env._now)
        self.uncounted.discard(allocation)
        self.quotas.give(allocation.demand.tenant, allocation.needs)
