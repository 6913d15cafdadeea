"""What each structure promises about its shape, after whatever was done to it."""

from __future__ import annotations

from itertools import pairwise
from math import log2
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.storage.structures.avl_tree import AvlTree
from aio_sim.storage.structures.bplus_node import Inner
from aio_sim.storage.structures.bplus_tree import BPlusTree
from aio_sim.storage.structures.chained_hash_table import ChainedHashTable
from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.lsm_tree import LsmTree
from aio_sim.storage.structures.open_hash_table import OpenHashTable
from aio_sim.storage.structures.skip_list import SkipList, fair_coin

STEPS = st.lists(st.integers(-60, 60), max_size=150)
"""A number from 0 on is inserted, a negative one's opposite is deleted."""


def lived(structure: Any, steps: list[int]) -> Any:
    for step in steps:
        if step >= 0:
            structure.insert(step, step)
        else:
            structure.delete(-step)
    return structure


def heights(node: Any) -> int:
    """Return the height of a subtree of an AVL tree, having checked it."""
    if node is None:
        return 0
    left, right = heights(node.left), heights(node.right)
    assert abs(left - right) <= 1
    assert node.height == 1 + max(left, right)
    return int(node.height)


def leaves(node: Any, page_items: int, low: int | None, high: int | None, root: bool) -> list[Any]:
    """Return the leaves below a page of a B+ tree with their depth, having checked all pages."""
    assert len(node.keys) <= page_items
    assert root or len(node.keys) >= page_items // 2
    assert all(a < b for a, b in pairwise(node.keys))
    assert all((low is None or low <= k) and (high is None or k < high) for k in node.keys)
    if not isinstance(node, Inner):
        return [(0, node)]
    assert len(node.children) == len(node.keys) + 1
    bounds = [low, *node.keys, high]
    return [
        (depth + 1, leaf)
        for child, (below, above) in zip(node.children, pairwise(bounds), strict=True)
        for depth, leaf in leaves(child, page_items, below, above, root=False)
    ]


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_the_two_sides_of_an_avl_tree_differ_by_one_at_most(steps: list[int]) -> None:
    tree = lived(AvlTree(), steps)
    assert tree.height == heights(tree._root)
    assert tree.height < 1.4405 * log2(len(tree) + 2)


@pytest.mark.parametrize("page_items", [3, 4, 5, 8])
@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_the_pages_of_a_b_plus_tree_are_half_full_and_its_leaves_equally_deep(
    page_items: int, steps: list[int]
) -> None:
    tree = lived(BPlusTree(page_items=page_items), steps)
    found = leaves(tree.root, page_items, None, None, root=True)
    assert {depth for depth, _leaf in found} == {tree.height - 1}
    for (_depth, leaf), (_deeper, following) in pairwise(found):
        assert leaf.following is following
    assert found[-1][1].following is None


def test_a_lookup_in_a_b_plus_tree_reads_a_page_a_level() -> None:
    counters = Counters()
    tree: BPlusTree[int, int] = BPlusTree(counters, page_items=4)
    for number in Random(1).sample(range(10**6), 1000):
        tree.insert(number, number)
    before = counters.page_reads
    tree.lookup(77)
    assert counters.page_reads - before == tree.height
    # Half-full pages are the tallest tree (Comer 1979), full ones the lowest.
    assert log2(1000 / 4) / log2(5) <= tree.height <= 1 + log2(1000 / 2) / log2(3) + 1


def test_a_page_of_two_items_cannot_split() -> None:
    with pytest.raises(InputError, match="3 items or more"):
        BPlusTree(page_items=2)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_every_lane_of_a_skip_list_is_sorted_and_within_the_one_below(steps: list[int]) -> None:
    skips = lived(SkipList(coin=fair_coin(3)), steps)
    below: set[int] | None = None
    for lane in range(skips.lanes):
        node, keys = skips._head.following[lane], []
        while node is not None:
            keys.append(node.key)
            node = node.following[lane]
        assert keys == sorted(keys)
        assert below is None or set(keys) <= below
        below = set(keys)


def test_a_skip_list_finds_an_item_after_about_2_log_n_comparisons() -> None:
    counted = 0

    class Counted(int):
        def __lt__(self, other: int) -> bool:
            nonlocal counted
            counted += 1
            return int(self) < int(other)

    skips: SkipList[Counted, int] = SkipList()
    numbers = Random(2).sample(range(10**6), 4096)
    for number in numbers:
        skips.insert(Counted(number), number)
    counted = 0
    for number in numbers:
        assert skips.lookup(Counted(number)) == number
    assert counted / 4096 == pytest.approx(2 * log2(4096), rel=0.2)  # Pugh 1990


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_each_level_of_an_lsm_tree_is_smaller_than_its_room(steps: list[int]) -> None:
    tree = lived(LsmTree(memory_items=2, growth=3), steps)
    assert all(size < 2 * 3 ** (level + 1) for level, size in enumerate(tree.levels))


def test_marks_of_deleted_items_go_with_the_last_level() -> None:
    tree: LsmTree[int, int] = LsmTree(memory_items=4)
    for number in range(64):
        tree.insert(number, number)
    for number in range(64):
        tree.delete(number)
    for again in range(64):
        tree.insert(1000 + again, again)
    assert [key for key, _value in tree.scan()] == list(range(1000, 1064))
    assert sum(tree.levels) <= 64


def test_an_lsm_tree_writes_each_item_once_a_level() -> None:
    counters = Counters()
    tree: LsmTree[int, int] = LsmTree(counters, memory_items=4, growth=2)
    count = 4 * 2**8
    for number in range(count):
        tree.insert(number, number)
    written = counters.page_writes * 4 / count
    assert written <= log2(count / 4)
    assert written == pytest.approx(log2(count / 4) / 2 + 1, rel=0.2)  # it skips half of them


@pytest.mark.parametrize(("structure", "most"), [(ChainedHashTable, 1.0), (OpenHashTable, 0.5)])
@settings(max_examples=30, deadline=None)
@given(steps=STEPS)
def test_a_hash_table_is_neither_too_full_nor_too_empty(
    structure: Any, most: float, steps: list[int]
) -> None:
    table = lived(structure(), steps)
    assert table.load_factor <= most
    assert len(table) < 8 or table.load_factor >= most / 4


def test_the_probes_of_hash_tables_are_those_of_the_theory() -> None:
    """Knuth, TAOCP 3, 6.4: chaining 1 + a/2, linear probing (1 + 1/(1 - a))/2, keys found."""
    from aio_sim.storage.structures.keys import Key

    counters = Counters()
    numbers = Random(5).sample(range(2**32), 4000)
    chained: ChainedHashTable[Key, int] = ChainedHashTable(counters)
    opened: OpenHashTable[Key, int] = OpenHashTable(counters)
    for table in (chained, opened):
        for number in numbers:
            table.insert(Key(number, counters), number)
        before = counters.equality_tests
        for number in numbers:
            table.lookup(Key(number, counters))
        load = table.load_factor
        theory = 1 + load / 2 if table is chained else (1 + 1 / (1 - load)) / 2
        assert (counters.equality_tests - before) / 4000 == pytest.approx(theory, rel=0.05)
