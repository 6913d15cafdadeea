"""A hash table with open addressing: an item stands in the first free slot from its own on."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Final, Generic, TypeVar

from aio_sim.storage.structures.counters import Counters

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_FEWEST_SLOTS: Final = 8


class OpenHashTable(Generic[K, V]):
    """A map in one array with linear probing; at least half of the slots are free.

    A deletion closes the gap that it leaves, so that no marks of deleted items pile up.

    Source: Knuth, The Art of Computer Programming 3, 2nd ed., 6.4, algorithms L and R; Cormen,
    Leiserson, Rivest & Stein, Introduction to Algorithms, 4th ed., 11.4 and 11.5.1.
    """

    def __init__(self, counters: Counters | None = None) -> None:
        self._counters = counters or Counters()
        self._slots: list[tuple[K, V] | None] = [None] * _FEWEST_SLOTS
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def load_factor(self) -> float:
        """Items a slot."""
        return self._size / len(self._slots)

    def insert(self, key: K, value: V) -> None:
        """Add an item, or give the item with that key another value."""
        if 2 * (self._size + 1) > len(self._slots):
            self._resize(2 * len(self._slots))
        place = self._find(key)
        self._size += self._slots[place] is None
        self._slots[place] = (key, value)
        self._counters.moves += 1

    def lookup(self, key: K) -> V | None:
        """Return the value of a key, None where there is none."""
        item = self._slots[self._find(key)]
        return None if item is None else item[1]

    def delete(self, key: K) -> bool:
        """Take an item away; return whether it was there."""
        gap = self._find(key)
        if self._slots[gap] is None:
            return False
        self._close(gap)
        self._size -= 1
        if len(self._slots) > _FEWEST_SLOTS and 8 * self._size < len(self._slots):
            self._resize(len(self._slots) // 2)
        return True

    def scan(self) -> Iterator[tuple[K, V]]:
        """Yield all items, slot by slot."""
        return (item for item in self._slots if item is not None)

    def _find(self, key: K) -> int:
        """Return the slot of a key, or the free one where its search ends."""
        place = hash(key) % len(self._slots)
        while (item := self._slots[place]) is not None and item[0] != key:
            place = (place + 1) % len(self._slots)
        return place

    def _close(self, gap: int) -> None:
        """Empty a slot, and move back whoever would not be found past it any more."""
        slots = self._slots
        place = (gap + 1) % len(slots)
        while (item := slots[place]) is not None:
            passed = (place - hash(item[0])) % len(slots)  # slots passed over since its own
            if passed >= (place - gap) % len(slots):
                slots[gap] = item
                gap = place
                self._counters.moves += 1
            place = (place + 1) % len(slots)
        slots[gap] = None
        self._counters.moves += 1

    def _resize(self, slots: int) -> None:
        items = list(self.scan())
        self._slots = [None] * slots
        for item in items:
            self._slots[self._free(item[0])] = item
        self._counters.moves += len(items)

    def _free(self, key: K) -> int:
        """Return the first free slot for a key that is known not to be there."""
        place = hash(key) % len(self._slots)
        while self._slots[place] is not None:
            place = (place + 1) % len(self._slots)
        return place
