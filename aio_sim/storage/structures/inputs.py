"""Inputs that a data structure finds easy, usual and hard."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.storage.structures.keys import LARGEST_KEY

if TYPE_CHECKING:
    import numpy as np


class Case(Enum):
    """Which input, and which of several like operations: the cheapest, the mean, the dearest."""

    BEST = "best"
    AVERAGE = "average"
    WORST = "worst"

    def __str__(self) -> str:
        return self.value


class Arrival(Enum):
    """In which order keys come."""

    SHUFFLED = "shuffled"
    ASCENDING = "ascending"
    DESCENDING = "descending"


class Deletion(Enum):
    """In which order they go."""

    SHUFFLED = "shuffled"
    EARLIEST = "earliest first"
    LATEST = "latest first"


@dataclass(frozen=True)
class Input:
    """How keys come and go, whether their hashes collide, and whether tossed coins are fair."""

    arrival: Arrival = Arrival.SHUFFLED
    deletion: Deletion = Deletion.SHUFFLED
    colliding: bool = False
    fair: bool = True


USUAL: Final = Input()


class Draw:
    """The keys of one input, fixed by a seed; each `number` is a draw of its own."""

    def __init__(self, given: Input, seed: int, number: int = 0) -> None:
        self.input = given
        self._streams = RandomStreams(seed)
        self._number = number

    def arriving(self, count: int) -> list[int]:
        """Return distinct keys in the order in which they come."""
        generator = self._stream("keys")
        distinct: dict[int, None] = {}
        while len(distinct) < count:
            drawn = generator.integers(0, LARGEST_KEY, count, endpoint=True)
            distinct.update(dict.fromkeys(drawn.tolist()))
        keys = list(distinct)[:count]
        if self.input.arrival is Arrival.SHUFFLED:
            return keys
        return sorted(keys, reverse=self.input.arrival is Arrival.DESCENDING)

    def leaving(self, arrived: list[int]) -> list[int]:
        """Return the same keys in the order in which they go."""
        if self.input.deletion is Deletion.SHUFFLED:
            places = self._stream("deletions").permutation(len(arrived)).tolist()
            return [arrived[place] for place in places]
        return arrived if self.input.deletion is Deletion.EARLIEST else arrived[::-1]

    def _stream(self, what: str) -> np.random.Generator:
        return self._streams.stream(f"structures.{what}.{self._number}")
