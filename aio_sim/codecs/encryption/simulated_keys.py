"""Keys and random bytes from a named random stream: for simulations only.

The same seed makes the same keys, which is what a simulation wants and what no real key may be:
the generators of numpy can be foretold. Real keys are those of `keys`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aio_sim.codecs.encryption import primitives
from aio_sim.codecs.encryption.keys import AesKey, RsaPrivateKey, check_rsa_bits, new_aes_key
from aio_sim.codecs.encryption.primes import draw_prime

if TYPE_CHECKING:
    import numpy as np


class SimulatedEntropy:
    """Random bytes of a random stream, in place of those of the operating system."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator

    def __call__(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        return self._generator.bytes(size)


def simulated_aes_key(generator: np.random.Generator, size: int = 32) -> AesKey:
    """Return an AES key of `size` bytes that the stream determines; never for real data."""
    return new_aes_key(size, SimulatedEntropy(generator))


def simulated_rsa_key(generator: np.random.Generator, bits: int = 2048) -> RsaPrivateKey:
    """Return an RSA key pair that the stream determines; never for real data.

    Takes about a second. Raises InputError below 2048 bits.
    """
    check_rsa_bits(bits)
    entropy, half = SimulatedEntropy(generator), bits // 2

    def draw() -> int:
        return int.from_bytes(entropy((half + 7) // 8)) >> -half % 8

    def usable(prime: int) -> bool:
        return prime % primitives.PUBLIC_EXPONENT != 1

    first = draw_prime(half, draw, usable)
    second = draw_prime(half, draw, lambda prime: usable(prime) and prime != first)
    return RsaPrivateKey(primitives.rsa_of_primes(first, second))
