"""A heap whose entries may have become void, which then are dropped as they come up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heapify, heappop, heappush
from typing import Final, Generic, Protocol, TypeVar

_SPARE: Final = 64


class Numbered(Protocol):
    """What an entry stands for; among equal keys, the lower number comes first."""

    @property
    def number(self) -> int:
        """Its own among those in one heap."""


_Item = TypeVar("_Item", bound=Numbered)


class LazyHeap(Generic[_Item]):
    """Items by a key; `stands` says whether an item still has the key that an entry gives it.

    Void entries are dropped as they come up, or as they may be more than the others.
    """

    __slots__ = ("_room", "_stands", "entries")

    def __init__(self, stands: Callable[[int, _Item], bool]) -> None:
        self._stands = stands
        self._room = _SPARE
        self.entries: list[tuple[int, int, _Item]] = []

    def push(self, key: int, item: _Item) -> None:
        """Put an item in, with a key."""
        if len(self.entries) >= self._room:
            self._clean()
        heappush(self.entries, (key, item.number, item))

    def least(self) -> int | None:
        """Return the least key, None where there is none."""
        entries = self.entries
        while entries:
            key, _number, item = entries[0]
            if self._stands(key, item):
                return key
            heappop(entries)
        return None

    def up_to(self, most: int) -> Iterator[_Item]:
        """Take out and yield the items whose key is no more than `most`, the least first."""
        while self.entries and self.entries[0][0] <= most:
            key, _number, item = heappop(self.entries)
            if self._stands(key, item):
                yield item

    def _clean(self) -> None:
        self.entries = [entry for entry in self.entries if self._stands(entry[0], entry[2])]
        heapify(self.entries)
        self._room = 2 * len(self.entries) + _SPARE
