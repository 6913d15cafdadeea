"""What EASY backfilling promises to the head of a queue."""

from __future__ import annotations

from typing import Protocol

from aio_sim.resources.allocation import Allocation
from aio_sim.resources.demand import FOREVER, Holdings, Needs, units
from aio_sim.resources.rooms import AllRooms
from aio_sim.resources.running import Running


class Reservation(Protocol):
    """What the head of a queue is promised."""

    host: int | None
    """The host it stands on, None where it may be met by several."""

    def admits(self, end: int, holdings: Holdings) -> bool:
        """Return whether these may be lent until `end` now, and count them as lent if so."""


class _Later:
    """What will be free on the hosts as those running end."""

    def __init__(self, rooms: AllRooms) -> None:
        self._rooms = rooms
        self._free: dict[int, list[int]] = {}

    def free(self, host: int) -> list[int]:
        """Return what will be free on a host: what is free now, when first asked."""
        free = self._free.get(host)
        if free is None:
            free = self._free[host] = list(self._rooms.free[host])
        return free

    def give(self, host: int, needs: Needs) -> list[int]:
        """Return what will be free once this is back."""
        free = self.free(host)
        for kind, amount in needs:
            free[kind] += amount
        return free


class HostReservation:
    """A head that one host is to meet: the one where it can start earliest, the first of equals."""

    def __init__(self, head: Allocation, running: Running, rooms: AllRooms, now: int) -> None:
        self.start = FOREVER
        later = _Later(rooms)
        hosts: list[int] = []
        for end, allocation in running.by_end(now):
            if hosts and end > self.start:
                break
            for host, needs in allocation.holdings:
                free = later.give(host, needs)
                if head.demand.host in (None, host) and _fits(free, head.needs):
                    hosts.append(host)
                    self.start = end
        self.host: int | None = min(hosts)
        free = later.free(self.host)
        self._spare = {kind: free[kind] - amount for kind, amount in head.needs}

    def admits(self, end: int, holdings: Holdings) -> bool:
        if end <= self.start:
            return True
        spare = self._spare
        for host, needs in holdings:
            if host == self.host:
                if any(amount > spare.get(kind, amount) for kind, amount in needs):
                    return False
                for kind, amount in needs:
                    if kind in spare:
                        spare[kind] -= amount
        return True


class SpanReservation:
    """A head that several hosts may meet together: so many cores, each with its share."""

    host: int | None = None

    def __init__(
        self, share: Needs, cores: int, running: Running, rooms: AllRooms, now: int
    ) -> None:
        self._share = share
        self._later = _Later(rooms)
        self.start = FOREVER
        self._spare = rooms.units(share) - cores
        for end, allocation in running.by_end(now):
            if self._spare >= 0 and end > self.start:
                break
            for host, needs in allocation.holdings:
                before = units(self._later.free(host), share)
                self._spare += units(self._later.give(host, needs), share) - before
            self.start = end

    def admits(self, end: int, holdings: Holdings) -> bool:
        rows = [(self._later.free(host), needs) for host, needs in holdings]
        if end <= self.start:
            return True
        loss = sum(units(free, self._share) - self._left(free, needs) for free, needs in rows)
        if loss > self._spare:
            return False
        self._spare -= loss
        for free, needs in rows:
            for kind, amount in needs:
                free[kind] -= amount
        return True

    def _left(self, free: list[int], needs: Needs) -> int:
        taken = dict(needs)
        rest = [amount - taken.get(kind, 0) for kind, amount in enumerate(free)]
        return units(rest, self._share)


def _fits(free: list[int], needs: Needs) -> bool:
    return all(free[kind] >= amount for kind, amount in needs)
