"""A Bloom filter: bits that tell of most keys that they are not in a set, and never err so."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from math import exp, log
from typing import Final

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.structures.keys import mixed

BITS_A_KEY: Final = 10
"""What the wiki of RocksDB gives in its example: about 1 % of errors."""


class BloomFilter:
    """A set of at most `capacity` keys that sometimes takes a key for one of its own.

    `hashes` bits are set for each key, made of two hashes. Raises InputError where the capacity or
    the bits a key are not positive.

    Source: Bloom, Space/Time Trade-offs in Hash Coding with Allowable Errors, CACM 13(7), 1970;
    Kirsch & Mitzenmacher, Less Hashing, Same Performance, Random Structures & Algorithms 33,
    2008.
    """

    def __init__(self, capacity: int, bits_a_key: int = BITS_A_KEY) -> None:
        if capacity < 1 or bits_a_key < 1:
            raise InputError(_("a Bloom filter needs a capacity and bits a key of 1 or more"))
        self.bits = capacity * bits_a_key
        self.hashes = max(round(bits_a_key * log(2)), 1)
        self._field = bytearray(-(-self.bits // 8))

    def add(self, key: Hashable) -> None:
        """Add a key."""
        for bit in self._places(key):
            self._field[bit >> 3] |= 1 << (bit & 7)

    def __contains__(self, key: Hashable) -> bool:
        """Whether a key may have been added; False is sure."""
        return all(self._field[bit >> 3] & 1 << (bit & 7) for bit in self._places(key))

    def expected_error(self, keys: int) -> float:
        """Return the chance that a key that was not added is taken for one of `keys` that were.

        (1 - e^(-k n / m))^k with k hashes, n keys, m bits: Broder & Mitzenmacher, Network
        Applications of Bloom Filters: A Survey, Internet Mathematics 1(4), 2004.
        """
        return float((1 - exp(-self.hashes * keys / self.bits)) ** self.hashes)

    def _places(self, key: Hashable) -> Iterator[int]:
        hashed = hash(key)
        first, step = mixed(hashed, 1), mixed(hashed, 2) | 1
        return ((first + number * step) % self.bits for number in range(self.hashes))
