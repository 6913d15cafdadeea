"""A page: a sorted list of keys and values, and its form in bytes with a checksum."""

from __future__ import annotations

from bisect import bisect_left
from itertools import chain
from struct import Struct
from typing import Final
from zlib import crc32

from aio_sim.storage.pages.errors import DamagedPageError

LEAF: Final = 0
"""Level of a page that holds rows; inner pages have the level of their children and one more."""
FREE: Final = 255
SPACE: Final = 254

_HEADER: Final = Struct("<IIQBHI")
"""Checksum, page number, log sequence number, level, entries, the page that follows (0: none)."""
_ENTRY: Final = Struct("<HH")
"""Lengths of a key and its value."""
_CHECKSUM_SIZE: Final = 4


def capacity(page_size: int) -> int:
    """Return the bytes that the entries of a page may take."""
    return page_size - _HEADER.size


def entry_size(key: bytes, value: bytes) -> int:
    """Return the bytes that an entry takes in a page."""
    return _ENTRY.size + len(key) + len(value)


class Page:
    """Entries in the order of their keys; inner pages hold the numbers of their children."""

    __slots__ = (
        "dirty_since",
        "first_used",
        "following",
        "keys",
        "level",
        "lsn",
        "number",
        "pins",
        "used",
        "values",
    )

    def __init__(self, number: int, level: int = LEAF) -> None:
        self.number = number
        self.level = level
        self.lsn = 0
        self.following = 0
        self.keys: list[bytes] = []
        self.values: list[bytes] = []
        self.used = 0
        self.pins = 0
        self.dirty_since = -1
        """Where in the log the first change stands that the data file lacks; -1: there is none."""
        self.first_used = 0

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, None where it is not here."""
        place = bisect_left(self.keys, key)
        if place < len(self.keys) and self.keys[place] == key:
            return self.values[place]
        return None

    def put(self, key: bytes, value: bytes) -> bytes | None:
        """Set the value of a key; return the one it had."""
        place = bisect_left(self.keys, key)
        if place < len(self.keys) and self.keys[place] == key:
            before = self.values[place]
            self.values[place] = value
            self.used += len(value) - len(before)
            return before
        self.keys.insert(place, key)
        self.values.insert(place, value)
        self.used += entry_size(key, value)
        return None

    def remove(self, key: bytes) -> bytes | None:
        """Take a key away; return the value it had."""
        place = bisect_left(self.keys, key)
        if place == len(self.keys) or self.keys[place] != key:
            return None
        del self.keys[place]
        before = self.values.pop(place)
        self.used -= entry_size(key, before)
        return before

    def cut(self, key: bytes, following: int) -> None:
        """Take away all entries from `key` on; `following` comes next."""
        place = bisect_left(self.keys, key)
        del self.keys[place:], self.values[place:]
        self.following = following
        self._weigh()

    def fill(self, keys: list[bytes], values: list[bytes]) -> None:
        """Have these entries and no others."""
        self.keys, self.values = keys, values
        self._weigh()

    def body(self) -> bytes:
        """Return level, number of entries, following page and entries: all but what identifies."""
        return self._bytes()[_CHECKSUM_SIZE + 4 + 8 :]

    def encode(self, page_size: int) -> bytes:
        """Return the page's `page_size` bytes."""
        rest = self._bytes()[_CHECKSUM_SIZE:].ljust(page_size - _CHECKSUM_SIZE, b"\0")
        return crc32(rest).to_bytes(_CHECKSUM_SIZE, "little") + rest

    def _bytes(self) -> bytes:
        head = _HEADER.pack(0, self.number, self.lsn, self.level, len(self.keys), self.following)
        lengths = (
            _ENTRY.pack(len(key), len(value))
            for key, value in zip(self.keys, self.values, strict=True)
        )
        entries = chain.from_iterable(zip(lengths, self.keys, self.values, strict=True))
        return head + b"".join(entries)

    def _weigh(self) -> None:
        self.used = _ENTRY.size * len(self.keys)
        self.used += sum(map(len, self.keys)) + sum(map(len, self.values))


def from_body(number: int, body: bytes) -> Page:
    """Return the page whose `body` these bytes are."""
    return _parse(bytes(_CHECKSUM_SIZE) + number.to_bytes(4, "little") + bytes(8) + body)


def is_whole(data: bytes) -> bool:
    """Whether the checksum of a page holds; a page that was never written has none."""
    return crc32(data[_CHECKSUM_SIZE:]) == int.from_bytes(data[:_CHECKSUM_SIZE], "little")


def number_of(data: bytes) -> int:
    """Return the number that a page says it has."""
    return int.from_bytes(data[4:8], "little")


def lsn_of(data: bytes) -> int:
    """Return the log sequence number of a page."""
    return int.from_bytes(data[8:16], "little")


def decode(number: int, data: bytes) -> Page:
    """Return the page that `data` is; one that was never written is an empty leaf.

    Raises DamagedPageError where the checksum is wrong, or the page is another one.
    """
    if data == bytes(len(data)):
        return Page(number)
    if not is_whole(data) or number_of(data) != number:
        raise DamagedPageError(number)
    return _parse(data)


def _parse(data: bytes) -> Page:
    _checksum, number, lsn, level, count, following = _HEADER.unpack_from(data)
    page = Page(number, level)
    page.lsn, page.following = lsn, following
    start = _HEADER.size
    for _index in range(count):
        key_size, value_size = _ENTRY.unpack_from(data, start)
        middle = start + _ENTRY.size + key_size
        page.keys.append(data[start + _ENTRY.size : middle])
        start = middle + value_size
        page.values.append(data[middle:start])
    page.used = start - _HEADER.size
    return page
