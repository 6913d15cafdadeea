"""Primes, for keys of toy size and for keys that are drawn from a random stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

_BASES: Final = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)
"""Enough bases to decide below 3.3e24 (Sorenson & Webster, Math. Comp. 86, 2017)."""


def is_prime(number: int) -> bool:
    """Return whether a number is prime, by the test of Miller and Rabin.

    It is exact below 3.3e24. Above, the bases are fixed, so that only numbers drawn at random may
    be trusted to it (Damgard, Landrock & Pomerance, Math. Comp. 61, 1993).
    """
    if number < 2:
        return False
    for base in _BASES:
        if number % base == 0:
            return number == base
    return all(_passes(number, base) for base in _BASES)


def draw_prime(bits: int, draw: Callable[[], int], fits: Callable[[int], bool]) -> int:
    """Return the first prime of `bits` bits that `fits` among the numbers drawn.

    `draw` gives numbers of at most `bits` bits; the two highest bits are set, so that the product
    of two such primes has 2 * `bits` bits, and the lowest, as primes are odd.
    """
    while True:
        candidate = draw() | 3 << (bits - 2) | 1
        if is_prime(candidate) and fits(candidate):
            return candidate


def _passes(number: int, base: int) -> bool:
    """Return whether `base` finds no proof that an odd number is composite."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    power = pow(base, odd, number)
    if power in (1, number - 1):
        return True
    for _square in range(twos - 1):
        power = power * power % number
        if power == number - 1:
            return True
    return False
