"""The order of keys: total over all kinds of key, the same on every machine and in every run."""

from __future__ import annotations

import zlib
from typing import Any, Final

from aio_sim.kernel.messages import _

_NONE: Final = (0,)
_BOOL, _NUMBER, _TEXT, _BYTES, _SEQUENCE = 1, 2, 3, 4, 5

Order = tuple[Any, ...]
"""What keys are sorted and grouped by; keys of equal order are one key."""


def order(key: Any) -> Order:
    """Return what a key is sorted by: None < bools < numbers < strings < bytes < sequences.

    1 and 1.0 are one key, and so are (1, 2) and [1, 2]; True and 1 are two. Raises TypeError for
    any other kind of key, ValueError for NaN, which no order has a place for.
    """
    if isinstance(key, str):
        return (_TEXT, key)
    if key is None:
        return _NONE
    if isinstance(key, bool):
        return (_BOOL, key)
    if isinstance(key, int | float):
        if key != key:
            raise ValueError(_("the key is not a number (NaN), and cannot be sorted"))
        return (_NUMBER, key)
    if isinstance(key, bytes):
        return (_BYTES, key)
    if isinstance(key, list | tuple):
        return (_SEQUENCE, tuple(order(part) for part in key))
    sentence = _("the key {key!r} cannot be sorted; expected None, a number, text or a tuple")
    raise TypeError(sentence.format(key=key))


def spread(key: Any, partitions: int) -> int:
    """Return the partition of a key: its CRC-32 modulo their number, as hash(key) mod R.

    Python's own hash differs from run to run. Source of the rule: Dean & Ghemawat 2004, 4.1.
    """
    return zlib.crc32(repr(_canonical(key)).encode("utf-8", "surrogatepass")) % partitions


def _canonical(key: Any) -> Any:
    """Return the same for all keys of one order."""
    if isinstance(key, float) and key.is_integer():
        return int(key)
    if isinstance(key, list | tuple):
        return tuple(_canonical(part) for part in key)
    return key
