"""A plain dict beside a structure, against which each of its answers is held."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import Any

from aio_sim.storage.engine import Record
from aio_sim.storage.server.statements import bytes_of


class Twin:
    """The records of a store as a dict and a sorted list of keys; it counts no steps.

    `mistake` is what was answered wrongly first, empty as long as nothing was.
    """

    def __init__(self) -> None:
        self._records: dict[Any, Record] = {}
        self._keys: list[Any] = []
        self.mistake = ""

    def __len__(self) -> int:
        return len(self._records)

    def fill(self, records: Iterable[tuple[Any, Record]]) -> None:
        """Forget all, and hold these."""
        self._records = dict(records)
        self._keys = sorted(self._records)

    def bytes_of(self, key: Any) -> int:
        """Return the bytes of the record with a key, 0 where there is none."""
        return bytes_of(self._records[key]) if key in self._records else 0

    def put(self, key: Any, record: Record) -> None:
        """Hold a record."""
        if key not in self._records:
            insort(self._keys, key)
        self._records[key] = record

    def delete(self, key: Any) -> None:
        """Hold a record no more."""
        if self._records.pop(key, None) is not None:
            del self._keys[bisect_left(self._keys, key)]

    def compare(self, key: Any, answer: Record | None) -> None:
        """Compare what a structure answers for a key."""
        if self._records.get(key) is not answer:
            self.mistake = self.mistake or repr(key)

    def compare_from(self, low: Any, count: int, answer: list[Record]) -> None:
        """Compare what a structure answers for up to `count` keys from `low` on."""
        first = bisect_left(self._keys, low)
        expected = [self._records[key] for key in self._keys[first : first + count]]
        if len(expected) != len(answer) or any(
            mine is not theirs for mine, theirs in zip(expected, answer, strict=True)
        ):
            self.mistake = self.mistake or repr(low)
