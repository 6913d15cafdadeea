"""Paged memory: frames, dirty pages, balloons, and the steps of a reference string."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.virtualization.memory.paging import (
    Access,
    PagingStep,
    count_faults,
    paged_memory,
    simulate_paging,
)


def test_the_steps_of_a_short_string() -> None:
    assert simulate_paging("lru", 3, [7, 0, 1, 2, 0, 3]) == [
        PagingStep(7, False, None, (7,)),
        PagingStep(0, False, None, (7, 0)),
        PagingStep(1, False, None, (7, 0, 1)),
        PagingStep(2, False, 7, (2, 0, 1)),
        PagingStep(0, True, None, (2, 0, 1)),
        PagingStep(3, False, 1, (2, 0, 3)),
    ]


def test_counting_faults_is_counting_steps() -> None:
    reference = [page * page % 13 for page in range(200)]
    steps = simulate_paging("clock", 5, reference)
    assert count_faults("clock", 5, reference) == sum(not step.hit for step in steps)


@pytest.mark.parametrize("frames", [0, -1])
def test_no_frame_is_refused(frames: int) -> None:
    with pytest.raises(InputError, match="at least 1 frame"):
        simulate_paging("lru", frames, [1])
    with pytest.raises(InputError, match="at least 1 frame"):
        paged_memory("lru", 1).resize(frames)


def test_only_a_page_written_to_is_written_back() -> None:
    memory = paged_memory("fifo", 2)
    memory.access(1, write=True)
    memory.access(2)
    assert memory.access(3) == Access(False, 0, 1, written_back=True)
    assert memory.access(4) == Access(False, 1, 2, written_back=False)
    assert memory.access(1).written_back is False
    assert memory.access(5).written_back is False
    assert memory.write_backs == 1
    assert (memory.hits, memory.faults) == (0, 6)


def test_a_page_given_back_is_not_written() -> None:
    memory = paged_memory("lru", 1)
    memory.access(1, write=True)
    memory.release(1)
    memory.access(1)
    assert memory.access(2).written_back is False


def test_a_balloon_takes_free_frames_first_and_then_victims() -> None:
    memory = paged_memory("lru", 4)
    for page in (1, 2, 3, 1):
        memory.access(page)
    assert memory.resize(3) == []
    assert memory.resize(1) == [2, 3]
    assert memory.resident == (1,)
    assert memory.resize(3) == []
    memory.access(8)
    memory.access(9)
    assert sorted(memory.frame_of.values()) == [0, 1, 2]


@given(
    visits=st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=60),
    policy=st.sampled_from(["fifo", "lru", "clock", "second_chance", "lfu", "random"]),
    frames=st.integers(1, 6),
)
def test_accesses_to_what_is_in_memory_may_be_made_many_at_once(
    visits: list[tuple[int, bool]], policy: str, frames: int
) -> None:
    one, many = paged_memory(policy, frames), paged_memory(policy, frames)
    for page, write in visits:
        one.access(page, write=write)
    pages, writes = [page for page, _write in visits], [write for _page, write in visits]
    place = 0
    while (place := many.access_resident(pages, writes, place, len(pages))) < len(pages):
        many.access(pages[place], write=writes[place])
        place += 1
    assert (many.hits, many.faults, many.write_backs) == (one.hits, one.faults, one.write_backs)
    assert many.frame_of == one.frame_of


def test_frames_cost_nothing_until_they_are_used() -> None:
    memory = paged_memory("lru", 2**40)
    assert memory.access(5).frame == 0
    assert memory.resize(2**41) == []
    assert memory.access(6).frame == 1
