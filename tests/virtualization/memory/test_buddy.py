"""The buddy system: powers of two, aligned, joined again whatever the order of frees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.virtualization.memory.buddy import BuddyAllocator


@given(
    requests=st.lists(st.tuples(st.booleans(), st.integers(1, 70)), max_size=80),
    smallest=st.sampled_from([1, 4]),
)
def test_blocks_are_aligned_powers_of_two_and_holes_are_never_buddies(
    requests: list[tuple[bool, int]], smallest: int
) -> None:
    allocator = BuddyAllocator(100, 64, smallest)
    for allocates, number in requests:
        if allocates:
            room = max((hole.size for hole in allocator.holes), default=0)
            address = allocator.allocate(number)
            assert (address is not None) == (number <= room)
        elif allocator.blocks:
            allocator.free(list(allocator.blocks)[number % len(allocator.blocks)])
        check(allocator, smallest)
    for address in list(allocator.blocks):
        allocator.free(address)
    assert list(allocator.holes) == [(100, 64)]
    assert allocator.requested == 0


def check(allocator: BuddyAllocator, smallest: int) -> None:
    pieces = [*allocator.blocks.items(), *allocator.holes]
    covered = sorted(at for start, size in pieces for at in range(start, start + size))
    assert covered == list(range(100, 164))
    for start, size in pieces:
        assert size >= smallest
        assert size & (size - 1) == 0
        assert (start - 100) % size == 0
    holes = set(allocator.holes)
    assert not any((100 + (start - 100 ^ size), size) in holes for start, size in holes)


def test_the_example_of_silberschatz() -> None:
    # Operating System Concepts, 10.8.1: 256 KB; a request of 21 KB gets 32 KB.
    allocator = BuddyAllocator(0, 256)
    assert allocator.allocate(21) == 0
    assert allocator.blocks == {0: 32}
    assert list(allocator.holes) == [(32, 32), (64, 64), (128, 128)]
    allocator.free(0)
    assert list(allocator.holes) == [(0, 256)]


def test_what_was_asked_for_is_remembered() -> None:
    allocator = BuddyAllocator(0, 64, smallest=8)
    allocator.allocate(3)
    allocator.allocate(17)
    assert allocator.requested == 20
    assert sum(allocator.blocks.values()) == 8 + 32


@pytest.mark.parametrize(("size", "smallest"), [(100, 1), (64, 3), (64, 128), (0, 1)])
def test_other_sizes_are_refused(size: int, smallest: int) -> None:
    with pytest.raises(InputError):
        BuddyAllocator(0, size, smallest)


def test_requests_that_make_no_sense_are_refused() -> None:
    allocator = BuddyAllocator(0, 64)
    assert allocator.allocate(65) is None
    with pytest.raises(InputError, match="no block begins at address 0"):
        allocator.free(0)
    with pytest.raises(InputError, match="at least 1"):
        allocator.allocate(0)


def test_a_block_grows_within_its_power_of_two() -> None:
    allocator = BuddyAllocator(0, 64)
    address = allocator.allocate(20)
    assert address is not None
    assert allocator.block_size(address) == 32
    assert allocator.grow_down(address, 32) == address
    assert allocator.requested == 32
    assert allocator.grow_down(address, 33) is None
