"""Block maps of any size in little memory: pages of the table, read as they are asked for."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from array import array
from collections import OrderedDict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from aio_sim.virtualization.images.image_file import ImageFile

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Entries = npt.NDArray[np.uint32]

ENTRY: Final = 4
"""Bytes of an entry: every map here is of little-endian u32."""

CACHED_BYTES: Final = 4 << 20


def from_bytes(cells: bytes) -> array[int]:
    """Return the little-endian u32 of `cells`."""
    entries = array("I")
    entries.frombytes(cells)
    if sys.byteorder == "big":
        entries.byteswap()
    return entries


def to_bytes(entries: array[int]) -> bytes:
    """Return the entries as little-endian u32."""
    if sys.byteorder == "big":
        entries = entries[:]
        entries.byteswap()
    return entries.tobytes()


class PagedEntries(ABC):
    """`count` entries of a map, in pages of `page_entries`; at most 4 MiB of them in memory.

    Changes are written when their page leaves the memory, and by `flush`.
    """

    def __init__(self, file: ImageFile, count: int, page_entries: int) -> None:
        self.file = file
        self.count = count
        self.page_entries = page_entries
        self._pages: OrderedDict[int, array[int]] = OrderedDict()
        self._dirty: set[int] = set()
        self._limit = max(CACHED_BYTES // (ENTRY * page_entries), 2)

    @abstractmethod
    def position(self, page: int) -> int | None:
        """Return where in the file the page begins, None where it is absent (all zeros)."""

    def copies(self, page: int) -> tuple[int, ...]:
        """Return all the places where the page must be written."""
        position = self.position(page)
        return () if position is None else (position,)

    @abstractmethod
    def make_present(self, page: int) -> None:
        """Give a page a place in the file, if it is absent."""

    def __getitem__(self, index: int) -> int:
        page, at = divmod(index, self.page_entries)
        return self._page(page)[at]

    def __setitem__(self, index: int, entry: int) -> None:
        page, at = divmod(index, self.page_entries)
        self.make_present(page)
        self._page(page)[at] = entry
        self._dirty.add(page)

    def arrays(self, first: int, last: int) -> Iterator[tuple[int, int, Entries | None]]:
        """Yield (first index, count, entries) of each page's part in [first, last).

        The entries are uint32 of shape (count,), or None where all of them are zero.
        """
        import numpy as np

        while first < last:
            page, at = divmod(first, self.page_entries)
            blank = self.blank_pages(page)
            count = min(max(blank, 1) * self.page_entries - at, last - first)
            if blank:
                yield first, count, None
            else:
                entries = np.frombuffer(self._page(page), dtype=np.uint32)
                yield first, count, entries[at : at + count]
            first += count

    def flush(self) -> None:
        """Write the changed pages."""
        for page in sorted(self._dirty):
            self._store(page, self._pages[page])
        self._dirty.clear()

    def _length(self, page: int) -> int:
        return min(self.page_entries, self.count - page * self.page_entries)

    def blank_pages(self, page: int) -> int:
        """Return how many pages from this one on are known to be zeros, without reading them."""
        return 0

    def _page(self, page: int) -> array[int]:
        entries = self._pages.get(page)
        if entries is not None:
            self._pages.move_to_end(page)
            return entries
        entries = self._load(page)
        self._pages[page] = entries
        if len(self._pages) > self._limit:
            oldest, cells = self._pages.popitem(last=False)
            if oldest in self._dirty:
                self._dirty.discard(oldest)
                self._store(oldest, cells)
        return entries

    def _load(self, page: int) -> array[int]:
        position, size = self.position(page), ENTRY * self._length(page)
        return from_bytes(bytes(size) if position is None else self.file.read(position, size))

    def _store(self, page: int, entries: array[int]) -> None:
        for position in self.copies(page):
            self.file.write(position, to_bytes(entries))


class EntryTable(PagedEntries):
    """Entries that lie in one piece from `start` of the file on."""

    def __init__(self, file: ImageFile, start: int, count: int) -> None:
        super().__init__(file, count, 16384)
        self.start = start

    def position(self, page: int) -> int:
        return self.start + page * self.page_entries * ENTRY

    def make_present(self, page: int) -> None:
        """Do nothing: in one piece, no page is absent."""
