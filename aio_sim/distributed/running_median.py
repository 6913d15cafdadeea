"""The median of numbers that come one by one."""

from __future__ import annotations

import heapq


class RunningMedian:
    """The lower median of whole numbers so far: two heaps, O(log n) a number."""

    def __init__(self) -> None:
        self._below: list[int] = []  # negated: the largest of the smaller half is on top
        self._above: list[int] = []

    def add(self, number: int) -> None:
        """Take another number."""
        heapq.heappush(self._above, -heapq.heappushpop(self._below, -number))
        if len(self._above) > len(self._below):
            heapq.heappush(self._below, -heapq.heappop(self._above))

    @property
    def value(self) -> int:
        """The number that half of them do not exceed. Raises IndexError where there is none."""
        return -self._below[0]
