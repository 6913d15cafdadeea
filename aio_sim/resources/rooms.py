"""The room on each host: what is free, and how placement policies look for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from aio_sim.resources.demand import KINDS, Needs, units
from aio_sim.resources.index import MaxTree, SortedHosts

if TYPE_CHECKING:
    import numpy as np

Measure = Callable[[int, int], float]
"""A host's value by what is free there and what it has, of one kind."""

Hear = Callable[[int, int], None]
"""Hears of a host, by number, how much of one kind is free there now."""

_DRAWS = 8


def least_free(free: int, _capacity: int) -> float:
    """Return what is free, so that the fullest host has the least value."""
    return free


def most_free(free: int, _capacity: int) -> float:
    """Return what is free with the sign turned, so that the emptiest host has the least value."""
    return -free


def load(free: int, capacity: int) -> float:
    """Return the part that is lent out, 0 to 1; a host that has none of the kind is full."""
    return 1 - free / capacity if capacity else 1.0


class Rooms:
    """Some hosts and what is free on each, read only: what a placement policy chooses from.

    `free` and `capacity` have a row a host and a column a kind, in the order of KINDS. Here every
    question looks at every host; AllRooms answers the same from its indexes.
    """

    def __init__(
        self,
        free: Sequence[list[int]],
        capacity: Sequence[tuple[int, ...]],
        hosts: Sequence[int],
    ) -> None:
        self.free = free
        self.capacity = capacity
        self.hosts = hosts
        """The numbers of the hosts to choose from, ascending."""

    def fits(self, host: int, needs: Needs) -> bool:
        """Return whether a host has room for all of it."""
        free = self.free[host]
        for kind, amount in needs:  # noqa: SIM110 - a loop takes half the time of all()
            if free[kind] < amount:
                return False
        return True

    def fitting(self, needs: Needs, start: int = 0) -> Iterator[int]:
        """Yield the hosts from `start` on that have room, ascending."""
        return (host for host in self.hosts if host >= start and self.fits(host, needs))

    def first(self, needs: Needs, start: int = 0) -> int | None:
        """Return the first host from `start` on that has room, or None."""
        return next(self.fitting(needs, start), None)

    def least(self, measure: Measure, needs: Needs, lowest: float | None = None) -> int | None:
        """Return the host with room whose measure is least, the first of equals, or None.

        The kind measured is the first that is asked for: cores, else memory, else disk. Hosts
        whose measure is below `lowest` cannot have room (a hint that saves looking at them).
        """
        kind = needs[0][0] if needs else 0
        return min(
            self.fitting(needs),
            key=lambda host: measure(self.free[host][kind], self.capacity[host][kind]),
            default=None,
        )

    def draw(self, needs: Needs, random: np.random.Generator) -> int | None:
        """Return one of the hosts that have room, each as likely as the other, or None."""
        if self.first(needs) is None:
            return None
        for _ in range(_DRAWS):
            host = self.hosts[int(random.integers(len(self.hosts)))]
            if self.fits(host, needs):
                return host
        fitting = list(self.fitting(needs))
        return fitting[int(random.integers(len(fitting)))]

    def units(self, share: Needs) -> int:
        """Return how many cores with their share of the rest there is room for; O(hosts)."""
        return sum(units(self.free[host], share) for host in self.hosts)

    def among(self, hosts: Sequence[int]) -> Rooms:
        """Return a view of some of the hosts."""
        return Rooms(self.free, self.capacity, hosts)


class AllRooms(Rooms):
    """The rooms of all hosts: keeps what is free, and indexes by what policies asked for so far."""

    def __init__(self, capacity: Sequence[tuple[int, ...]]) -> None:
        super().__init__([list(row) for row in capacity], capacity, range(len(capacity)))
        self.total_free: list[int] = [sum(column) for column in zip(*capacity, strict=True)]
        self._trees: dict[int, MaxTree] = {}
        self._orders: dict[tuple[Measure, int], SortedHosts] = {}
        self._heard: dict[int, list[Hear]] = {}

    def follow(self, kind: int, hear: Hear) -> None:
        """Tell of every change of what is free of a kind."""
        self._heard.setdefault(kind, []).append(hear)

    def take(self, host: int, needs: Needs) -> None:
        """Lend out what is needed of a host."""
        for kind, amount in needs:
            self._change(host, kind, -amount)

    def give(self, host: int, needs: Needs) -> None:
        """Take back what was lent of a host."""
        for kind, amount in needs:
            self._change(host, kind, amount)

    def set(self, host: int, kind: int, free: int) -> None:
        """Set what is free of a host, for rooms of which somebody else keeps the books."""
        if free != self.free[host][kind]:
            self._change(host, kind, free - self.free[host][kind])

    def _change(self, host: int, kind: int, amount: int) -> None:
        row = self.free[host]
        old = row[kind]
        row[kind] = new = old + amount
        self.total_free[kind] += amount
        if kind in self._trees:
            self._trees[kind].set(host, new)
        for hear in self._heard.get(kind, ()):
            hear(host, new)
        for (measure, measured), order in self._orders.items():
            if measured == kind:
                capacity = self.capacity[host][kind]
                order.move(host, measure(old, capacity), measure(new, capacity))

    def first(self, needs: Needs, start: int = 0) -> int | None:
        """Return the first host from `start` on that has room, or None.

        O(log hosts) for one kind. For several, each kind's tree leaps to its next candidate in
        turn: as quick where kinds fill up alike, O(hosts log hosts) at worst.
        """
        if len(self.hosts) == 1:
            return 0 if start == 0 and self.fits(0, needs) else None
        at: int | None = start
        while at is not None and at < len(self.hosts):
            if self.fits(at, needs):
                return at
            for kind, amount in needs:
                at = self._tree(kind).first(amount, at)
                if at is None:
                    break
        return None

    def least(self, measure: Measure, needs: Needs, lowest: float | None = None) -> int | None:
        """Return the host with room whose measure is least, the first of equals, or None.

        From the least upward: a step where the least has room, O(hosts) at worst, where many have
        room of the kind measured and not of the others.
        """
        first = self.first(needs)
        if first is None or len(self.hosts) == 1:
            return first
        order = self._order(measure, needs[0][0] if needs else 0)
        return next(host for host in order.upward(lowest) if self.fits(host, needs))

    def units(self, share: Needs) -> int:
        """Return how many cores with their share of the rest there is room for.

        At once where cores alone are asked for, else O(hosts).
        """
        if len(share) == 1:
            kind, amount = share[0]
            if amount == 1:
                return self.total_free[kind]
        return super().units(share)

    def _tree(self, kind: int) -> MaxTree:
        if kind not in self._trees:
            self._trees[kind] = MaxTree([row[kind] for row in self.free])
        return self._trees[kind]

    def _order(self, measure: Measure, kind: int) -> SortedHosts:
        order = self._orders.get((measure, kind))
        if order is None:
            pairs = zip(self.free, self.capacity, strict=True)
            order = SortedHosts([measure(free[kind], had[kind]) for free, had in pairs])
            self._orders[measure, kind] = order
        return order


def rooms_of(capacity: Sequence[tuple[int, ...]]) -> AllRooms:
    """Return the rooms of hosts of which nothing is lent.

    Raises ValueError where there is no host, or a row has not an amount for each of KINDS.
    """
    if not capacity or any(len(row) != len(KINDS) for row in capacity):
        raise ValueError(f"expected at least one host, and {len(KINDS)} amounts of each")
    return AllRooms(capacity)
