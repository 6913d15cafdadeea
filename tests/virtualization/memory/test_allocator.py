"""Free lists against a map of single bytes and against the worked homework of Three Easy Pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.virtualization.memory.allocator import FITS, FreeListAllocator, Move
from aio_sim.virtualization.memory.operations import Operation, run_operations

REQUESTS = st.lists(st.tuples(st.booleans(), st.integers(1, 12)), max_size=80)


class ListOfPairs:
    """A free list a second time: pairs searched and sorted afresh at every step."""

    def __init__(self, base: int, size: int, fit: str, coalesce: bool) -> None:
        self.free_list = [(base, size)]
        self.sizes: dict[int, int] = {}
        self.fit, self.coalesce = fit, coalesce

    def allocate(self, size: int) -> int | None:
        fitting = [pair for pair in self.free_list if pair[1] >= size]
        if not fitting:
            return None
        rank = {"first": 0, "best": 1, "worst": -1}[self.fit]
        start, room = sorted(fitting, key=lambda pair: (rank * pair[1], pair[0]))[0]
        self.free_list.remove((start, room))
        if room > size:
            self.free_list.append((start + size, room - size))
        self.sizes[start] = size
        self.free_list.sort()
        return start

    def free(self, address: int) -> None:
        self.free_list.append((address, self.sizes.pop(address)))
        self.free_list.sort()
        if self.coalesce:
            joined = self.free_list[:1]
            for start, size in self.free_list[1:]:
                if sum(joined[-1]) == start:
                    joined[-1] = (joined[-1][0], joined[-1][1] + size)
                else:
                    joined.append((start, size))
            self.free_list = joined


@pytest.mark.parametrize("fit", ["first", "best", "worst"])
@pytest.mark.parametrize("coalesce", [False, True])
@given(requests=REQUESTS)
def test_each_fit_is_that_of_the_definition(
    fit: str, coalesce: bool, requests: list[tuple[bool, int]]
) -> None:
    allocator = FreeListAllocator(1000, 40, fit, coalesce=coalesce)
    reference = ListOfPairs(1000, 40, fit, coalesce)
    held: list[int] = []
    for allocates, number in requests:
        if allocates:
            address = allocator.allocate(number)
            assert address == reference.allocate(number)
            held += [] if address is None else [address]
        elif held:
            address = held.pop(number % len(held))
            allocator.free(address)
            reference.free(address)
        assert list(allocator.holes) == reference.free_list
        assert allocator.blocks == reference.sizes


@pytest.mark.parametrize("fit", list(FITS))
@pytest.mark.parametrize("coalesce", [False, True])
@given(requests=REQUESTS)
def test_holes_and_blocks_tile_the_memory(
    fit: str, coalesce: bool, requests: list[tuple[bool, int]]
) -> None:
    allocator = FreeListAllocator(7, 40, fit, coalesce=coalesce)
    for allocates, number in requests:
        if allocates:
            fits = any(hole.size >= number for hole in allocator.holes)
            assert (allocator.allocate(number) is not None) == fits
        elif allocator.blocks:
            allocator.free(list(allocator.blocks)[number % len(allocator.blocks)])
        pieces = sorted([*allocator.blocks.items(), *allocator.holes])
        assert pieces[0][0] == 7
        assert all(start + size == after for (start, size), (after, _) in pairwise(pieces))
        assert sum(pieces[-1]) == 47
        if coalesce:
            assert all(one.end < other.start for one, other in pairwise(allocator.holes))


def test_best_fit_without_coalescing_as_in_three_easy_pieces() -> None:
    # OSTEP ch. 17 homework, seed 0 (-n 10 -H 0 -p BEST -s 0): its printed answer.
    allocator = FreeListAllocator(1000, 100, "best")
    operations = ["+3", "-0", "+5", "-1", "+8", "-2", "+8", "-3", "+2", "+7"]
    addresses = [step.address for step in run_operations(allocator, operations)]
    assert addresses == [1000, 1000, 1003, 1003, 1008, 1008, 1008, 1008, 1000, 1008]
    assert list(allocator.holes) == [(1002, 1), (1003, 5), (1015, 1), (1016, 84)]


def test_next_fit_goes_on_from_where_it_was() -> None:
    allocator = FreeListAllocator(0, 100, "next", coalesce=True)
    first, second, _third = (allocator.allocate(20) for _turn in range(3))
    assert (first, second) == (0, 20)
    allocator.free(0)
    assert allocator.allocate(10) == 60
    assert allocator.allocate(40) is None
    assert allocator.allocate(30) == 70
    assert allocator.allocate(5) == 0
    assert allocator.allocate(5) == 5


@pytest.mark.parametrize(
    ("fit", "address", "searched"), [("first", 0, 1), ("best", 50, 3), ("worst", 80, 3)]
)
def test_the_fits_choose_differently_and_look_at_different_numbers(
    fit: str, address: int, searched: int
) -> None:
    allocator = FreeListAllocator(0, 120, fit)
    for size in (20, 30, 10, 20):
        allocator.allocate(size)
    allocator.free(0)
    allocator.free(50)
    assert allocator.allocate(8) == address
    assert allocator.searched == searched


def test_compaction_leaves_one_hole_and_says_what_moved() -> None:
    allocator = FreeListAllocator(10, 60)
    for size in (10, 20, 5, 10):
        allocator.allocate(size)
    allocator.free(10)
    allocator.free(40)
    assert allocator.allocate(25) is None
    assert allocator.compact() == [Move(20, 10, 20), Move(45, 30, 10)]
    assert allocator.blocks == {10: 20, 30: 10}
    assert list(allocator.holes) == [(40, 30)]
    assert allocator.allocate(30) == 40
    assert not allocator.holes
    assert allocator.compact() == []
    allocator.free(30)
    assert list(allocator.holes) == [(30, 10)]


def test_requests_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean 'first'"):
        FreeListAllocator(0, 10, "fist")
    with pytest.raises(InputError, match="at least 1, not 0"):
        FreeListAllocator(0, 0)
    allocator = FreeListAllocator(0, 10)
    with pytest.raises(InputError, match="at least 1, not -4"):
        allocator.allocate(-4)
    with pytest.raises(InputError, match="no block begins at address 3"):
        allocator.free(3)


def test_an_allocation_that_failed_counts_in_the_numbers_of_frees() -> None:
    allocator = FreeListAllocator(0, 10)
    assert run_operations(allocator, ["+6", "+8", "+2", "-2"]) == [
        Operation("+6", 0),
        Operation("+8", None),
        Operation("+2", 6),
        Operation("-2", 6),
    ]


@pytest.mark.parametrize(
    ("operations", "said"),
    [
        (["+6", "+8", "-1"], "-1: there is no allocation 1"),
        (["+6", "-0", "-0"], "-0: there is no allocation 0"),
        (["-7"], "there is no allocation 7"),
        (["6"], "'6' is neither"),
        (["+six"], "neither"),
        (["+"], "neither"),
        (["+0"], "at least 1"),
    ],
)
def test_operations_that_cannot_be_are_refused(operations: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said.replace("+", r"\+")):
        run_operations(FreeListAllocator(0, 10), operations)


@given(sizes=st.lists(st.integers(1, 30), min_size=1, max_size=8), data=st.data())
def test_a_block_grows_down_exactly_where_there_is_room_below(
    sizes: list[int], data: st.DataObject
) -> None:
    allocator = FreeListAllocator(1000, 100, coalesce=True)
    blocks = [(at, size) for size in sizes if (at := allocator.allocate(size)) is not None]
    for at, _size in data.draw(st.lists(st.sampled_from(blocks), unique=True)):
        allocator.free(at)
    left = list(allocator.blocks.items())
    if not left:
        return
    at, size = data.draw(st.sampled_from(left))
    before = max((other + long for other, long in left if other < at), default=1000)
    more = data.draw(st.integers(1, 30))
    grown = allocator.grow_down(at, size + more)
    assert grown == (at - more if at - more >= before else None)
    if grown is not None:
        assert allocator.block_size(grown) == size + more
    lent = [*allocator.blocks.items(), *allocator.holes]
    assert sum(size for _at, size in lent) == 100
    lent.sort()
    assert all(one[0] + one[1] == other[0] for one, other in pairwise(lent))
