"""What the operations of a data structure cost: it lives once for each case, and is watched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import fmean
from typing import Final, TypeAlias

from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.held_bytes import held_bytes
from aio_sim.storage.structures.inputs import Case, Draw
from aio_sim.storage.structures.keys import Key
from aio_sim.storage.structures.subject import Subject

SIZES: Final = (32, 64, 128, 256, 512)
"""Numbers of items that are measured, each twice the one before."""

RANGE_KEYS: Final = 4
"""Keys in a range: a fixed number, so that what finding them costs can be seen."""

_LOOKUPS: Final = 32
_RANGES: Final = 4


class Operation(Enum):
    """What is done with a data structure."""

    INSERT = "insert"
    LOOKUP = "lookup"
    DELETE = "delete"
    SCAN = "scan"
    RANGE = "range"
    BUILD = "build"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Cost:
    """Steps of all kinds, and those of them that are pages read or written."""

    steps: float
    pages: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.steps + other.steps, self.pages + other.pages)

    def shared(self, among: int) -> Cost:
        """Return the cost of each of so many like operations."""
        return Cost(self.steps / among, self.pages / among)


Costs: TypeAlias = dict[Operation, list[tuple[int, Cost]]]


class Life:
    """One structure with one input: it grows through SIZES, is asked at each, and shrinks again.

    Insertions and deletions are amortised: the mean of those by which it doubles, or halves.
    A build is all insertions from the first. Look-ups are of keys that are there, evenly spread
    over the order of arrival; ranges of RANGE_KEYS keys, evenly spread over the order of keys.
    `costs` has what each operation cost at each size, `bytes_per_item` the bytes held at the
    largest one.
    """

    def __init__(self, make: Callable[[Counters], Subject], draw: Draw, case: Case) -> None:
        self._counters = Counters()
        self._subject = make(self._counters)
        self._colliding = draw.input.colliding
        self._case = case
        self._arriving = draw.arriving(SIZES[-1])
        self.costs: Costs = {operation: [] for operation in Operation}
        self._grow()
        self.bytes_per_item = held_bytes(self._subject.held) / SIZES[-1]
        self._shrink(draw.leaving(self._arriving))

    def _grow(self) -> None:
        size, built = 0, Cost(0, 0)
        for n in (SIZES[0] // 2, *SIZES):
            growth = self._watch(self._insert, self._arriving[size:n])
            built += growth
            if n in SIZES:
                self.costs[Operation.INSERT].append((n, growth.shared(n - size)))
                self.costs[Operation.BUILD].append((n, built))
                self._ask(n)
            size = n

    def _ask(self, n: int) -> None:
        """Try what leaves the structure as it is."""
        present = self._arriving[:n]
        self.costs[Operation.LOOKUP].append((n, self._lookups(present)))
        self.costs[Operation.RANGE].append((n, self._ranges(sorted(present))))
        self.costs[Operation.SCAN].append(
            (n, self._watch(lambda: self._receive(self._subject.scan())))
        )

    def _shrink(self, leaving: Sequence[int]) -> None:
        gone = 0
        for n in reversed(SIZES):
            cost = self._watch(self._delete, leaving[gone : gone + n // 2])
            self.costs[Operation.DELETE].insert(0, (n, cost.shared(n // 2)))
            gone += n // 2

    def _lookups(self, present: Sequence[int]) -> Cost:
        usual = evenly(present, _LOOKUPS)
        if self._case is Case.AVERAGE:
            return self._typical(self._lookup, [(value,) for value in usual])
        nearest = self._subject.nearest()
        extremes = [min(present), max(present), *([] if nearest is None else [nearest.value])]
        return self._typical(self._lookup, [(value,) for value in (*usual, *extremes)])

    def _ranges(self, ordered: Sequence[int]) -> Cost:
        lows = evenly(range(len(ordered) - RANGE_KEYS + 1), _RANGES)
        bounds = [(ordered[low], ordered[low + RANGE_KEYS - 1]) for low in lows]
        return self._typical(self._range, bounds)

    def _typical(self, act: Callable[..., None], arguments: Iterable[tuple[int, ...]]) -> Cost:
        """Return the cost of the cheapest, the mean or the dearest of several operations."""
        costs = [self._watch(act, *each) for each in arguments]
        steps, pages = [each.steps for each in costs], [each.pages for each in costs]
        if self._case is Case.AVERAGE:
            return Cost(fmean(steps), fmean(pages))
        choose = min if self._case is Case.BEST else max
        return Cost(choose(steps), choose(pages))

    def _watch(self, act: Callable[..., None], *arguments: object) -> Cost:
        steps, pages = self._counters.steps, self._counters.pages
        act(*arguments)
        return Cost(self._counters.steps - steps, self._counters.pages - pages)

    def _insert(self, values: Iterable[int]) -> None:
        for value in values:
            self._subject.insert(self._key(value))

    def _delete(self, values: Iterable[int]) -> None:
        for value in values:
            self._subject.delete(self._key(value))

    def _lookup(self, value: int) -> None:
        self._subject.lookup(self._key(value))

    def _range(self, low: int, high: int) -> None:
        self._receive(self._subject.range(self._key(low), self._key(high)))

    def _scan(self) -> None:
        self._receive(self._subject.scan())

    def _receive(self, items: Iterable[object]) -> None:
        for _item in items:
            self._counters.moves += 1

    def _key(self, value: int) -> Key:
        """Return a key that is no object of the structure's, so that it is really compared."""
        return Key(value, self._counters, colliding=self._colliding)


def mean_costs(lives: Sequence[Life]) -> Costs:
    """Return the mean of what each operation cost at each size, over several lives."""
    count = len(lives)
    return {
        operation: [
            (n, sum((life.costs[operation][at][1] for life in lives), Cost(0, 0)).shared(count))
            for at, n in enumerate(SIZES)
        ]
        for operation in Operation
    }


def evenly(items: Sequence[int], count: int) -> list[int]:
    """Return so many of the items, the first and the last among them; all where there are fewer."""
    if len(items) <= count:
        return list(items)
    return [items[number * (len(items) - 1) // (count - 1)] for number in range(count)]
