"""Arithmetic of bytes: the field GF(256), in which a byte can be divided by any but 0.

Bytes are polynomials over the bits, multiplied modulo x^8 + x^4 + x^3 + x^2 + 1, of which x is a
primitive element (J. S. Plank, A Tutorial on Reed-Solomon Coding for Fault-Tolerance in RAID-like
Systems, Software: Practice and Experience 27(9), 1997). To add and to subtract is to XOR.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

POLYNOMIAL: Final = 0b1_0001_1101
ORDER: Final = 255
"""How many bytes are not 0: all are powers of x."""


def _powers() -> list[int]:
    powers = [1]
    for _ in range(1, ORDER):
        double = powers[-1] << 1
        powers.append(double ^ POLYNOMIAL if double > 0xFF else double)
    return powers


_POWER: Final = _powers()
_LOGARITHM: Final = {power: exponent for exponent, power in enumerate(_POWER)}

Matrix = list[list[int]]


def multiply(left: int, right: int) -> int:
    """Return the product of two bytes."""
    if not left or not right:
        return 0
    return _POWER[(_LOGARITHM[left] + _LOGARITHM[right]) % ORDER]


def inverse(byte: int) -> int:
    """Return 1 / byte; ZeroDivisionError where it is 0."""
    if not byte:
        raise ZeroDivisionError("0 has no inverse in GF(256)")
    return _POWER[-_LOGARITHM[byte] % ORDER]


def combine(factors: Sequence[int], shards: Sequence[bytes]) -> bytes:
    """Return the sum of factor times shard, byte by byte; all shards are equally long."""
    total = 0
    for factor, shard in zip(factors, shards, strict=True):
        total ^= int.from_bytes(shard.translate(_times(factor)), "little")
    return total.to_bytes(len(shards[0]), "little")


def product(left: Matrix, right: Matrix) -> Matrix:
    """Return the product of two matrices."""
    columns = list(zip(*right, strict=True))
    return [[_dot(row, column) for column in columns] for row in left]


def inverted(matrix: Matrix) -> Matrix:
    """Return the inverse of a square matrix, by Gauss and Jordan; ZeroDivisionError if singular."""
    size = len(matrix)
    rows = [[*row, *unit] for row, unit in zip(matrix, identity(size), strict=True)]
    for column in range(size):
        pivot = next((row for row in range(column, size) if rows[row][column]), column)
        rows[column], rows[pivot] = rows[pivot], rows[column]
        scale = inverse(rows[column][column])
        rows[column] = [multiply(scale, cell) for cell in rows[column]]
        for row in range(size):
            if row != column and (factor := rows[row][column]):
                rows[row] = [
                    cell ^ multiply(factor, above)
                    for cell, above in zip(rows[row], rows[column], strict=True)
                ]
    return [row[size:] for row in rows]


def identity(size: int) -> Matrix:
    """Return the matrix that changes nothing."""
    return [[int(row == column) for column in range(size)] for row in range(size)]


def _dot(row: Sequence[int], column: Sequence[int]) -> int:
    total = 0
    for left, right in zip(row, column, strict=True):
        total ^= multiply(left, right)
    return total


@cache
def _times(factor: int) -> bytes:
    """Return the table that multiplies every byte by a factor, for `bytes.translate`."""
    return bytes(multiply(factor, byte) for byte in range(256))
