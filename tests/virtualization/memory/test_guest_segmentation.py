"""A guest's memory by segmentation: bounds, room made, a stack that grows, fragmentation."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.virtualization.memory.guest_memory import Stretch
from aio_sim.virtualization.memory.guest_segmentation import GuestSegmentation
from aio_sim.virtualization.memory.locality import (
    LoopLocality,
    PhasesLocality,
    SequentialLocality,
    UniformLocality,
)
from aio_sim.virtualization.memory.paging import count_faults
from aio_sim.virtualization.memory.segment_layout import SegmentPlan, lay_out
from aio_sim.virtualization.memory.segmented_space import SegmentedSpace
from aio_sim.virtualization.memory.translation import FaultReason, Permission

from .driving import Clock, references, run, run_in_turn

PAGE = 4096
CODE = SegmentPlan("code", 1, Permission.READ | Permission.EXECUTE)
DATA = SegmentPlan("data", 2)
STACK = SegmentPlan("stack", 1, grows=True)
PLANS = [CODE, DATA, STACK]


def guest(pages: int, plans: list[SegmentPlan] | None = None, **options: Any) -> GuestSegmentation:
    """Return a memory of so many pages' bytes."""
    complete: dict[str, Any] = {"clock": Clock(), **options}
    return GuestSegmentation(pages * PAGE, PAGE, plans or PLANS, **complete)


def opened(memory: GuestSegmentation, locality: Any, visits: int, task: int = 0) -> SegmentedSpace:
    """Return the space of a task that makes so many visits."""
    space = memory.open(task, visits * locality.visit, locality, np.random.default_rng(task))
    assert isinstance(space, SegmentedSpace)
    return space


