"""Locality: which pages a task visits, one after another, as it works.

A model draws a reference string lazily, chunk by chunk, from a random generator that must be the
task's own. P. Denning, The locality principle, CACM 48(7), 2005; P. Denning and K. Kahn, A study of
program locality and lifetime functions, SOSP 1975.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.registry import Registry

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_FIRST_CHUNK: Final = 64
_LARGEST_CHUNK: Final = 4096
"""Chunks double from the first to the largest: short tasks draw little, long ones rarely."""

_MOST_KEPT: Final = 100_000
"""Distributions of more pages are not kept for the next task, so that all kept are 51 MB."""


class References(NamedTuple):
    """Some references of a string: page numbers, int64 of shape (n,), and writes, bool of (n,)."""

    pages: npt.NDArray[np.int64]
    writes: npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Locality(ABC):
    """Visits to pages 0 to `pages` - 1, each with the chance `writes` to change the page.

    A task makes `references` visits in a second of its own work, and `accesses` accesses to memory
    in each. `size` is what it asked for in bytes, its last page perhaps not full; 0 where all are.
    InputError for numbers that make no sense.
    """

    pages: int
    references: float = 10_000.0
    writes: float = 0.3
    accesses: int = 64
    size: int = 0

    def __post_init__(self) -> None:
        if self.pages < 1 or self.accesses < 1 or self.references <= 0 or not 0 <= self.writes <= 1:
            raise InputError(
                _(
                    "a locality needs at least 1 page, 1 access a visit, visits above 0 a second "
                    "and a share of writes from 0 to 1"
                )
            )

    @property
    def visit(self) -> int:
        """How long a visit to a page lasts, in nanoseconds of the task's own work; at least 1."""
        return max(1, round(1e9 / self.references))

    def draw(self, random: np.random.Generator) -> Iterator[References]:
        """Yield the reference string in chunks, without end."""
        for pages in self._pages(random):
            yield References(pages, random.random(len(pages)) < self.writes)

    @abstractmethod
    def _pages(self, random: np.random.Generator) -> Iterator[npt.NDArray[np.int64]]:
        """Yield page numbers in chunks, without end."""


LOCALITIES: Registry[Locality] = Registry(
    "locality",
    Locality,  # type: ignore[type-abstract]  # mypy has no type for "may be abstract"
)


@LOCALITIES.register("uniform")
@dataclass(frozen=True, kw_only=True)
class UniformLocality(Locality):
    """Every page is equally likely at every visit: no locality at all."""

    def _pages(self, random: np.random.Generator) -> Iterator[npt.NDArray[np.int64]]:
        for length in _chunk_lengths():
            yield random.integers(0, self.pages, length)


@LOCALITIES.register("zipf")
@dataclass(frozen=True, kw_only=True)
class ZipfLocality(Locality):
    """The independent reference model: page i is visited with a chance in proportion to 1/(i+1)^s.

    `exponent` is s; 0 is uniform. E. Coffman and P. Denning, Operating Systems Theory, 1973, 6.6.
    """

    exponent: float = 1.0

    @property
    def popularity(self) -> npt.NDArray[np.float64]:
        """The chance of each page, float64 of shape (pages,)."""
        import numpy as np

        return np.diff(_zipf_upto(self.pages, self.exponent), prepend=0.0)

    def _pages(self, random: np.random.Generator) -> Iterator[npt.NDArray[np.int64]]:
        upto = _zipf_upto(self.pages, self.exponent)
        for length in _chunk_lengths():
            yield upto.searchsorted(random.random(length), side="right")


@LOCALITIES.register("loop")
@dataclass(frozen=True, kw_only=True)
class LoopLocality(Locality):
    """All pages in turn, again and again: the worst case of lru and fifo."""

    def _pages(self, random: np.random.Generator) -> Iterator[npt.NDArray[np.int64]]:
        return _cycle(self.pages, stay=1)


@LOCALITIES.register("sequential")
@dataclass(frozen=True, kw_only=True)
class SequentialLocality(Locality):
    """All pages in turn, `stay` visits to each before the next, as a scan through an array."""

    stay: int = 16

    def _pages(self, random: np.random.Generator) -> Iterator[npt.NDArray[np.int64]]:
        return _cycle(self.pages, self.stay)


@LOCALITIES.register("phases")
@dataclass(frozen=True, kw_only=True)
class PhasesLocality(Locality):
    """Phases of geometrically distributed length, `length` visits on average, each in its own set.

    A set has `working_set` pages, all equally likely; a transition keeps `kept` of them and draws
    the others anew. Denning and Kahn, 1975: a semi-Markov chain of locality sets, with the random
    micromodel inside a phase. InputError unless kept <= working_set <= pages.
    """

    working_set: int = 16
    length: float = 1000.0
    kept: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.kept <= self.working_set <= self.pages or self.working_set < 1:
            raise InputError(
                _(
                    "phases need kept <= working_set <= pages, not {kept}, {working_set}, {pages}"
                ).format(kept=self.kept, working_set=self.working_set, pages=self.pages)
            )
        if self.length < 1:
            raise InputError(_("a phase must be at least 1 visit long on average"))

    def _pages(self, random: np.random.Generator) -> Iterator[npt.NDArray[np.int64]]:
        inside = random.choice(self.pages, self.working_set, replace=False)
        while True:
            left = int(random.geometric(1 / self.length))
            while left:
                length = min(left, _LARGEST_CHUNK)
                yield inside[random.integers(0, self.working_set, length)]
                left -= length
            inside = self._next_set(inside, random)

    def _next_set(
        self, inside: npt.NDArray[np.int64], random: np.random.Generator
    ) -> npt.NDArray[np.int64]:
        """Return the locality set after a transition, at the cost of its size."""
        import numpy as np

        kept = np.sort(random.choice(inside, self.kept, replace=False))
        ranks = random.choice(self.pages - self.kept, self.working_set - self.kept, replace=False)
        # The page of rank r among those not kept is r plus how many kept ones lie before it.
        before = np.searchsorted(kept - np.arange(self.kept), ranks, side="right")
        return np.concatenate((kept, ranks + before))


def joined(chunks: Iterator[References], length: int) -> References:
    """Return the first `length` references of a string in one piece."""
    import numpy as np

    parts, have = [next(chunks)], 0
    while (have := have + len(parts[-1].pages)) < length:
        parts.append(next(chunks))
    pages, writes = (np.concatenate(column)[:length] for column in zip(*parts, strict=True))
    return References(pages, writes)


def _chunk_lengths() -> Iterator[int]:
    length = _FIRST_CHUNK
    while True:
        yield length
        length = min(2 * length, _LARGEST_CHUNK)


def _cycle(pages: int, stay: int) -> Iterator[npt.NDArray[np.int64]]:
    import numpy as np

    begin = 0
    for length in _chunk_lengths():
        yield np.arange(begin, begin + length, dtype=np.int64) // stay % pages
        begin += length


def _zipf_upto(pages: int, exponent: float) -> npt.NDArray[np.float64]:
    """Return the distribution function of Zipf's law; its last value is 1."""
    kept = pages <= _MOST_KEPT
    return _kept_zipf(pages, exponent) if kept else _kept_zipf.__wrapped__(pages, exponent)


@lru_cache(maxsize=64)
def _kept_zipf(pages: int, exponent: float) -> npt.NDArray[np.float64]:
    import numpy as np

    weights: npt.NDArray[np.float64] = np.arange(1, pages + 1, dtype=np.float64) ** -exponent
    upto: npt.NDArray[np.float64] = np.cumsum(weights)
    upto /= upto[-1]
    return upto
