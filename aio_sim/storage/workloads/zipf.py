"""Which record is asked for: few of them often, as Zipf's law has it.

Source: Gray, Sundaresan, Englert, Baclawski & Weinberger, Quickly Generating Billion-Record
Synthetic Databases, SIGMOD 1994, for the way to draw; Cooper, Silberstein, Tam, Ramakrishnan &
Sears, Benchmarking Cloud Serving Systems with YCSB, SoCC 2010, for the kinds of popularity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

ZIPFIAN_CONSTANT: Final = 0.99
"""The exponent. Source: YCSB, ZipfianGenerator."""

SCRAMBLED_ITEMS: Final = 10_000_000_000
"""Ranks that are drawn from before they are scattered. Source: YCSB, ScrambledZipfianGenerator."""

_SUMMED: Final = 1_000_000
"""Terms of zeta that are added up; the rest is an integral, exact to some 1e-13 of a term."""

_FNV_OFFSET: Final = 0xCBF29CE484222325
_FNV_PRIME: Final = 1_099_511_628_211
"""Source: Fowler, Noll & Vo, FNV-1 hash, 64 bits; YCSB, Utils."""


def zeta(n: int, theta: float) -> float:
    """Return the sum of 1 / i^theta for i from 1 to n; theta is not 1.

    Beyond a million terms by the formula of Euler and Maclaurin.
    """
    import numpy as np

    summed = min(n, _SUMMED)
    total = float(np.sum(np.arange(1, summed + 1, dtype=np.float64) ** -theta))
    if n > summed:
        power = 1 - theta
        total += (float(n) ** power - float(summed) ** power) / power
        total += (float(n) ** -theta - float(summed) ** -theta) / 2
    return total


class Zipf:
    """Draws ranks from 0 to n - 1; rank i has a probability near 1 / ((i + 1)^theta zeta(n)).

    The first two ranks are exact, the others by a continuous approximation (Gray et al., figure 2).
    """

    def __init__(self, n: int, theta: float = ZIPFIAN_CONSTANT) -> None:
        self.n = n
        self.theta = theta
        self._zeta = zeta(n, theta)
        self._alpha = 1 / (1 - theta)
        two = zeta(2, theta)
        self._eta = (1 - (2 / n) ** (1 - theta)) / (1 - two / self._zeta) if n > 2 else 0.0

    def draw(self, generator: np.random.Generator, count: int) -> npt.NDArray[np.int64]:
        """Return that many ranks, int64 of shape (count,)."""
        import numpy as np

        uniform = generator.random(count)
        scaled = uniform * self._zeta
        ranks = (self.n * (self._eta * uniform - self._eta + 1) ** self._alpha).astype(np.int64)
        ranks = np.where(scaled < 1, 0, np.where(scaled < 1 + 0.5**self.theta, 1, ranks))
        return np.minimum(ranks, self.n - 1)


def fnv64(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the FNV hash of each number's eight bytes, made positive as YCSB does."""
    import numpy as np

    rest = numbers.astype(np.uint64)
    hashed = np.full(rest.shape, _FNV_OFFSET, dtype=np.uint64)
    for _byte in range(8):
        hashed ^= rest & np.uint64(0xFF)
        hashed *= np.uint64(_FNV_PRIME)
        rest >>= np.uint64(8)
    return np.abs(hashed.view(np.int64))


class Scrambled:
    """Zipfian popularity, with the popular records scattered over all of them.

    As in YCSB, ranks are drawn from ten billion and hashed, so that the law does not change as
    records are added.
    """

    def __init__(self, theta: float = ZIPFIAN_CONSTANT) -> None:
        self._zipf = Zipf(SCRAMBLED_ITEMS, theta)

    def draw(
        self, generator: np.random.Generator, count: int, records: int
    ) -> npt.NDArray[np.int64]:
        """Return which of so many records are asked for, int64 of shape (count,)."""
        return fnv64(self._zipf.draw(generator, count)) % records


class Latest:
    """The newest record is the most popular one, the one before it the next, and so on."""

    def __init__(self, theta: float = ZIPFIAN_CONSTANT) -> None:
        self._theta = theta

    def draw(
        self, generator: np.random.Generator, count: int, records: int
    ) -> npt.NDArray[np.int64]:
        """Return which of so many records are asked for, int64 of shape (count,)."""
        return records - 1 - Zipf(records, self._theta).draw(generator, count)


class Uniform:
    """Every record is as popular as any other."""

    def draw(
        self, generator: np.random.Generator, count: int, records: int
    ) -> npt.NDArray[np.int64]:
        """Return which of so many records are asked for, int64 of shape (count,)."""
        return generator.integers(0, records, count)
