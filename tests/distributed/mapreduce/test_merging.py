"""Merges of runs, against Huffman's trees and closed forms."""

from __future__ import annotations

import heapq

from hypothesis import given
from hypothesis import strategies as st

from aio_sim.distributed.mapreduce.merging import early_merges, map_merge, reduce_merge

SIZES = st.lists(st.integers(1, 100), min_size=1, max_size=40)
FACTORS = st.integers(2, 6)


def huffman(sizes: list[int], arity: int) -> int:
    """Return all bytes that the best tree of an arity moves: empty runs make it whole."""
    heap = list(sizes)
    while (len(heap) - 1) % (arity - 1):
        heap.append(0)
    heapq.heapify(heap)
    moved = 0
    while len(heap) > 1:
        size = sum(heapq.heappop(heap) for _run in range(arity))
        moved += size
        heapq.heappush(heap, size)
    return moved


@given(SIZES, FACTORS)
def test_no_order_of_merges_moves_fewer_bytes(sizes: list[int], factor: int) -> None:
    early = early_merges(sizes, factor)
    last = sum(sizes) if len(sizes) > 1 else 0
    assert early.moved + last == huffman(sizes, factor)


@given(SIZES, FACTORS)
def test_the_number_of_merges_is_that_of_a_tree(sizes: list[int], factor: int) -> None:
    merges = early_merges(sizes, factor).passes + (len(sizes) > 1)
    assert merges == -(-(len(sizes) - 1) // (factor - 1))


def test_twenty_equal_runs_by_ten_are_merged_as_in_hadoop() -> None:
    # The first merge takes (20 - 1) mod 9 + 1 = 2 runs, the second 10; 10 are left for the last.
    assert early_merges([1] * 20, 10) == (2, 2 + 10)


def test_one_spill_is_the_output_and_two_are_merged_once() -> None:
    assert map_merge([50], 50, 10) == (0, 0, 0)
    assert map_merge([50, 60], 100, 10) == (1, 110, 100)


def test_a_reduce_whose_input_fits_never_touches_the_disk() -> None:
    assert reduce_merge([10, 20, 30], 60, 10) == (0, 0, 0)
    assert reduce_merge([10, 20, 30], 59, 10) == (1, 60, 60)
    assert reduce_merge([], 1, 10) == (0, 0, 0)
