"""Python's own ways to keep order as subjects of the lab: a list with bisect, and a heap.

Moves in the list are derived from its layout; those in the heap are one a comparison, as each
comparison decides which item moves one level.

Source: CPython 3.11, Objects/listobject.c, Lib/bisect.py, Lib/heapq.py.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.keys import Key
from aio_sim.storage.structures.subject import Subject, picked


class BisectSubject(Subject):
    """A sorted list, searched by halves: what comes in shifts all that is larger."""

    def __init__(self, counters: Counters) -> None:
        super().__init__(counters)
        self._keys: list[Key] = []

    @property
    def held(self) -> object:
        """The list itself."""
        return self._keys

    def insert(self, key: Key) -> None:
        """Add a key that is not there yet."""
        place = bisect_left(self._keys, key)
        self._keys.insert(place, key)
        self.counters.moves += len(self._keys) - place

    def lookup(self, key: Key) -> bool:
        """Return whether a key is there."""
        place = bisect_left(self._keys, key)
        return place < len(self._keys) and self._keys[place] == key

    def delete(self, key: Key) -> None:
        """Take away a key that is there."""
        place = bisect_left(self._keys, key)
        del self._keys[place]
        self.counters.moves += 1 + len(self._keys) - place

    def scan(self) -> Iterable[Key]:
        """Return all keys in order."""
        return iter(self._keys)

    def range(self, low: Key, high: Key) -> Iterable[Key]:
        """Return the keys from `low` to `high`, both included, in order."""
        for place in range(bisect_left(self._keys, low), len(self._keys)):
            if high < self._keys[place]:
                return
            yield self._keys[place]


class HeapSubject(Subject):
    """A binary heap in a list: the smallest key first, the others in no order to speak of."""

    def __init__(self, counters: Counters) -> None:
        super().__init__(counters)
        self._keys: list[Key] = []

    @property
    def held(self) -> object:
        """The list itself."""
        return self._keys

    def insert(self, key: Key) -> None:
        """Add a key that is not there yet."""
        before = self.counters.comparisons
        heappush(self._keys, key)
        self.counters.moves += 1 + self.counters.comparisons - before

    def lookup(self, key: Key) -> bool:
        """Return whether a key is there, looking at one after another."""
        return key in self._keys

    def delete(self, key: Key) -> None:
        """Take away a key that is there: the smallest at once, others with a heap made anew."""
        before = self.counters.comparisons
        if self._keys[0] == key:
            heappop(self._keys)
        else:
            place = self._keys.index(key)
            self._keys[place] = self._keys[-1]
            self._keys.pop()
            heapify(self._keys)
        self.counters.moves += 1 + self.counters.comparisons - before

    def scan(self) -> Iterable[Key]:
        """Return all keys as they lie in the list."""
        return iter(self._keys)

    def range(self, low: Key, high: Key) -> Iterable[Key]:
        """Return the keys from `low` to `high`, both included, in order."""
        return picked(self._keys, low, high)
