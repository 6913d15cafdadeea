"""Statistics of bytes as they pass by: how often each occurs, and the entropy that follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import log2


class ByteStatistics:
    """How often each byte, and each pair of neighbours, occurs in what passes by."""

    def __init__(self) -> None:
        self._bytes: Counter[int] = Counter()
        self._pairs: Counter[tuple[int, int]] = Counter()
        self._last = b""
        self.size = 0

    def passing(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the chunks again, having counted them."""
        for chunk in chunks:
            self._bytes.update(chunk)
            self._pairs.update(pairwise(self._last + chunk))
            self._last = chunk[-1:] or self._last
            self.size += len(chunk)
            yield chunk

    def entropy(self, order: int) -> float:
        """Return the empirical entropy of order 0 or 1, in bits a byte (0 where nothing passed).

        H_k as in `aio_sim.codecs.entropy.empirical_entropy`, from counts.
        """
        if order == 0:
            bits = sum(each * log2(self.size / each) for each in self._bytes.values())
            return bits / max(self.size, 1)
        contexts: Counter[int] = Counter()
        for (before, _byte), count in self._pairs.items():
            contexts[before] += count
        bits = sum(each * log2(contexts[pair[0]] / each) for pair, each in self._pairs.items())
        return bits / max(self.size - 1, 1)
