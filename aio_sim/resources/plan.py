"""A plan: when and where everything that waits will start, if the estimates hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from aio_sim.resources.allocation import Allocation
from aio_sim.resources.demand import FOREVER, Holdings, Needs, times, units
from aio_sim.resources.profile import Profile

Choose = Callable[[Allocation, Sequence[int]], int]
"""Chooses one of several hosts on which a demand may start at once."""


class Slot(NamedTuple):
    """A reservation: from when, until when, and what of which hosts."""

    start: int
    end: int
    parts: Holdings


class Plan:
    """The profiles of all hosts, with those running and those waiting in it.

    `pooled` treats all hosts as one, which is exact as long as every demand may span hosts and asks
    for cores alone; the parts of a slot then say nothing of where.
    """

    def __init__(self, capacity: Sequence[tuple[int, ...]], pooled: bool, choose: Choose) -> None:
        self._capacity = [_sum(capacity)] if pooled else list(capacity)
        self._choose = choose
        self.pooled = pooled
        self.clear(0)

    def clear(self, now: int) -> None:
        """Forget everything."""
        self._profiles = [Profile(amounts, now) for amounts in self._capacity]

    def hold(self, slot: Slot) -> None:
        """Count what a slot takes as lent."""
        for host, needs in slot.parts:
            self._profiles[host].change(slot.start, slot.end, needs, -1)

    def free(self, slot: Slot, since: int) -> None:
        """Count what a slot takes as free from an instant on."""
        for host, needs in slot.parts:
            self._profiles[host].change(max(slot.start, since), slot.end, needs, +1)

    def earliest(self, allocation: Allocation, now: int) -> Slot:
        """Return the first slot that nothing in the plan is in the way of."""
        found = self._find(allocation, now, None)
        assert found is not None, "a demand that an empty machine cannot meet was not refused"
        return found

    def earlier(self, allocation: Allocation, slot: Slot, now: int) -> Slot | None:
        """Return the first slot that is earlier than its own, which is in the plan, or None."""
        return self._find(allocation, now, slot) if slot.start > now else None

    def _find(self, allocation: Allocation, now: int, own: Slot | None) -> Slot | None:
        duration = allocation.duration
        if allocation.share is not None and not self.pooled:
            return self._across(allocation, duration, now, own)
        return self._on_one(allocation, duration, now, own)

    def _on_one(
        self, allocation: Allocation, duration: int, now: int, own: Slot | None
    ) -> Slot | None:
        found: tuple[int, int] | None = None
        before = own.start if own else FOREVER + 1
        pinned = allocation.demand.host
        hosts = range(len(self._profiles)) if pinned is None else (pinned,)
        for host in hosts:
            continues = own is not None and own.parts[0][0] == host
            profile = self._profiles[host]
            start = profile.earliest(allocation.needs, duration, now, before, continues)
            if start is not None:
                found, before = (start, host), start
                if start == now:
                    break
        if found is None:
            return None
        start, host = found
        if start == now and len(hosts) > 1:
            host = self._choose(allocation, self._ready(allocation, duration, now, host))
        return Slot(start, min(start + duration, FOREVER), ((host, allocation.needs),))

    def _ready(self, allocation: Allocation, duration: int, now: int, first: int) -> list[int]:
        """Return the hosts, of which `first` is the first, on which a demand may start now."""
        rest = range(first + 1, len(self._profiles))
        return [first] + [
            host
            for host in rest
            if self._profiles[host].earliest(allocation.needs, duration, now, now + 1) is not None
        ]

    def _across(
        self, allocation: Allocation, duration: int, now: int, own: Slot | None
    ) -> Slot | None:
        """Return the first slot on several hosts; O(hosts steps^2)."""
        assert allocation.share is not None
        before = own.start if own else FOREVER + 1
        if own:
            self.free(own, own.start)
        steps = {step for profile in self._profiles for step in profile.times}
        starts = [now, *sorted(step for step in steps if now < step < before)]
        found = None
        for start in starts:
            end = min(start + duration, FOREVER)
            if parts := self._spread(allocation.share, allocation.demand.cores, start, end):
                found = Slot(start, end, parts)
                break
        if own:
            self.hold(own)
        return found

    def _spread(self, share: Needs, cores: int, start: int, end: int) -> Holdings | None:
        parts = []
        for host, profile in enumerate(self._profiles):
            count = min(cores, units(profile.least(start, end), share))
            if count:
                parts.append((host, times(share, count)))
                cores -= count
            if not cores:
                return tuple(parts)
        return None


def _sum(capacity: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip(*capacity, strict=True))
