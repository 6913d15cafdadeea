"""AES as FIPS 197 defines it, one block, step by step: for reading, never for data.

It is slow, leaks its key through the time it takes, and one block is no way to encrypt a text. Data
goes through `envelope`. A state is 16 bytes, column by column: byte `r + 4 c` is row r, column c.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

BLOCK: Final = 16
"""Bytes of a block, whatever the size of the key."""

ROUNDS: Final = {16: 10, 24: 12, 32: 14}
"""Rounds for a key of so many bytes (FIPS 197, table 3)."""

_POLYNOMIAL: Final = 0x11B
"""x**8 + x**4 + x**3 + x + 1 (FIPS 197, 4.2)."""

_MIX: Final = (2, 3, 1, 1)
_MIX_BACK: Final = (14, 11, 13, 9)
"""First rows of the matrices of MixColumns and its inverse (FIPS 197, 5.1.3 and 5.3.3)."""


@dataclass(frozen=True)
class Round:
    """One round: the state at its start, after each step, and the key that ends it."""

    number: int
    start: bytes
    sub_bytes: bytes
    shift_rows: bytes
    mix_columns: bytes | None
    """None in the last round, which leaves it out."""
    key: bytes

    @property
    def end(self) -> bytes:
        """The state after AddRoundKey."""
        mixed = self.shift_rows if self.mix_columns is None else self.mix_columns
        return add_round_key(mixed, self.key)


@dataclass(frozen=True)
class BlockEncryption:
    """A block on its way through the cipher; `keys` has one more than there are rounds."""

    block: bytes
    keys: tuple[bytes, ...]
    rounds: tuple[Round, ...]

    @property
    def ciphertext(self) -> bytes:
        """What comes out."""
        return self.rounds[-1].end


def encrypt_block(key: bytes, block: bytes) -> BlockEncryption:
    """Return every step of the cipher (FIPS 197, 5.1).

    Raises InputError unless the block has 16 bytes and the key 16, 24 or 32.
    """
    _check_block(block)
    keys = expand_key(key)
    state, rounds = add_round_key(block, keys[0]), []
    for number in range(1, len(keys)):
        substituted = sub_bytes(state)
        shifted = shift_rows(substituted)
        mixed = mix_columns(shifted) if number < len(keys) - 1 else None
        rounds.append(Round(number, state, substituted, shifted, mixed, keys[number]))
        state = rounds[-1].end
    return BlockEncryption(block, keys, tuple(rounds))


def decrypt_block(key: bytes, block: bytes) -> bytes:
    """Return the block that `encrypt_block` made into this one (FIPS 197, 5.3); errors as there."""
    _check_block(block)
    first, *others, last = expand_key(key)
    state = add_round_key(block, last)
    for round_key in reversed(others):
        state = add_round_key(sub_bytes_back(shift_rows_back(state)), round_key)
        state = mix_columns(state, _MIX_BACK)
    return add_round_key(sub_bytes_back(shift_rows_back(state)), first)


def expand_key(key: bytes) -> tuple[bytes, ...]:
    """Return the key of each round, the one before the first round included (FIPS 197, 5.2)."""
    if len(key) not in ROUNDS:
        raise InputError(_("a key of AES has 16, 24 or 32 bytes, not {size}").format(size=len(key)))
    words = [key[at : at + 4] for at in range(0, len(key), 4)]
    given, round_constant = len(words), 1
    for number in range(given, 4 * (ROUNDS[len(key)] + 1)):
        word = words[-1]
        if number % given == 0:
            word = add_round_key(sub_bytes(word[1:] + word[:1]), bytes([round_constant, 0, 0, 0]))
            round_constant = multiply(round_constant, 2)
        elif given > 6 and number % given == 4:
            word = sub_bytes(word)
        words.append(add_round_key(words[number - given], word))
    return tuple(b"".join(words[at : at + 4]) for at in range(0, len(words), 4))


def sub_bytes(state: bytes) -> bytes:
    """Return each byte replaced by what the S-box has for it."""
    return bytes(S_BOX[byte] for byte in state)


def sub_bytes_back(state: bytes) -> bytes:
    """Return what SubBytes was given."""
    return bytes(S_BOX.index(byte) for byte in state)


def shift_rows(state: bytes) -> bytes:
    """Return row r turned r places to the left."""
    return bytes(state[(at + 4 * (at % 4)) % BLOCK] for at in range(BLOCK))


def shift_rows_back(state: bytes) -> bytes:
    """Return row r turned r places to the right."""
    return bytes(state[(at - 4 * (at % 4)) % BLOCK] for at in range(BLOCK))


def mix_columns(state: bytes, row: tuple[int, ...] = _MIX) -> bytes:
    """Return each column times a matrix whose rows are `row`, turned; the inverse has another."""
    mixed = bytearray()
    for column in range(0, BLOCK, 4):
        for turn in range(4):
            products = (
                multiply(row[(place - turn) % 4], state[column + place]) for place in range(4)
            )
            mixed.append(_sum(products))
    return bytes(mixed)


def add_round_key(state: bytes, key: bytes) -> bytes:
    """Return the exclusive or of two byte strings of one length."""
    return bytes(a ^ b for a, b in zip(state, key, strict=True))


def multiply(a: int, b: int) -> int:
    """Return the product of two bytes as polynomials over GF(2), modulo AES's (FIPS 197, 4.2)."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0x100:
            a ^= _POLYNOMIAL
        b >>= 1
    return product


def inverse(byte: int) -> int:
    """Return what times `byte` is 1, and 0 for 0: the 254th power, as the 255th is 1."""
    result = 1
    for _factor in range(254):
        result = multiply(result, byte)
    return result


def substitute(byte: int) -> int:
    """Return the S-box of a byte: its inverse, then an affine map (FIPS 197, 5.1.1)."""
    found = inverse(byte)
    turned = (found << turn | found >> (8 - turn) for turn in range(5))
    return _sum(turned) & 0xFF ^ 0x63


def _sum(terms: Iterable[int]) -> int:
    """Return the sum in GF(2^8), where adding is the exclusive or."""
    return reduce(xor, terms)


def _check_block(block: bytes) -> None:
    if len(block) != BLOCK:
        raise InputError(_("a block of AES has 16 bytes, not {size}").format(size=len(block)))


S_BOX: Final = bytes(substitute(byte) for byte in range(256))
"""The substitution of every byte."""
