"""Which page leaves the buffer pool: least recently used, with newcomers let in at the midpoint."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain

from aio_sim.storage.pages.page import Page


class MidpointLru:
    """Young pages in front, old ones behind; a page that is read in is the newest of the old.

    A use of an old page makes it young, but only `old_blocks_time` ns or more after its first use:
    a scan uses each page several times at once and never again, and so pushes nothing out that is
    in regular use. A young page moves to the head at each use (InnoDB spares the move within the
    first quarter of the list, to save locking).

    Source: MySQL Reference Manual, Buffer Pool and Making the Buffer Pool Scan Resistant.
    """

    def __init__(self, old_share: Fraction, old_blocks_time: int) -> None:
        self._young: OrderedDict[int, Page] = OrderedDict()
        self._old: OrderedDict[int, Page] = OrderedDict()
        self._old_parts, self._parts = old_share.numerator, old_share.denominator
        self._old_blocks_time = old_blocks_time
        self._plain = old_share == 1 and not old_blocks_time  # that is, least recently used
        self.made_young = 0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    @property
    def old(self) -> tuple[int, ...]:
        """Numbers of the old pages, the next to leave first."""
        return tuple(self._old)

    @property
    def young(self) -> tuple[int, ...]:
        """Numbers of the young pages, the least recently used first."""
        return tuple(self._young)

    def find(self, number: int, now: int) -> Page | None:
        """Return a page and count this as a use of it; None where it is not here."""
        if self._plain:
            page = self._old.get(number)
            if page is not None:
                self._old.move_to_end(number)
            return page
        page = self._young.get(number)
        if page is not None:
            self._young.move_to_end(number)
            return page
        page = self._old.get(number)
        if page is not None and now - page.first_used >= self._old_blocks_time:
            del self._old[number]
            self._young[number] = page
            self.made_young += 1
            self._balance()
        return page

    def add(self, page: Page, now: int) -> None:
        """Let a page in at the midpoint."""
        page.first_used = now
        self._old[page.number] = page
        self._balance()

    def remove(self, number: int) -> None:
        """Let a page go."""
        (self._old if number in self._old else self._young).pop(number)
        self._balance()

    def coldest_first(self) -> Iterator[Page]:
        """Yield all pages in the order in which they would leave."""
        return chain(self._old.values(), self._young.values())

    def _balance(self) -> None:
        """Move the midpoint so that the old list has its share."""
        wanted = min(max(len(self) * self._old_parts // self._parts, 1), len(self))
        while len(self._old) < wanted:
            number, page = self._young.popitem(last=False)
            self._old[number] = page
        while len(self._old) > wanted:
            number, page = self._old.popitem()
            self._young[number] = page
            self._young.move_to_end(number, last=False)
