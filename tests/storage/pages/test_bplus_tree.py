"""The tree in pages is a dict in order, keeps its shape, and is as high as the formula says."""

from __future__ import annotations

import math
from collections import deque

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.storage.pages.bplus_tree import BPlusTree
from aio_sim.storage.pages.errors import DiskFullError
from aio_sim.storage.pages.page import Page, capacity
from aio_sim.storage.relational.database import Database

from ..relational.databases import database

KEYS = st.integers(0, 60).map(lambda number: f"key{number:04d}".encode())
CHANGES = st.lists(st.tuples(KEYS, st.none() | st.binary(max_size=90)), max_size=120)


def new_tree(pages: int = 2000) -> tuple[Database, BPlusTree]:
    made = database(pages)
    return made, made.transactions.tree(made.new_tree())


def put(tree: BPlusTree, made: Database, key: bytes, value: bytes) -> bytes | None:
    with made.store.change() as change:
        return tree.put(change, key, value)


def delete(tree: BPlusTree, made: Database, key: bytes) -> bytes | None:
    with made.store.change() as change:
        return tree.delete(change, key)


def check_shape(made: Database, tree: BPlusTree) -> None:
    """Check order, bounds, levels and the chain of leaves of all pages, from the root."""
    most = capacity(made.store.settings.page_size)
    leaves: list[Page] = []

    def visit(number: int, low: bytes, high: bytes | None, level: int | None) -> None:
        page = made.store.page(number)
        assert level is None or page.level == level
        assert page.keys == sorted(set(page.keys))
        assert all(key >= low and (high is None or key < high) for key in page.keys)
        assert page.used <= most
        if not page.level:
            leaves.append(page)
            return
        bounds = [*page.keys[1:], high]
        for key, value, above in zip(page.keys, page.values, bounds, strict=True):
            visit(int.from_bytes(value, "little"), key, above, page.level - 1)

    visit(tree.root, b"", None, None)
    assert [leaf.following for leaf in leaves] == [*(leaf.number for leaf in leaves[1:]), 0]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CHANGES)
def test_it_is_a_dict_in_order_whatever_is_done_to_it(
    changes: list[tuple[bytes, bytes | None]],
) -> None:
    made, tree = new_tree()
    model: dict[bytes, bytes] = {}
    for key, value in changes:
        if value is None:
            assert delete(tree, made, key) == model.pop(key, None)
        else:
            assert put(tree, made, key, value) == model.get(key)
            model[key] = value
    assert list(tree.scan()) == sorted(model.items())
    assert all(tree.get(key) == value for key, value in model.items())
    low, high = b"key0015", b"key0040"
    inside = [(key, value) for key, value in sorted(model.items()) if low <= key < high]
    assert list(tree.scan(low, high)) == inside
    check_shape(made, tree)


def test_rows_that_go_give_their_pages_back() -> None:
    made, tree = new_tree()
    before = made.store.pages_free
    for number in range(500):
        put(tree, made, b"%05d" % (number * 7919 % 500), bytes(20))
    assert tree.height >= 3
    for number in range(500):
        delete(tree, made, b"%05d" % number)
        if number % 50 == 0:
            check_shape(made, tree)
    assert list(tree.scan()) == []
    assert made.store.pages_free == before
    assert tree.height == 1


def test_the_height_is_the_logarithm_to_the_base_of_the_fan_out() -> None:
    """Entries and children a page hold by their sizes alone: half full at least, full at most."""
    made, tree = new_tree()
    key_size, value_size, rows = 6, 10, 4000
    for number in range(rows):
        put(tree, made, b"%06d" % (number * 7919 % rows), bytes(value_size))
    room = capacity(512)
    of_a_leaf, of_an_inner = room // (4 + key_size + value_size), room // (4 + key_size + 4)
    fewest = 1 + math.ceil(math.log(rows / of_a_leaf, of_an_inner))
    most = 1 + math.ceil(math.log(rows / (of_a_leaf // 2 - 1), of_an_inner // 2 - 1))
    assert fewest <= tree.height <= most


def test_ascending_rows_fill_their_pages() -> None:
    made, tree = new_tree()
    for number in range(1000):
        put(tree, made, b"%06d" % number, bytes(10))
    leaves = [page for page in tree.pages() if not page.level]
    full = sum(leaf.used for leaf in leaves) / len(leaves) / capacity(512)
    assert full > 0.9


def test_a_look_up_reads_as_many_pages_as_the_tree_is_high() -> None:
    made, tree = new_tree()
    for number in range(1000):
        put(tree, made, b"%06d" % number, bytes(10))
    height = tree.height
    before = made.cost
    tree.get(b"000500")
    assert made.cost.minus(before).pages_touched == height


def test_a_tree_is_dropped_page_by_page() -> None:
    made, tree = new_tree()
    made.publish({b"name": b""}, [tree.root], [])
    free = made.store.pages_free
    for number in range(300):
        put(tree, made, b"%06d" % number, bytes(10))
    made.publish({b"name": None}, [], [tree.root])
    assert made.store.pages_free == free + 1


def test_what_does_not_fit_is_refused_and_changes_nothing() -> None:
    made, tree = new_tree(pages=24)
    with pytest.raises(InputError, match="is too large: a page holds entries of 122"):
        put(tree, made, b"key", bytes(400))
    keys = (b"%06d" % number for number in range(1000))
    with pytest.raises(DiskFullError, match="all of its 24 pages are taken"):
        deque((put(tree, made, key, bytes(10)) for key in keys), maxlen=0)
    rows = len(list(tree.scan()))
    assert [key for key, _value in tree.scan()] == [b"%06d" % number for number in range(rows)]
    made.resize(30)
    put(tree, made, b"%06d" % rows, bytes(10))
    check_shape(made, tree)
