"""Every structure is a map, or a set of keys: the same as a dict and a sorted list say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.storage.structures.avl_tree import AvlTree
from aio_sim.storage.structures.bplus_tree import BPlusTree
from aio_sim.storage.structures.catalogue import CATALOGUE
from aio_sim.storage.structures.chained_hash_table import ChainedHashTable
from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.keys import LARGEST_KEY, Key
from aio_sim.storage.structures.lsm_tree import LsmTree
from aio_sim.storage.structures.open_hash_table import OpenHashTable
from aio_sim.storage.structures.skip_list import SkipList
from aio_sim.storage.structures.trie import Trie

ORDERED: dict[str, Callable[[], Any]] = {
    "avl": AvlTree,
    "b+ 3": lambda: BPlusTree(page_items=3),
    "b+ 4": lambda: BPlusTree(page_items=4),
    "b+ 5": lambda: BPlusTree(page_items=5),
    "lsm": lambda: LsmTree(memory_items=3),
    "lsm 4": lambda: LsmTree(memory_items=2, growth=4),
    "skip list": SkipList,
    "linked list": lambda: SkipList(coin=lambda: False),
    "trie": Trie,
}
UNORDERED: dict[str, Callable[[], Any]] = {
    "chaining": ChainedHashTable,
    "open addressing": OpenHashTable,
}

KEYS = st.integers(0, 40) | st.integers(0, LARGEST_KEY)
STEPS = st.lists(st.tuples(st.sampled_from("iiid"), KEYS, st.integers(0, 9)), max_size=120)


def key(value: int, colliding: bool = False) -> Key:
    return Key(value, Counters(), colliding=colliding)


def lived(structure: Any, steps: list[tuple[str, int, int]], colliding: bool) -> dict[int, int]:
    """Do the same to a structure and to a dict; return the dict."""
    model: dict[int, int] = {}
    for verb, number, value in steps:
        if verb == "i":
            structure.insert(key(number, colliding), value)
            model[number] = value
        else:
            was_there = structure.delete(key(number, colliding))
            assert was_there is None or was_there == (number in model)
            model.pop(number, None)
        assert structure.lookup(key(number, colliding)) == model.get(number)
        assert len(structure) == len(model) if hasattr(structure, "__len__") else True
    return model


def numbers(items: Any) -> list[tuple[int, int]]:
    return [(found.value, value) for found, value in items]


@pytest.mark.parametrize("name", [*ORDERED, *UNORDERED])
@settings(max_examples=25, deadline=None)
@given(steps=STEPS, colliding=st.booleans())
def test_a_map_is_a_dict(name: str, steps: list[tuple[str, int, int]], colliding: bool) -> None:
    structure = (ORDERED | UNORDERED)[name]()
    model = lived(structure, steps, colliding)
    assert sorted(numbers(structure.scan())) == sorted(model.items())
    for number in (*model, 3, 17, LARGEST_KEY):
        assert structure.lookup(key(number, colliding)) == model.get(number)


@pytest.mark.parametrize("name", ORDERED)
@settings(max_examples=25, deadline=None)
@given(steps=STEPS, bounds=st.tuples(KEYS, KEYS))
def test_an_ordered_map_is_a_sorted_list(
    name: str, steps: list[tuple[str, int, int]], bounds: tuple[int, int]
) -> None:
    structure = ORDERED[name]()
    model = lived(structure, steps, False)
    assert numbers(structure.scan()) == sorted(model.items())
    low, high = bounds
    within = sorted(item for item in model.items() if low <= item[0] <= high)
    assert numbers(structure.range(key(low), key(high))) == within


@pytest.mark.parametrize("name", CATALOGUE)
@settings(max_examples=10, deadline=None)
@given(values=st.sets(KEYS, max_size=60), colliding=st.booleans(), data=st.data())
def test_what_is_measured_keeps_the_keys_it_was_given(
    name: str, values: set[int], colliding: bool, data: st.DataObject
) -> None:
    counters = Counters()
    subject = CATALOGUE[name].make(counters)

    def fresh(value: int) -> Key:
        return Key(value, counters, colliding=colliding)

    for value in data.draw(st.permutations(sorted(values))):
        subject.insert(fresh(value))
    gone = {value for value in values if value % 3 == 0}
    for value in sorted(gone):
        subject.delete(fresh(value))
    left = sorted(values - gone)
    found: list[Any] = [each.value if isinstance(each, Key) else each for each in subject.scan()]
    assert sorted(found) == left
    assert all(subject.lookup(fresh(value)) == (value not in gone) for value in values)
    if left:
        middle = left[len(left) // 2 :]
        within = subject.range(fresh(middle[0]), fresh(middle[-1]))
        assert [each.value for each in within if isinstance(each, Key)] == middle
