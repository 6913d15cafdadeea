"""Values as bytes that sort as the values do, whatever their types.

Source: MongoDB Manual, Comparison/Sort Order: null, numbers, text, objects, arrays, truth; for the
encoding, see `aio_sim.storage.relational.values`. It goes into objects and arrays here, and a whole
number and a floating-point one compare by what they are worth.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

LEAST: Final = b"\x01"
"""Before all values: MongoDB's MinKey."""
GREATEST: Final = b"\xff"
"""After all values: MongoDB's MaxKey."""
NULL: Final = b"\x05"
_NUMBER, _TEXT, _OBJECT, _ARRAY, _TRUTH = b"\x10", b"\x20", b"\x30", b"\x40", b"\x50"
_END: Final = b"\x00"

_REAL = Struct(">d")
_BITS = Struct(">Q")
_SIGN: Final = 1 << 63
_ALL_BITS: Final = (1 << 64) - 1
_NO_RESIDUE: Final = 0x8000
"""A whole number of 64 bits is within 512 of the nearest floating-point one."""
_INVERTED: Final = bytes(range(255, -1, -1))


def key_of(value: object) -> bytes:
    """Return bytes that sort as the value does; none are the beginning of another's."""
    if isinstance(value, str):
        return _TEXT + _escaped(value)
    if value is None:
        return NULL
    if isinstance(value, bool):
        return _TRUTH + (b"\x01" if value else b"\x00")
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, dict):
        fields = (_text_key(name) + key_of(each) for name, each in value.items())
        return _OBJECT + b"".join(fields) + _END
    if isinstance(value, list):
        return _ARRAY + b"".join(map(key_of, value)) + _END
    raise TypeError(value)


def descending(key: bytes) -> bytes:
    """Return bytes that sort the other way round."""
    return key.translate(_INVERTED)


def bracket(key: bytes) -> bytes:
    """Return the byte that keys of one type have in common; only those compare with each other."""
    return key[:1]


def next_bracket(key: bytes) -> bytes:
    """Return the least bytes behind all keys of a type."""
    return bytes([key[0] + 1])


def _number(value: float) -> bytes:
    nearest = float(value) + 0.0  # -0.0 is 0.0
    (bits,) = _BITS.unpack(_REAL.pack(nearest))
    ordered = bits ^ (_ALL_BITS if bits & _SIGN else _SIGN)
    residue = value - int(nearest) if isinstance(value, int) else 0
    return _NUMBER + _BITS.pack(ordered) + (residue + _NO_RESIDUE).to_bytes(2, "big")


def _text_key(name: str) -> bytes:
    return _TEXT + _escaped(name)


def _escaped(text: str) -> bytes:
    return text.encode().replace(b"\0", b"\0\xff") + b"\0\0"
