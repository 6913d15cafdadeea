"""The allocations that are held, by when they are expected back."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

from aio_sim.resources.allocation import Allocation


class Running:
    """What is lent out, sorted by expected end, then by turn."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, Allocation]] = []

    def add(self, allocation: Allocation) -> None:
        """Note that it was granted."""
        insort(self._entries, (allocation.expected_end, allocation.turn, allocation))

    def remove(self, allocation: Allocation) -> None:
        """Note that it was returned."""
        at = bisect_left(self._entries, (allocation.expected_end, allocation.turn))
        del self._entries[at]

    def by_end(self, now: int) -> Iterator[tuple[int, Allocation]]:
        """Yield expected ends and allocations; one that is overdue is expected to end now."""
        for end, _turn, allocation in self._entries:
            yield max(end, now), allocation

    def overdue(self, now: int) -> bool:
        """Return whether something was expected back by now and is not."""
        return bool(self._entries) and self._entries[0][0] <= now
