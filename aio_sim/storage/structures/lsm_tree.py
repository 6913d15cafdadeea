"""A log-structured merge tree: a small sorted table in memory, and ever larger runs below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from typing import Final, Generic, TypeVar

from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.skip_list import SkipList
from aio_sim.storage.structures.sorted_run import PAGE_ITEMS, RunKey, SortedRun

V = TypeVar("V")

MEMORY_ITEMS: Final = 4
"""Items in memory in the lab: one page. An assumption, as for pages: real ones hold megabytes."""

GROWTH_FACTOR: Final = 2
"""How many times larger each level is than the one above. An assumption: stores use about 10, with
which the sizes that are measured would have a single level."""


class LsmTree(Generic[RunKey, V]):
    """An ordered map that writes whole runs only, one a level (leveling).

    A full level is merged into the next, so an item is written again at most `growth` times a
    level, and there are log(n / memory_items) levels to the base of `growth`. A deletion is written
    as a mark, which goes when it reaches the lowest level.

    Source: O'Neil, Cheng, Gawlick & O'Neil, The Log-Structured Merge-Tree, Acta Informatica 33,
    1996; Dayan, Athanassoulis & Idreos, Monkey, SIGMOD 2017, for the costs of leveling.
    """

    def __init__(
        self,
        counters: Counters | None = None,
        *,
        memory_items: int = MEMORY_ITEMS,
        growth: int = GROWTH_FACTOR,
        page_items: int = PAGE_ITEMS,
        coin: Callable[[], bool] | None = None,
    ) -> None:
        self._counters = counters or Counters()
        self._memory_items = memory_items
        self._growth = growth
        self._page_items = page_items
        self.flushes = 0
        """How often the items in memory were written to the first level."""
        self._coin = coin
        self._memory = self._new_memory()
        self._levels: list[SortedRun[RunKey, V]] = []

    @property
    def levels(self) -> tuple[int, ...]:
        """Items and marks of each level, from the newest."""
        return tuple(len(run) for run in self._levels)

    @property
    def pages(self) -> int:
        """Pages of all levels."""
        return sum(run.pages for run in self._levels)

    def lose_memory(self) -> None:
        """Forget what was not written to a level yet, as a crash does where there is no log."""
        self._memory = self._new_memory()

    def insert(self, key: RunKey, value: V) -> None:
        """Add an item, or give the item with that key another value."""
        self._write(key, value)

    def delete(self, key: RunKey) -> None:
        """Take an item away, where it is there: a mark is written without looking."""
        self._write(key, None)

    def lookup(self, key: RunKey) -> V | None:
        """Return the value of a key, None where there is none."""
        found = self._memory.lookup(key)
        if found is not None:
            return found[0]
        for run in self._levels:
            item = run.find(key)
            if item is not None:
                return item[1]
        return None

    def scan(self) -> Iterator[tuple[RunKey, V]]:
        """Yield all items in the order of their keys."""
        return _present(_newest([_unpacked(self._memory.scan()), *self._runs()]))

    def range(self, low: RunKey, high: RunKey) -> Iterator[tuple[RunKey, V]]:
        """Yield the items from `low` to `high`, both included, in order."""
        memory = _unpacked(self._memory.range(low, high))
        for item in _present(_newest([memory, *self._runs(low)])):
            if high < item[0]:
                return
            yield item

    def _write(self, key: RunKey, value: V | None) -> None:
        if len(self._memory) == self._memory_items:
            self._flush()
        # In a tuple, so that a mark differs from a key that memory says nothing about.
        self._memory.insert(key, (value,))

    def _flush(self) -> None:
        """Write the items in memory to the first level, and each full level to the next."""
        self.flushes += 1
        arriving = list(_unpacked(self._memory.scan()))
        self._memory = self._new_memory()
        room = self._memory_items
        for level, run in enumerate(self._levels):
            room *= self._growth
            arriving = list(_newest([arriving, run.items()]))
            if not any(self._levels[level + 1 :]):
                arriving = list(_present(arriving))
            if len(arriving) < room:
                self._levels[level] = self._run(arriving)
                return
            self._levels[level] = self._run(())
        self._levels.append(self._run(_present(arriving)))

    def _run(self, items: Iterable[tuple[RunKey, V | None]]) -> SortedRun[RunKey, V]:
        return SortedRun(items, self._counters, self._page_items)

    def _runs(self, low: RunKey | None = None) -> list[Iterator[tuple[RunKey, V | None]]]:
        return [run.items(low) for run in self._levels if run]

    def _new_memory(self) -> SkipList[RunKey, tuple[V | None]]:
        return SkipList(self._counters, self._coin)


def _unpacked(items: Iterable[tuple[RunKey, tuple[V | None]]]) -> Iterator[tuple[RunKey, V | None]]:
    return ((key, value) for key, (value,) in items)


def _newest(runs: Iterable[Iterable[tuple[RunKey, V | None]]]) -> Iterator[tuple[RunKey, V | None]]:
    """Yield the items of sorted runs, the newest run first, as one: the newest of each key.

    Run by run, from the smallest: as sizes grow geometrically, most items pass one merge only.
    """
    return reduce(_merged, map(iter, runs))


def _merged(
    newer: Iterator[tuple[RunKey, V | None]], older: Iterator[tuple[RunKey, V | None]]
) -> Iterator[tuple[RunKey, V | None]]:
    new, old = next(newer, None), next(older, None)
    while new is not None and old is not None:
        if old[0] < new[0]:
            yield old
            old = next(older, None)
            continue
        if not new[0] < old[0]:  # the same key: what is newer counts
            old = next(older, None)
        yield new
        new = next(newer, None)
    yield from (each for each in (new, old) if each is not None)
    yield from newer
    yield from older


def _present(items: Iterable[tuple[RunKey, V | None]]) -> Iterator[tuple[RunKey, V]]:
    """Yield the items that are not marks of a deletion."""
    return ((key, value) for key, value in items if value is not None)
