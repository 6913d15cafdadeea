"""Keys that count what is done with them, and what a structure asks of a key."""

from __future__ import annotations

from typing import Any, Final, Protocol, TypeVar

from aio_sim.storage.structures.counters import Counters

_DIGIT_BITS: Final = 4

RADIX: Final = 1 << _DIGIT_BITS
DIGITS: Final = 8
"""Digits of a key in base RADIX."""

LARGEST_KEY: Final = (1 << _DIGIT_BITS * DIGITS) - 1

_SIXTY_BITS: Final = (1 << 60) - 1


class Ordered(Protocol):
    """A key that has a place in an order."""

    def __lt__(self, other: Any, /) -> bool: ...


class OrderedHashable(Ordered, Protocol):
    """A key that has a place in an order, and a hash."""

    def __hash__(self) -> int: ...


class Digital(Protocol):
    """A key of DIGITS digits in base RADIX, the first of which weighs most."""

    def digit(self, depth: int, /) -> int: ...


OrderedKey = TypeVar("OrderedKey", bound=Ordered)


class Key:
    """A whole number from 0 to LARGEST_KEY that counts how often it is compared and hashed.

    `colliding` keys have all the same hash.
    """

    __slots__ = ("_counters", "colliding", "value")

    def __init__(self, value: int, counters: Counters, *, colliding: bool = False) -> None:
        self.value = value
        self.colliding = colliding
        self._counters = counters

    def digit(self, depth: int) -> int:
        """Return a digit; the one at depth 0 weighs most."""
        self._counters.digits += 1
        return self.value >> _DIGIT_BITS * (DIGITS - 1 - depth) & RADIX - 1

    def __lt__(self, other: Key) -> bool:
        self._counters.comparisons += 1
        return self.value < other.value

    def __eq__(self, other: Any) -> bool:  # keys are compared with keys alone
        self._counters.equality_tests += 1
        same: bool = self.value == other.value
        return same

    def __hash__(self) -> int:
        self._counters.hashes += 1
        return 0 if self.colliding else mixed(self.value)

    def __repr__(self) -> str:
        return f"Key({self.value})"


def mixed(number: int, salt: int = 0) -> int:
    """Return a number below 2**60 in which every bit depends on all bits of `number` and `salt`.

    Source: Steele, Lea & Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014
    (the finalizer of SplitMix64, after Stafford's mix 13).
    """
    word = (number + (salt + 1) * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    word = (word ^ word >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
    return (word ^ word >> 31) & _SIXTY_BITS
