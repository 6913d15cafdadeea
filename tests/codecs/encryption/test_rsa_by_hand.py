"""RSA by hand: the textbook key, Euclid's identity, and powers as Python has them."""

from __future__ import annotations

from math import gcd, isqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.codecs.encryption.primes import is_prime
from aio_sim.codecs.encryption.rsa_by_hand import (
    ToyKey,
    extended_euclid,
    power,
    smallest_exponent,
    square_and_multiply,
)
from aio_sim.kernel.errors import InputError

PRIMES = [n for n in range(17, 200) if all(n % d for d in range(2, isqrt(n) + 1))]


def test_the_usual_example() -> None:
    key = ToyKey(61, 53, 17)
    assert (key.modulus, key.order, key.private) == (3233, 780, 413)
    assert power(65, 17, 3233) == 2790
    assert power(2790, 413, 3233) == 65


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_every_row_of_euclid_keeps_its_identity(a: int, b: int) -> None:
    rows = extended_euclid(a, b)
    assert all(row.remainder == row.x * a + row.y * b for row in rows)
    assert rows[-2].remainder == gcd(a, b)


@given(st.integers(0, 5000), st.integers(1, 5000), st.integers(2, 5000))
def test_squaring_and_multiplying_gives_the_power(base: int, exponent: int, modulus: int) -> None:
    steps = square_and_multiply(base, exponent, modulus)
    assert steps[-1].result == pow(base, exponent, modulus)
    assert len(steps) == exponent.bit_length()


@given(st.sampled_from(PRIMES), st.sampled_from(PRIMES), st.integers(0, 255))
def test_any_byte_comes_back(p: int, q: int, byte: int) -> None:
    if p == q or p * q < 256:
        return
    key = ToyKey(p, q, smallest_exponent(p, q))
    assert key.exponent * key.private % key.order == 1
    assert power(power(byte, key.exponent, key.modulus), key.private, key.modulus) == byte


@pytest.mark.parametrize(
    ("p", "q", "exponent", "says"),
    [
        (15, 53, 17, "15 is not a prime"),
        (10007, 53, 17, "10007 is not a prime of toy size"),
        (0, 53, 17, "0 is not a prime"),
        (53, 53, 17, "two primes"),
        (3, 5, 3, "above 255"),
        (61, 53, 15, "prime to 780"),
        (61, 53, 1, "from 2 to 779"),
        (61, 53, 781, "from 2 to 779"),
    ],
)
def test_what_makes_no_key_is_refused(p: int, q: int, exponent: int, says: str) -> None:
    with pytest.raises(InputError, match=says):
        ToyKey(p, q, exponent)


def test_primes_are_those_of_trial_division() -> None:
    for number in range(5000):
        by_hand = number > 1 and all(number % d for d in range(2, isqrt(number) + 1))
        assert is_prime(number) == by_hand, number


def test_strong_pseudoprimes_are_no_primes() -> None:
    # The smallest to bases 2, 3, 5, 7 and to the first eleven primes (Jaeschke 1993; OEIS A014233).
    assert not is_prime(3215031751)
    assert not is_prime(3825123056546413051)
    assert is_prime(2**127 - 1)
