"""Structures that keep records by key: each a dict, and in order where it says so; closed forms."""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.kernel.errors import UnknownName
from aio_sim.storage.structures.bplus_tree import BPlusTree
from aio_sim.storage.structures.counted_key import LAST, CountedKey
from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.held_bytes import held_bytes
from aio_sim.storage.structures.key_value import KEY_VALUE, Sizes, key_value
from aio_sim.storage.structures.lsm_tree import LsmTree
from aio_sim.storage.structures.theory import bplus_heights, lsm_items_written

SIZES = Sizes(page_items=4, memory_items=3, growth=3)
KEYS = st.integers(0, 30) | st.integers(0, 2**40)
STEPS = st.lists(st.tuples(st.sampled_from("iiid"), KEYS), max_size=80)


@pytest.mark.parametrize("name", KEY_VALUE)
@settings(max_examples=20, deadline=None)
@given(steps=STEPS, low=KEYS)
def test_each_is_a_dict_and_in_order_where_it_says_so(
    name: str, steps: list[tuple[str, int]], low: int
) -> None:
    counters, model = Counters(), dict[int, int]()
    made: Any = KEY_VALUE[name].make(counters, SIZES)
    for number, (verb, key) in enumerate(steps, 1):
        if verb == "i":
            made.insert(CountedKey(key, counters), number)
            model[key] = number
        else:
            made.delete(CountedKey(key, counters))
            model.pop(key, None)
        assert made.lookup(CountedKey(key, counters)) == model.get(key)
    assert {key.value: value for key, value in made.scan()} == model
    if KEY_VALUE[name].ordered:
        found = islice(made.range(CountedKey(low, counters), LAST), 5)
        expected = sorted(key for key in model if key >= low)[:5]
        assert [key.value for key, _value in found] == expected


@pytest.mark.parametrize("values", [range(100), map(str, range(100)), ((n, "x") for n in range(9))])
def test_keys_of_any_kind_spread_over_slots_the_same_way_in_every_process(values: Any) -> None:
    counters = Counters()
    numbers = [hash(CountedKey(value, counters)) for value in values]
    assert len({number % 64 for number in numbers}) > len(numbers) / 3
    assert counters.hashes == len(numbers)
    assert hash(CountedKey("user1", counters)) == 46221634611038123
    assert hash(CountedKey((1, "a"), counters)) == hash(CountedKey((1, "a"), counters))


def test_keys_and_values_are_not_bytes_of_the_structure() -> None:
    counters = Counters()

    class Value:
        def __init__(self) -> None:
            self.text = ["x" * 1000]

    made = KEY_VALUE["hash_chaining"].make(counters, SIZES)
    empty = held_bytes(made, (CountedKey, Value))
    made.insert(CountedKey("k", counters), Value())
    assert 0 < held_bytes(made, (CountedKey, Value)) - empty < 300


def test_an_unknown_structure_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'skip_list'"):
        key_value("skiplist")


@pytest.mark.parametrize(("memory", "growth"), [(1, 2), (4, 2), (7, 3), (10, 10)])
@pytest.mark.parametrize("items", [1, 7, 40, 333, 1000])
def test_an_lsm_tree_writes_as_many_items_as_the_counter_says(
    items: int, memory: int, growth: int
) -> None:
    counters = Counters()
    tree: LsmTree[int, int] = LsmTree(counters, memory_items=memory, growth=growth, page_items=1)
    for number in Random(3).sample(range(10**6), items):
        tree.insert(number, number)
    assert counters.page_writes == lsm_items_written(items, memory, growth)


@pytest.mark.parametrize("page_items", [4, 5, 32])
@pytest.mark.parametrize("items", [1, 4, 33, 500, 3000])
@pytest.mark.parametrize("step", [1, 7919, -1])
def test_the_height_of_a_b_plus_tree_is_between_that_of_full_and_of_half_full_pages(
    items: int, page_items: int, step: int
) -> None:
    tree: BPlusTree[int, int] = BPlusTree(page_items=page_items)
    for number in range(items):
        tree.insert(number * step % 10007, number)
    least, most = bplus_heights(items, page_items)
    assert least <= tree.height <= most
    assert tree.pages >= items / page_items
