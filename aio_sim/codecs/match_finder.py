"""The longest earlier occurrence of what comes next, by hash chains (as RFC 1951, section 4)."""

from __future__ import annotations

MIN_MATCH = 3
"""Bytes; two of them cost less as literals than a distance does."""

MAX_MATCH = 4098
"""Bytes; the bound on what one token may produce, so on how much a small stream can swell."""

_STRIDE = 32


class MatchFinder:
    """Earlier positions by the three bytes that stand there, each chained to the one before.

    Finding costs at most `depth` comparisons, inserting a constant; memory is one entry a byte of
    `data`. `window` is the largest distance in bytes.
    """

    __slots__ = ("_data", "_depth", "_enough", "_heads", "_previous", "_window")

    def __init__(self, data: bytes, window: int, *, depth: int = 20, enough: int = 128) -> None:
        self._data = data
        self._window = window
        self._depth = depth
        self._enough = enough
        self._heads: dict[bytes, int] = {}
        self._previous = [-1] * len(data)

    def insert(self, start: int, end: int) -> None:
        """Make the positions start..end-1 known; each once, in order."""
        data, heads, previous = self._data, self._heads, self._previous
        for position in range(start, end):
            key = data[position : position + MIN_MATCH]
            previous[position] = heads.get(key, -1)
            heads[key] = position

    def longest(self, position: int, more_than: int = 0) -> tuple[int, int]:
        """Return (length, distance) of the longest match at `position`, (0, 0) where there is none.

        It must be longer than `more_than`. Of equally long ones the nearest is taken.
        """
        data, previous = self._data, self._previous
        limit = min(len(data) - position, MAX_MATCH)
        length, distance = max(more_than, MIN_MATCH - 1), 0
        candidate = self._heads.get(data[position : position + MIN_MATCH], -1)
        lowest = max(position - self._window, 0)
        for _attempt in range(self._depth):
            if candidate < lowest or length >= limit:
                break
            if data[candidate : candidate + length + 1] == data[position : position + length + 1]:
                length = self._extend(candidate, position, length + 1, limit)
                distance = position - candidate
                if length >= self._enough:
                    break
            candidate = previous[candidate]
        return (length, distance) if distance else (0, 0)

    def _extend(self, candidate: int, position: int, length: int, limit: int) -> int:
        data = self._data
        while (
            length + _STRIDE <= limit
            and data[candidate + length : candidate + length + _STRIDE]
            == data[position + length : position + length + _STRIDE]
        ):
            length += _STRIDE
        while length < limit and data[candidate + length] == data[position + length]:
            length += 1
        return length
