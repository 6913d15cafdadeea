"""The buffer pool: scans pass through the old part, what is used again stays."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.storage.pages.buffer_pool import BufferPool
from aio_sim.storage.pages.midpoint_lru import MidpointLru
from aio_sim.storage.pages.page import Page


def new_pool(capacity: int, share: Fraction = Fraction(3, 8), time: int = 0) -> BufferPool:
    return BufferPool(capacity, MidpointLru(share, time), Page, lambda _pages: None, 4)


class Textbook:
    """The same by one list, newest first, and a pointer to the midpoint that is worked out."""

    def __init__(self, capacity: int, share: Fraction) -> None:
        self.capacity, self.share = capacity, share
        self.order: list[int] = []

    def midpoint(self, length: int) -> int:
        """Return the place of the first of the old ones: they have their share, one at least."""
        return max(length - max(int(length * self.share), 1), 0)

    def use(self, number: int) -> bool:
        if number in self.order:
            self.order.remove(number)
            self.order.insert(0, number)
            return True
        if len(self.order) == self.capacity:
            self.order.pop()
        self.order.insert(self.midpoint(len(self.order)), number)
        return False


@given(st.lists(st.integers(0, 30), max_size=300), st.integers(8, 20))
def test_hits_and_order_are_those_of_one_list_with_a_midpoint(
    uses: list[int], capacity: int
) -> None:
    pool, textbook = new_pool(capacity), Textbook(capacity, Fraction(3, 8))
    for number in uses:
        hits = pool.hits
        pool.get(number)
        assert (pool.hits > hits) == textbook.use(number)
    assert [page.number for page in pool.lru.coldest_first()] == textbook.order[::-1]


def test_a_scan_pushes_out_the_old_part_only() -> None:
    pool = new_pool(80)
    for number in [*range(2000, 2080), *range(20), *range(20), *range(1000, 1400)]:
        pool.get(number)
    misses = pool.misses
    for number in range(20):
        pool.get(number)
    assert pool.misses == misses


def test_with_all_of_it_old_a_scan_pushes_out_everything() -> None:
    pool = new_pool(80, share=Fraction(1))
    for number in [*range(50), *range(1000, 1400)]:
        pool.get(number)
    misses = pool.misses
    for number in range(50):
        pool.get(number)
    assert pool.misses == misses + 50


def test_a_page_grows_young_only_when_it_is_used_again_after_a_while() -> None:
    pool = new_pool(40, time=1000)
    for number in range(40):
        pool.get(number)
    old = pool.lru.old
    for number in old:
        pool.get(number)
    assert pool.lru.made_young == 0
    pool.now = 1000
    pool.get(old[-1])
    assert pool.lru.made_young == 1
    assert pool.lru.young[-1] == old[-1]


@pytest.mark.parametrize("share", [Fraction(37, 100), Fraction(5, 100), Fraction(95, 100)])
def test_the_old_part_has_its_share(share: Fraction) -> None:
    pool = new_pool(200, share)
    for number in [*range(200), *range(100), *range(500, 550)]:
        pool.get(number)
    assert len(pool.lru.old) == int(200 * share)


def test_dirty_pages_leave_together_and_pinned_ones_stay() -> None:
    written: list[list[int]] = []
    lru = MidpointLru(Fraction(3, 8), 0)
    pool = BufferPool(
        32, lru, Page, lambda pages: written.append([page.number for page in pages]), 4
    )
    for number in range(32):
        page = pool.get(number)
        pool.mark_dirty(page, since=number)
    coldest = [page.number for page in lru.coldest_first()]
    pool.get(coldest[0]).pins += 1
    order = [page for page in lru.coldest_first() if not page.pins]
    pool.get(100)
    assert written == [[page.number for page in order[:4]]]
    assert len(lru) == 32
    pool.write_back(before=10**9)
    rest = [number for number in range(32) if number not in [*written[0], coldest[0]]]
    assert list(chain.from_iterable(written[1:])) == rest
