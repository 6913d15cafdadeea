"""RSA of toy size, every step of the arithmetic: for reading, never for data.

Rivest, Shamir & Adleman, A Method for Obtaining Digital Signatures and Public-Key Cryptosystems,
CACM 21(2), 1978; the private exponent is taken modulo lambda(n), as in RFC 8017, 3.2. Numbers this
small are factored at sight, and without padding equal letters stay equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd, lcm
from typing import Final, NamedTuple

from aio_sim.codecs.encryption.primes import is_prime
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

LARGEST_PRIME: Final = 9999
"""What is still of toy size."""


class EuclidRow(NamedTuple):
    """A row of the extended algorithm: `remainder = x * a + y * b`.

    `quotient` is how often it goes into the remainder above, None in the two rows given.
    """

    quotient: int | None
    remainder: int
    x: int
    y: int


class PowerStep(NamedTuple):
    """One bit of the exponent, from the top: the result squared, and multiplied where it is 1."""

    bit: int
    squared: int
    result: int


@dataclass(frozen=True)
class ToyKey:
    """Two primes and a public exponent.

    Raises InputError unless the primes are two, of toy size and give a modulus above 255, so that a
    byte fits, and the exponent has an inverse.
    """

    p: int
    q: int
    exponent: int

    def __post_init__(self) -> None:
        for prime in (self.p, self.q):
            if prime > LARGEST_PRIME or not is_prime(prime):
                raise InputError(
                    _("{number} is not a prime of toy size, up to {largest}").format(
                        number=prime, largest=LARGEST_PRIME
                    )
                )
        if self.p == self.q or self.modulus < 256:
            raise InputError(
                _("p and q must be two primes with p * q above 255, not {p} and {q}").format(
                    p=self.p, q=self.q
                )
            )
        if not 1 < self.exponent < self.order or gcd(self.exponent, self.order) != 1:
            raise InputError(
                _(
                    "the public exponent must be from 2 to {most} and prime to {order}, not {e}"
                ).format(most=self.order - 1, order=self.order, e=self.exponent)
            )

    @property
    def modulus(self) -> int:
        """n = p q."""
        return self.p * self.q

    @property
    def order(self) -> int:
        """lambda(n): m**lambda is 1 modulo n for every m prime to n (Carmichael)."""
        return lcm(self.p - 1, self.q - 1)

    @property
    def private(self) -> int:
        """d, with e d = 1 modulo lambda(n)."""
        return extended_euclid(self.order, self.exponent)[-2].y % self.order


def smallest_exponent(p: int, q: int) -> int:
    """Return the smallest public exponent above 2 that goes with two primes."""
    order = lcm(p - 1, q - 1)
    return next((e for e in range(3, order) if gcd(e, order) == 1), 3)


def extended_euclid(a: int, b: int) -> list[EuclidRow]:
    """Return the rows down to remainder 0; the one before it has the greatest common divisor.

    Source: Knuth, The Art of Computer Programming vol. 2, 4.5.2, algorithm X.
    """
    rows = [EuclidRow(None, a, 1, 0), EuclidRow(None, b, 0, 1)]
    while rows[-1].remainder:
        above, last = rows[-2:]
        quotient = above.remainder // last.remainder
        rows.append(
            EuclidRow(
                quotient,
                above.remainder - quotient * last.remainder,
                above.x - quotient * last.x,
                above.y - quotient * last.y,
            )
        )
    return rows


def square_and_multiply(base: int, exponent: int, modulus: int) -> list[PowerStep]:
    """Return a step a bit of the exponent, from the top; the last one's result is the power.

    Source: Knuth, vol. 2, 4.6.3, the left-to-right binary method.
    """
    steps: list[PowerStep] = []
    result = 1
    for digit in f"{exponent:b}":
        squared = result * result % modulus
        result = squared * base % modulus if digit == "1" else squared
        steps.append(PowerStep(int(digit), squared, result))
    return steps


def power(base: int, exponent: int, modulus: int) -> int:
    """Return base ** exponent modulo `modulus`, by squaring and multiplying."""
    return square_and_multiply(base, exponent, modulus)[-1].result
