"""The buffer pool: pages in memory, written back together when they must leave."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from aio_sim.kernel.errors import AioSimError
from aio_sim.kernel.messages import _
from aio_sim.storage.pages.midpoint_lru import MidpointLru
from aio_sim.storage.pages.page import Page


class BufferPool:
    """At most `capacity` pages; `load` reads one, `write` makes some durable.

    A pinned page does not leave and is not written: a change of it is on the way to the log.
    """

    def __init__(
        self,
        capacity: int,
        lru: MidpointLru,
        load: Callable[[int], Page],
        write: Callable[[list[Page]], None],
        batch: int,
    ) -> None:
        self._capacity = capacity
        self._lru = lru
        self._load = load
        self._write = write
        self._batch = batch
        self.dirty: dict[int, Page] = {}
        self.hits = 0
        self.misses = 0
        self.now = 0
        """The time in ns; whoever drives the engine moves it."""

    @property
    def lru(self) -> MidpointLru:
        """The order in which pages leave."""
        return self._lru

    def get(self, number: int) -> Page:
        """Return a page, read in where it is not here.

        Raises DamagedPageError where what is read is damaged.
        """
        page = self._lru.find(number, self.now)
        if page is not None:
            self.hits += 1
            return page
        self._make_room()
        self.misses += 1
        page = self._load(number)
        self._lru.add(page, self.now)
        return page

    def new(self, number: int) -> Page:
        """Return an empty page that need not be read, for whatever it held is of no use."""
        page = self._lru.find(number, self.now)
        if page is None:
            self._make_room()
            page = Page(number)
            self._lru.add(page, self.now)
        return page

    def mark_dirty(self, page: Page, since: int) -> None:
        """Note that a page was changed by the log's group at `since`."""
        if page.dirty_since < 0:
            page.dirty_since = since
            self.dirty[page.number] = page

    def write_back(self, before: int) -> None:
        """Write all pages that were first changed before an LSN, the longest dirty first."""
        due = [page for page in self.dirty.values() if page.dirty_since < before and not page.pins]
        due.sort(key=lambda page: page.dirty_since)
        for start in range(0, len(due), self._batch):
            self._clean(due[start : start + self._batch])

    def write_oldest(self, count: int) -> None:
        """Write that many of the pages that were dirty longest, in one batch."""
        due = (page for page in self.dirty.values() if not page.pins)
        if pages := list(islice(due, min(count, self._batch))):
            self._clean(pages)

    def resize(self, capacity: int) -> None:
        """Have another number of pages; the coldest leave at once."""
        self._capacity = capacity
        while len(self._lru) > capacity:
            self._evict()

    def _make_room(self) -> None:
        while len(self._lru) >= self._capacity:
            self._evict()

    def _evict(self) -> None:
        coldest = next((page for page in self._lru.coldest_first() if not page.pins), None)
        if coldest is None:
            raise AioSimError(_("all pages of the buffer pool are in use at once"))
        if coldest.dirty_since >= 0:
            # The others will be due soon, and a batch costs two flushes whatever its size.
            cold = islice(self._lru.coldest_first(), self._batch)
            self._clean([page for page in cold if page.dirty_since >= 0 and not page.pins])
        self._lru.remove(coldest.number)

    def _clean(self, pages: list[Page]) -> None:
        self._write(pages)
        for page in pages:
            page.dirty_since = -1
            del self.dirty[page.number]
