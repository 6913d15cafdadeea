"""Python's own structures as maps of records: a dict, a sorted list with bisect, a plain list.

They are written in C, so their moves are derived from their layout, as those of the lab's subjects
are: see `library_tables`, `library_ordered`, `library_sequences`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.keys import OrderedHashable

K = TypeVar("K", bound=OrderedHashable)
V = TypeVar("V")


class DictMap(Generic[K, V]):
    """A dict; all entries move when it is rebuilt, which is seen by its size."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._table: dict[K, V] = {}

    def insert(self, key: K, value: V) -> None:
        """Add an item, or give the item with that key another value."""
        before = self._table.__sizeof__()
        self._table[key] = value
        rebuilt = self._table.__sizeof__() != before
        self._counters.moves += len(self._table) if rebuilt else 1

    def lookup(self, key: K) -> V | None:
        """Return the value of a key, None where there is none."""
        return self._table.get(key)

    def delete(self, key: K) -> bool:
        """Take an item away; return whether it was there."""
        if self._table.pop(key, None) is None:
            return False
        self._counters.moves += 1
        return True

    def scan(self) -> Iterable[tuple[K, V]]:
        """Return all items in order of arrival."""
        return self._table.items()


class BisectMap(Generic[K, V]):
    """Two lists, of keys in order and of their values: what comes in shifts all that is larger."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._keys: list[K] = []
        self._values: list[V] = []

    def insert(self, key: K, value: V) -> None:
        """Add an item, or give the item with that key another value."""
        place = bisect_left(self._keys, key)
        if self._holds(place, key):
            self._values[place] = value
            self._counters.moves += 1
            return
        self._keys.insert(place, key)
        self._values.insert(place, value)
        self._counters.moves += len(self._keys) - place

    def lookup(self, key: K) -> V | None:
        """Return the value of a key, None where there is none."""
        place = bisect_left(self._keys, key)
        return self._values[place] if self._holds(place, key) else None

    def delete(self, key: K) -> bool:
        """Take an item away; return whether it was there."""
        place = bisect_left(self._keys, key)
        if not self._holds(place, key):
            return False
        self._counters.moves += len(self._keys) - place
        del self._keys[place], self._values[place]
        return True

    def scan(self) -> Iterator[tuple[K, V]]:
        """Yield all items in the order of their keys."""
        return zip(self._keys, self._values, strict=True)

    def range(self, low: K, high: K) -> Iterator[tuple[K, V]]:
        """Yield the items from `low` to `high`, both included, in order."""
        for place in range(bisect_left(self._keys, low), len(self._keys)):
            if high < self._keys[place]:
                return
            yield self._keys[place], self._values[place]

    def _holds(self, place: int, key: K) -> bool:
        return place < len(self._keys) and self._keys[place] == key


class ListMap(Generic[K, V]):
    """A list of items in order of arrival, looked at one after another."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._keys: list[K] = []
        self._values: list[V] = []

    def insert(self, key: K, value: V) -> None:
        """Add an item, or give the item with that key another value: so all are looked at."""
        place = self._place(key)
        self._counters.moves += 1
        if place is not None:
            self._values[place] = value
            return
        self._keys.append(key)
        self._values.append(value)

    def lookup(self, key: K) -> V | None:
        """Return the value of a key, None where there is none."""
        place = self._place(key)
        return None if place is None else self._values[place]

    def delete(self, key: K) -> bool:
        """Take an item away; return whether it was there."""
        place = self._place(key)
        if place is None:
            return False
        self._counters.moves += len(self._keys) - place
        del self._keys[place], self._values[place]
        return True

    def scan(self) -> Iterator[tuple[K, V]]:
        """Yield all items in order of arrival."""
        return zip(self._keys, self._values, strict=True)

    def _place(self, key: K) -> int | None:
        try:
            return self._keys.index(key)
        except ValueError:
            return None