def test_pages_are_split_by_the_shares() -> None:
    laid = lay_out(PLANS, 8, 0, PAGE)
    assert [(part.first, part.end, part.size // PAGE) for part in laid] == [
        (0, 2, 2),
        (2, 6, 4),
        (6, 8, 2),
    ]
    assert [part.size for part in lay_out(PLANS, 8, 8 * PAGE - 5, PAGE)][-1] == 2 * PAGE - 5
    assert [part.plan.name for part in lay_out(PLANS, 1, 0, PAGE)] == ["data"]


@given(
    pages=st.integers(1, 200),
    less=st.integers(0, PAGE - 1),
    shares=st.lists(st.floats(0.01, 100), min_size=1, max_size=6),
)
def test_segments_hold_all_that_was_asked_for(pages: int, less: int, shares: list[float]) -> None:
    size = pages * PAGE - less
    laid = lay_out([SegmentPlan("s", share) for share in shares], pages, size, PAGE)
    assert sum(part.size for part in laid) == size
    assert [laid[0].first, laid[-1].end] == [0, pages]
    assert all(one.end == other.first for one, other in pairwise(laid))


def test_a_segment_is_read_whole_when_it_is_first_visited() -> None:
    memory = guest(8, [CODE, DATA])
    space = opened(memory, SequentialLocality(pages=6, stay=3), 18)
    visit = 100_000
    assert [space.advance(18 * visit) for _turn in range(3)] == [
        Stretch(0, 2_000, read=2 * PAGE),
        Stretch(6 * visit, 6 * visit + 2_000, read=4 * PAGE),
        Stretch(12 * visit, 12 * visit),
    ]
    assert space.resident == (0, 1)
    assert memory.totals.faults == 2


def test_a_stack_grows_page_by_page_and_reads_nothing_for_it() -> None:
    memory = guest(8, [STACK])
    space = opened(memory, LoopLocality(pages=4), 8)
    first, rest = space.advance(800_000), space.advance(800_000)
    assert (first.read, first.progress) == (PAGE, 0)
    assert rest.progress == 800_000
    totals = memory.totals
    assert (totals.growths, totals.faults, totals.read, totals.resident) == (3, 1, PAGE, 4 * PAGE)
    # At the beginning of memory there is no room below it: its end moves up each time.
    assert rest.copied == totals.copied == (1 + 2 + 3) * PAGE
    assert rest.time == 800_000 + 3 * 2_000 + sum(pages * PAGE // 10 for pages in (1, 2, 3))


def test_a_stack_grows_into_the_hole_below_it_where_it_stands() -> None:
    memory = guest(8, [STACK])
    below, stack = (opened(memory, LoopLocality(pages=1 + task), 2, task) for task in (0, 1))
    run(below, 200_000)
    assert stack.advance(200_000).read == PAGE
    below.release()
    run(stack, 200_000)
    assert dict(memory._partitions.address) == {(1, 0): 0}
    assert memory.totals.growths == 1
    assert memory.totals.copied == 0


def test_the_segment_table_translates_what_is_in_memory_and_refuses_the_rest() -> None:
    memory = guest(64)
    space = opened(memory, LoopLocality(pages=16), 15)  # the deepest page of the stack is left out
    run(space, 15 * 100_000)
    table = space.table
    code, data, stack = (number * table.part for number in range(3))
    assert table.translate(code, Permission.EXECUTE).reason is None
    assert table.translate(code, Permission.WRITE).reason is FaultReason.PROTECTION
    assert table.translate(data + 8 * PAGE - 1, Permission.WRITE).reason is None
    top = stack + table.part
    assert table.translate(top - 3 * PAGE, Permission.WRITE).reason is None
    assert table.translate(top - 3 * PAGE - 1).reason is FaultReason.BEYOND_LIMIT
    places = [table.translate(at).physical for at in (code, data, top - 3 * PAGE)]
    assert None not in places
    assert len(set(places)) == 3
    memory.resize(9 * PAGE)
    absent = next(number for number in range(3) if number not in space.resident)
    assert space.table.segments[absent].limit == 0


def test_code_is_never_written_back() -> None:
    memory = guest(4, [CODE, CODE, CODE])
    run(opened(memory, LoopLocality(pages=6, writes=1.0), 60), 60 * 100_000)
    assert memory.totals.evictions > 0
    assert memory.totals.written == 0
    memory = guest(4, [DATA, DATA, DATA])
    run(opened(memory, LoopLocality(pages=6, writes=1.0), 60), 60 * 100_000)
    assert memory.totals.write_backs == memory.totals.evictions > 0


@pytest.mark.parametrize("policy", ["fifo", "lru", "clock", "second_chance", "lfu", "random"])
def test_equal_segments_are_replaced_as_pages_are(policy: str) -> None:
    locality = UniformLocality(pages=8)
    memory = guest(5, [DATA] * 8, replacement=policy)
    run(opened(memory, locality, 1500), 1500 * locality.visit)
    assert memory.totals.faults == count_faults(policy, 5, references(locality, 1500, seed=0))


def test_another_policy_or_fit_is_another_time() -> None:
    localities = [
        PhasesLocality(pages=pages, working_set=8, length=40, size=pages * PAGE - 1000)
        for pages in (30, 22, 37)
    ]
    times = set()
    options: list[dict[str, Any]] = [
        {},
        {"replacement": "fifo"},
        {"fit": "best"},
        {"fit": "worst"},
        {"compaction": True},
    ]
    for option in options:
        memory = guest(40, **option)
        stretches = run_in_turn(memory, localities, 40_000_000, 500_000)
        times.add(sum(stretch.time for ran in stretches for stretch in ran))
    assert len(times) == len(options)


def test_compaction_is_tried_where_enough_is_free_in_pieces() -> None:
    plans = [SegmentPlan(str(share), share) for share in (1, 4, 2, 5, 3)]
    outcome = {}
    for compaction in (False, True):
        memory = guest(9, plans, compaction=compaction)
        run(opened(memory, UniformLocality(pages=15), 600), 600 * 100_000)
        outcome[compaction] = memory.totals
    assert outcome[False].compactions == outcome[False].copied == 0
    assert outcome[True].compactions > 0
    assert outcome[True].copied > 0
    assert outcome[True].evictions <= outcome[False].evictions


@settings(max_examples=60)
@given(
    tasks=st.integers(1, 4),
    fit=st.sampled_from(["first", "best", "worst", "next", "buddy"]),
    compaction=st.booleans(),
    policy=st.sampled_from(["fifo", "lru", "random"]),
    balloons=st.lists(st.integers(8, 32), max_size=3),
)
def test_nothing_is_lost_and_nothing_is_lent_twice(
    tasks: int, fit: str, compaction: bool, policy: str, balloons: list[int]
) -> None:
    clock = Clock()
    compaction = compaction and fit != "buddy"
    memory = guest(32, fit=fit, compaction=compaction, replacement=policy, clock=clock)
    localities = [
        PhasesLocality(pages=9 + 2 * task, working_set=3, length=9, size=(9 + 2 * task) * PAGE - 99)
        for task in range(tasks)
    ]
    out = sum(memory.resize(pages * PAGE) for pages in [*balloons, 32])
    stretches = run_in_turn(memory, localities, 80 * 100_000, 400_000, clock)
    out += sum(memory.resize(pages * PAGE) for pages in balloons)
    totals, partitions = memory.totals, memory._partitions
    everything = [stretch for ran in stretches for stretch in ran]
    assert totals.references == 80 * tasks
    assert sum(stretch.read for stretch in everything) == totals.read
    assert sum(stretch.written for stretch in everything) + out == totals.written
    assert sum(stretch.copied for stretch in everything) == totals.copied
    assert all(stretch.time >= stretch.progress for stretch in everything)
    lent = sorted((at, at + partitions.size_of(at)) for at in partitions.address.values())
    assert all(one[1] <= other[0] for one, other in pairwise(lent))
    assert sum(end - at for at, end in lent) == totals.resident <= partitions.available
    held = {(task, number) for task, space in memory._spaces.items() for number in space.resident}
    assert held == partitions.address.keys()
    assert len(held) == totals.faults - totals.evictions
    for space in list(memory._spaces.values()):
        space.release()
    memory.resize(32 * PAGE)
    assert memory.totals.resident == 0
    assert [hole.size for hole in partitions._allocator.holes] == [32 * PAGE]


@settings(max_examples=30)
@given(most=st.integers(50_000, 3_000_000), fit=st.sampled_from(["first", "best", "buddy"]))
def test_the_whole_does_not_depend_on_the_pieces(most: int, fit: str) -> None:
    locality = PhasesLocality(pages=12, working_set=3, length=9)
    sums = []
    for limit in (None, most):
        memory = guest(8, fit=fit)
        stretches = run(opened(memory, locality, 200), 200 * locality.visit, limit)
        sums.append((list(map(sum, zip(*stretches, strict=True))), memory.totals))
    assert sums[0] == sums[1]


def test_fragmentation_is_a_mean_over_time() -> None:
    clock = Clock()
    memory = guest(8, [SegmentPlan("a")], fit="buddy", clock=clock)
    space = opened(memory, LoopLocality(pages=3), 3)
    clock.now = 100
    run(space, 300_000)  # three pages in a block of four
    clock.now = 400
    assert memory.totals.internal_fragmentation == pytest.approx(0.75 * 0.25)
    assert memory.totals.blocks == pytest.approx(0.75)


def test_the_fifty_per_cent_rule_holds_in_a_guest_in_equilibrium() -> None:
    # Knuth, 2.5: half as many holes as blocks, where blocks of many sizes come and go at random.
    clock, random = Clock(), np.random.default_rng(3)
    memory = guest(1000, [SegmentPlan("a")], clock=clock, replacement="random")
    for task in range(1500):
        size = int(random.integers(1, 40 * PAGE))
        locality = UniformLocality(pages=-(-size // PAGE), size=size)
        opened(memory, locality, 1, task).advance(locality.visit)
        clock.now += task >= 300
        if task == 300:
            begin = memory.totals
    end = memory.totals
    holes = end.holes * 1200 - begin.holes
    blocks = end.blocks * 1200 - begin.blocks
    assert holes / blocks == pytest.approx(0.5, rel=0.15)


def test_a_balloon_makes_way_for_a_segment_that_fits_around_it() -> None:
    for fit, least in (("first", 6 * PAGE), ("buddy", 8 * PAGE)):
        memory = guest(16, [SegmentPlan("a"), SegmentPlan("b")], fit=fit)
        space = opened(memory, LoopLocality(pages=12), 36)
        run(space, 10 * 100_000)
        assert memory.least == least
        with pytest.raises(InputError, match=f"does not fit in {least - 1} bytes"):
            memory.resize(least - 1)
        memory.resize(least)
        run(space, 26 * 100_000)
        assert memory.totals.resident <= least


def test_what_can_never_fit_is_refused_at_once() -> None:
    memory = guest(4, [DATA])
    with pytest.raises(InputError, match="20480 bytes does not fit in 16384 bytes"):
        opened(memory, LoopLocality(pages=5), 1)
    opened(memory, LoopLocality(pages=4), 1)
    with pytest.raises(InputError, match="16384 bytes does not fit in 8192 bytes"):
        memory.resize(2 * PAGE)
    with pytest.raises(InputError, match="a balloon can leave"):
        memory.resize(5 * PAGE)


def test_what_segments_cannot_have_is_refused() -> None:
    with pytest.raises(InputError, match="replaced by opt"):
        guest(4, replacement="opt")
    with pytest.raises(InputError, match="no compaction"):
        guest(4, fit="buddy", compaction=True)
    with pytest.raises(InputError, match="power of two"):
        guest(3, fit="buddy")


def test_a_task_without_a_locality_takes_no_memory() -> None:
    memory = guest(1)
    assert memory.open(0, 9, None, np.random.default_rng(1)).advance(10) == Stretch(9, 9)
