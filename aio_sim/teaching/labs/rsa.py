"""The lab on RSA: a key of toy size and each byte by hand, and the library's RSA-OAEP beside."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from aio_sim.codecs.encryption.primes import is_prime
from aio_sim.codecs.encryption.rsa_by_hand import (
    EuclidRow,
    PowerStep,
    ToyKey,
    extended_euclid,
    power,
    smallest_exponent,
    square_and_multiply,
)
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.teaching.labs.drawing import integer, one_of, stream

TEXTS: Final = ("Hi", "RSA", "key", "go", "yes")

REAL_BITS: Final = 2048
"""Bits of the library's key."""

_PRIMES: Final = tuple(number for number in range(17, 100) if is_prime(number))


@dataclass(frozen=True)
class RsaProblem:
    """A text to encrypt, as bytes, each by itself, under a key of toy size."""

    text: bytes
    key: ToyKey

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        text = self.text.decode("utf-8", "replace")
        return {"algorithm": "rsa", "text": text} | asdict(self.key)


@dataclass(frozen=True)
class OaepAnswer:
    """What the library makes of the whole text; sizes in bytes."""

    room: int
    size: int
    opens: bool
    same_twice: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"bits": REAL_BITS} | asdict(self)


@dataclass(frozen=True)
class RsaAnswer:
    """The key worked out, the text there and back, the first byte bit by bit, and the library."""

    key: ToyKey
    euclid: tuple[EuclidRow, ...]
    ciphertext: tuple[int, ...]
    decrypted: bytes
    encrypting: tuple[PowerStep, ...]
    decrypting: tuple[PowerStep, ...]
    library: OaepAnswer

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it."""
        key = self.key
        derived = {"modulus": key.modulus, "lambda": key.order, "private": key.private}
        return {
            "algorithm": "rsa",
            "key": asdict(key) | derived,
            "euclid": [row._asdict() for row in self.euclid],
            "ciphertext": list(self.ciphertext),
            "decrypted": list(self.decrypted),
            "encrypting": [step._asdict() for step in self.encrypting],
            "decrypting": [step._asdict() for step in self.decrypting],
            "library": self.library.as_json(),
        }


def draw(
    seed: int,
    *,
    text: bytes | None = None,
    primes: tuple[int, int] | None = None,
    exponent: int | None = None,
) -> RsaProblem:
    """Return a problem with what is given, the rest drawn under `seed`.

    The exponent is the smallest that will do where none is given. Raises InputError for numbers
    that make no key, or a text without a byte.
    """
    if text is None:
        text = one_of(stream(seed, "encrypt", "text"), TEXTS).encode()
    if not text:
        raise InputError(_("--text: expected a byte at least"))
    p, q = _drawn_primes(seed) if primes is None else primes
    if exponent is None:
        exponent = smallest_exponent(p, q) if min(p, q) > 1 else 3
    return RsaProblem(text, ToyKey(p, q, exponent))


def solve(problem: RsaProblem) -> RsaAnswer:
    """Return the answer; EncryptionError for a text that the library's key has no room for."""
    key, text = problem.key, problem.text
    ciphertext = tuple(power(byte, key.exponent, key.modulus) for byte in text)
    return RsaAnswer(
        key,
        tuple(extended_euclid(key.order, key.exponent)),
        ciphertext,
        bytes(power(number, key.private, key.modulus) for number in ciphertext),
        tuple(square_and_multiply(text[0], key.exponent, key.modulus)),
        tuple(square_and_multiply(ciphertext[0], key.private, key.modulus)),
        _oaep(text),
    )


def _drawn_primes(seed: int) -> tuple[int, int]:
    generator = stream(seed, "encrypt", "primes")
    first = integer(generator, 0, len(_PRIMES) - 1)
    second = integer(generator, 0, len(_PRIMES) - 2)
    return _PRIMES[first], _PRIMES[second + (second >= first)]


def _oaep(text: bytes) -> OaepAnswer:
    from aio_sim.codecs.encryption.keys import new_rsa_key
    from aio_sim.codecs.encryption.primitives import oaep_decrypt, oaep_encrypt, oaep_room

    key = new_rsa_key(REAL_BITS)
    once, again = (oaep_encrypt(key.public.key, text, b"") for _time in range(2))
    opened = oaep_decrypt(key.key, once, b"")
    return OaepAnswer(oaep_room(key.size), len(once), opened == text, once == again)
