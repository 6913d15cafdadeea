"""Items come out by their keys, and those whose keys are void do not."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from aio_sim.hardware.network.lazy_heap import LazyHeap


@dataclass
class Item:
    number: int
    key: int = -1


def heap() -> LazyHeap[Item]:
    return LazyHeap(lambda key, item: item.key == key)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20)), max_size=400), st.integers(0, 20))
def test_each_item_comes_out_once_by_its_last_key(
    settings: list[tuple[int, int]], most: int
) -> None:
    items, found = [Item(number) for number in range(10)], heap()
    for number, key in settings:
        if items[number].key != key:
            items[number].key = key
            found.push(key, items[number])
    inside = sorted((item.key, item.number) for item in items if item.key >= 0)
    assert found.least() == (inside[0][0] if inside else None)
    out = []
    for item in found.up_to(most):
        out.append((item.key, item.number))
        item.key = -1
    assert out == [entry for entry in inside if entry[0] <= most]


def test_void_entries_do_not_pile_up() -> None:
    item, found = Item(0), heap()
    for key in range(10_000, 0, -1):
        item.key = key
        found.push(key, item)
    assert len(found.entries) < 200
    assert found.least() == 1
