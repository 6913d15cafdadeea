"""Values of columns as bytes: keys that sort as their values do, and rows that are read back."""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from typing import Final, TypeAlias

Value: TypeAlias = int | float | str | bytes | None
"""What a column can hold; None is SQL's NULL, and truth is 0 or 1."""

FEWEST_INTEGER: Final = -(2**63)
LARGEST_INTEGER: Final = 2**63 - 1

_SIGN: Final = 1 << 63
_UNSIGNED = Struct(">Q")
_REAL = Struct(">d")
_INTEGER_IN_ROW = Struct("<q")
_REAL_IN_ROW = Struct("<d")
_LENGTH = Struct("<I")
_NULL, _INTEGER, _FLOAT, _TEXT, _BYTES = range(5)
_AFTER_ALL = b"\xff"


def key_of(values: Iterable[Value]) -> bytes:
    """Return bytes that sort as the values do, one after the other; NULL comes first.

    Source: the encoding of MyRocks and CockroachDB, "memcomparable": integers with their sign
    turned round, floats by their IEEE 754 bits, text with 0 escaped and ended by 0 0.
    """
    return b"".join(map(_part, values))


def after(key: bytes) -> bytes:
    """Return the least bytes behind all keys that begin with `key`."""
    return key + _AFTER_ALL


def row_of(values: Iterable[Value]) -> bytes:
    """Return the bytes of a row."""
    return b"".join(map(_field, values))


def values_of(row: bytes) -> tuple[Value, ...]:
    """Return the values of a row."""
    values: list[Value] = []
    place, end, length_at = 0, len(row), _LENGTH.unpack_from
    while place < end:
        kind = row[place]
        if kind >= _TEXT:
            start = place + 1 + _LENGTH.size
            place = start + length_at(row, place + 1)[0]
            held = row[start:place]
            values.append(held.decode() if kind == _TEXT else held)
        elif kind == _NULL:
            place += 1
            values.append(None)
        else:
            layout = _INTEGER_IN_ROW if kind == _INTEGER else _REAL_IN_ROW
            values.append(layout.unpack_from(row, place + 1)[0])
            place += 1 + layout.size
    return tuple(values)


def _part(value: Value) -> bytes:
    if value is None:
        return b"\x00"
    if isinstance(value, int):
        return b"\x01" + _UNSIGNED.pack(value + _SIGN)
    if isinstance(value, float):
        (bits,) = _UNSIGNED.unpack(_REAL.pack(value + 0.0))  # -0.0 is 0.0
        return b"\x01" + _UNSIGNED.pack(bits ^ (2**64 - 1 if bits & _SIGN else _SIGN))
    held = value.encode() if isinstance(value, str) else value
    return b"\x02" + held.replace(b"\0", b"\0\xff") + b"\0\0"


def _field(value: Value) -> bytes:
    if value is None:
        return b"\x00"
    if isinstance(value, int):
        return b"\x01" + _INTEGER_IN_ROW.pack(value)
    if isinstance(value, float):
        return b"\x02" + _REAL_IN_ROW.pack(value)
    held = value.encode() if isinstance(value, str) else value
    return bytes([_TEXT if isinstance(value, str) else _BYTES]) + _LENGTH.pack(len(held)) + held
