"""A hash table with chaining: each slot keeps a list of the items that hash to it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from itertools import chain
from typing import Final, Generic, TypeVar

from aio_sim.storage.structures.counters import Counters

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_FEWEST_SLOTS: Final = 8


class ChainedHashTable(Generic[K, V]):
    """A map in slots that are chains; it has between n and 4 n slots for n items.

    Source: Cormen, Leiserson, Rivest & Stein, Introduction to Algorithms, 4th ed., 11.2 (chaining)
    and 16.4 (tables that double when full and halve when a quarter full).
    """

    def __init__(self, counters: Counters | None = None) -> None:
        self._counters = counters or Counters()
        self._slots: list[list[tuple[K, V]]] = [[] for _slot in range(_FEWEST_SLOTS)]
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def load_factor(self) -> float:
        """Items a slot."""
        return self._size / len(self._slots)

    def insert(self, key: K, value: V) -> None:
        """Add an item, or give the item with that key another value."""
        slot = self._slot(key)
        place = self._place(slot, key)
        self._counters.moves += 1
        if place is not None:
            slot[place] = (key, value)
            return
        slot.append((key, value))
        self._size += 1
        if self._size > len(self._slots):
            self._resize(2 * len(self._slots))

    def lookup(self, key: K) -> V | None:
        """Return the value of a key, None where there is none."""
        slot = self._slot(key)
        place = self._place(slot, key)
        return None if place is None else slot[place][1]

    def delete(self, key: K) -> bool:
        """Take an item away; return whether it was there."""
        slot = self._slot(key)
        place = self._place(slot, key)
        if place is None:
            return False
        slot[place] = slot[-1]
        slot.pop()
        self._counters.moves += 1
        self._size -= 1
        if len(self._slots) > _FEWEST_SLOTS and 4 * self._size < len(self._slots):
            self._resize(len(self._slots) // 2)
        return True

    def scan(self) -> Iterator[tuple[K, V]]:
        """Yield all items, slot by slot."""
        return chain.from_iterable(self._slots)

    def _slot(self, key: K) -> list[tuple[K, V]]:
        return self._slots[hash(key) % len(self._slots)]

    @staticmethod
    def _place(slot: list[tuple[K, V]], key: K) -> int | None:
        return next((place for place, item in enumerate(slot) if item[0] == key), None)

    def _resize(self, slots: int) -> None:
        items = list(self.scan())
        self._slots = [[] for _slot in range(slots)]
        for item in items:
            self._slot(item[0]).append(item)
        self._counters.moves += len(items)
