"""A sorted run: the items of one level of an LSM tree, written once and never changed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final, Generic, TypeVar

from aio_sim.storage.structures.bloom_filter import BloomFilter
from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.keys import OrderedHashable

RunKey = TypeVar("RunKey", bound=OrderedHashable)
V = TypeVar("V")

PAGE_ITEMS: Final = 4
"""Items of a page in the lab, as many as in a B+ tree's so that pages compare."""


FILTER_BITS: Final = 16
"""Bits of the filter a key: 0.05 % of errors. An assumption: stores use 10 (1 %), where the dearest
of a few dozen look-ups would be a matter of luck."""


class SortedRun(Generic[RunKey, V]):
    """Items in the order of their keys, in pages, with a Bloom filter; None marks a deletion.

    The filter and the keys that pages begin with are in memory, so a lookup reads one page or none.

    Source: O'Neil, Cheng, Gawlick & O'Neil, The Log-Structured Merge-Tree, Acta Informatica 33,
    1996.
    """

    def __init__(
        self,
        items: Iterable[tuple[RunKey, V | None]],
        counters: Counters,
        page_items: int = PAGE_ITEMS,
    ) -> None:
        self._counters = counters
        self._page_items = page_items
        self._keys: list[RunKey] = []
        self._values: list[V | None] = []
        for key, value in items:
            self._keys.append(key)
            self._values.append(value)
        self._filter = BloomFilter(max(len(self._keys), 1), FILTER_BITS)
        for key in self._keys:
            self._filter.add(key)
        counters.moves += len(self._keys)
        counters.page_writes += self.pages
        counters.sequential_writes += max(self.pages - 1, 0)

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def pages(self) -> int:
        """Pages that it takes."""
        return -(-len(self._keys) // self._page_items)

    def find(self, key: RunKey) -> tuple[RunKey, V | None] | None:
        """Return the item of a key, None where the run says nothing about it."""
        if not self._keys or key not in self._filter:
            return None
        place = bisect_left(self._keys, key)
        self._counters.page_reads += 1
        if place == len(self._keys) or key < self._keys[place]:
            return None
        return self._keys[place], self._values[place]

    def items(self, low: RunKey | None = None) -> Iterator[tuple[RunKey, V | None]]:
        """Yield all items, or those from `low` on, in order."""
        first = 0 if low is None else bisect_left(self._keys, low)
        for place in range(first, len(self._keys)):
            if place == first or place % self._page_items == 0:
                self._counters.page_reads += 1
                self._counters.sequential_reads += place > first
            yield self._keys[place], self._values[place]
