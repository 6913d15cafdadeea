"""What is measured is of the class that textbooks give, for every structure and operation."""

from __future__ import annotations

from sys import getsizeof

import pytest

from aio_sim.kernel.errors import UnknownName
from aio_sim.storage.structures.catalogue import CATALOGUE, named
from aio_sim.storage.structures.complexity import Complexity, complexities
from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.growth import Growth
from aio_sim.storage.structures.held_bytes import held_bytes
from aio_sim.storage.structures.inputs import Case
from aio_sim.storage.structures.keys import Key
from aio_sim.storage.structures.library_ordered import HeapSubject
from aio_sim.storage.structures.library_sequences import DequeSubject, ListSubject
from aio_sim.storage.structures.measurement import SIZES, Operation, evenly


def measured(name: str, seed: int = 0) -> list[Complexity]:
    return list(complexities([CATALOGUE[name]], seed))


def wrong(results: list[Complexity]) -> list[str]:
    return [
        f"{each.structure.name} {each.operation} {each.case}: {each.fit.growth}, {each.counts}"
        for each in results
        if each.fit.growth is not each.expected
    ]


@pytest.mark.parametrize("name", CATALOGUE)
def test_all_fits_are_of_the_expected_class(name: str) -> None:
    results = measured(name)
    assert len(results) == len(Operation) * len(Case)
    assert wrong(results) == []


@pytest.mark.slow
def test_other_keys_have_the_same_classes() -> None:
    results = [each for seed in range(1, 9) for each in complexities(CATALOGUE.values(), seed)]
    assert len(wrong(results)) <= len(results) / 200, wrong(results)


def test_the_same_seed_counts_the_same_and_another_does_not() -> None:
    first, again, other = measured("avl_tree"), measured("avl_tree"), measured("avl_tree", 1)
    assert [each.counts for each in first] == [each.counts for each in again]
    assert [each.counts for each in first] != [each.counts for each in other]


def test_known_counts_are_counted() -> None:
    """A linear search looks at half of the items; a heap takes ascending keys as they come."""
    found = {(each.operation, each.case): each for each in measured("list")}
    assert found[Operation.LOOKUP, Case.WORST].counts == [(n, n) for n in SIZES]
    assert found[Operation.LOOKUP, Case.AVERAGE].counts[-1][1] == pytest.approx(512 / 2, rel=0.02)
    assert found[Operation.BUILD, Case.BEST].counts == [(n, n) for n in SIZES]
    heap = {(each.operation, each.case): each for each in measured("heapq")}
    assert heap[Operation.INSERT, Case.BEST].counts == [(n, 3) for n in SIZES]


@pytest.mark.parametrize("place", [0, 3, 9])
def test_a_removal_moves_what_the_layout_says(place: int) -> None:
    moves = []
    for subject in (ListSubject(Counters()), DequeSubject(Counters())):
        for number in range(10):
            subject.insert(Key(number, subject.counters))
        before = subject.counters.moves
        subject.delete(Key(place, subject.counters))
        moves.append(subject.counters.moves - before)
    assert moves == [9 - place, 1 + 2 * min(place, 9 - place)]


def test_a_heap_keeps_its_smallest_key_first_whatever_is_deleted() -> None:
    heap = HeapSubject(Counters())
    for number in (5, 1, 4, 2, 3, 0):
        heap.insert(Key(number, heap.counters))
    for gone, smallest in ((3, 0), (0, 1), (5, 1), (1, 2)):
        heap.delete(Key(gone, heap.counters))
        assert next(iter(heap.scan())) == Key(smallest, heap.counters)


def test_the_bytes_are_those_of_the_interpreter() -> None:
    counters = Counters()
    keys = [Key(number, counters) for number in range(100)]
    assert held_bytes(keys) == getsizeof(keys)
    assert held_bytes([keys, keys]) == getsizeof([keys, keys]) + getsizeof(keys)
    by_name = {name: measured(name)[0].bytes_per_item for name in ("array", "list", "trie")}
    assert 8 <= by_name["array"] < 10
    assert by_name["trie"] > 20 * by_name["list"]


def test_every_class_of_growth_occurs() -> None:
    expected = {
        growth
        for structure in CATALOGUE.values()
        for cases in structure.expected.values()
        for growth in cases.values()
    }
    assert expected == set(Growth)


def test_a_structure_that_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'bplus_tree'"):
        named("b+_tree")


def test_a_sample_has_both_ends() -> None:
    assert evenly(range(3), 5) == [0, 1, 2]
    assert evenly(range(100), 4) == [0, 33, 66, 99]
