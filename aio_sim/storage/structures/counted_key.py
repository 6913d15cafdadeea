"""Keys of any kind, text or numbers or several of both, that count what is done with them."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final

from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.keys import mixed


class CountedKey:
    """The key of a record, which counts how often it is compared and hashed.

    Its hash is the same in every process, unlike Python's own of a text.
    """

    __slots__ = ("_counters", "value")

    def __init__(self, value: Any, counters: Counters) -> None:
        self.value = value
        self._counters = counters

    def __lt__(self, other: CountedKey) -> bool:
        self._counters.comparisons += 1
        is_before: bool = self.value < other.value
        return is_before

    def __eq__(self, other: Any) -> bool:  # keys are compared with keys alone
        self._counters.equality_tests += 1
        same: bool = self.value == other.value
        return same

    def __hash__(self) -> int:
        self._counters.hashes += 1
        return _number(self.value)

    def __repr__(self) -> str:
        return f"CountedKey({self.value!r})"


class _Last(CountedKey):
    """A key after all others; that it is takes no step to know."""

    __slots__ = ()

    def __lt__(self, _other: CountedKey) -> bool:
        return False


LAST: Final[CountedKey] = _Last(None, Counters())
"""The end of a range that has none."""


def _number(value: object) -> int:
    """Return a number below 2**60 in which every bit depends on all of a key."""
    if isinstance(value, int):
        return mixed(value)
    if isinstance(value, tuple):
        number = len(value)
        for part in value:
            number = mixed(number ^ _number(part))
        return number
    return int.from_bytes(blake2b(repr(value).encode(), digest_size=7).digest(), "little")
