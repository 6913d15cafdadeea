"""A guest's memory by paging: the faults of the lab, true times, balloons, thrashing."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.virtualization.memory.access_time import effective_access_time
from aio_sim.virtualization.memory.guest_memory import Stretch
from aio_sim.virtualization.memory.guest_paging import GuestPaging
from aio_sim.virtualization.memory.independent_references import che_fault_rate
from aio_sim.virtualization.memory.locality import (
    LoopLocality,
    PhasesLocality,
    UniformLocality,
    ZipfLocality,
)
from aio_sim.virtualization.memory.paged_space import PagedSpace, PagingCosts
from aio_sim.virtualization.memory.paging import simulate_paging
from aio_sim.virtualization.memory.replacement import REPLACEMENT_POLICIES
from aio_sim.virtualization.memory.tlb import Tlb
from aio_sim.virtualization.memory.working_set import working_set_sizes

from .driving import Clock, references, run, run_in_turn

PAGE = 4096
ZIPF = ZipfLocality(pages=40, references=1e6)
VISIT = ZIPF.visit


def guest(frames: int, replacement: str = "lru", **options: Any) -> GuestPaging:
    """Return a memory of so many frames."""
    complete: dict[str, Any] = {"clock": Clock(), "tlb": Tlb(16, 4), **options}
    return GuestPaging(frames * PAGE, PAGE, replacement, **complete)


def opened(memory: GuestPaging, locality: Any = ZIPF, visits: int = 2000) -> PagedSpace:
    """Return the space of a task 0 that makes so many visits."""
    space = memory.open(0, visits * locality.visit, locality, np.random.default_rng(1))
    assert isinstance(space, PagedSpace)
    return space


def total(stretches: list[Stretch]) -> Stretch:
    """Return the sum of stretches."""
    return Stretch(*map(sum, zip(*stretches, strict=True)))


@pytest.mark.parametrize("policy", list(REPLACEMENT_POLICIES))
def test_a_task_alone_has_the_faults_of_its_reference_string(policy: str) -> None:
    memory = guest(12, policy, local=policy == "opt")
    stretches = run(opened(memory), 2000 * VISIT)
    steps = simulate_paging(policy, 12, references(ZIPF, 2000))
    faults = [place for place, step in enumerate(steps) if not step.hit]
    assert memory.totals.faults == len(faults)
    assert memory.totals.hits == 2000 - len(faults)
    begun = 0
    for stretch, place in zip(stretches, faults, strict=False):
        begun += stretch.progress
        assert (begun, stretch.read) == (place * VISIT, PAGE)
    assert memory.totals.evictions == sum(step.evicted is not None for step in steps)


@pytest.mark.parametrize("scope", ["global", "local"])
def test_another_policy_is_another_time(scope: str) -> None:
    times = {}
    for policy in ("fifo", "lru", "lfu", "clock", "random"):
        memory = guest(12, policy, local=scope == "local")
        whole = total(run(opened(memory), 2000 * VISIT))
        assert whole.progress == 2000 * VISIT
        assert whole.read == memory.totals.read == memory.totals.faults * PAGE
        assert whole.written == memory.totals.written
        times[policy] = whole.time
    assert len(set(times.values())) == len(times)
    assert times["lfu"] < times["lru"] < times["fifo"]  # popularity never changes


@settings(max_examples=40)
@given(most=st.integers(VISIT // 2, 40 * VISIT), frames=st.integers(1, 45), seed=st.integers(0, 99))
def test_the_whole_does_not_depend_on_the_pieces(most: int, frames: int, seed: int) -> None:
    whole, pieces = guest(frames), guest(frames)
    work = 150 * VISIT + seed
    ran = [
        total(run(memory.open(0, work, ZIPF, np.random.default_rng(seed)), work, limit))
        for memory, limit in ((whole, None), (pieces, most))
    ]
    assert ran[0] == ran[1]
    assert whole.totals == pieces.totals


@settings(max_examples=40)
@given(
    tasks=st.integers(1, 5),
    frames=st.integers(5, 60),
    local=st.booleans(),
    levels=st.integers(1, 4),
    policy=st.sampled_from(["fifo", "lru", "clock", "second_chance", "lfu", "random"]),
)
def test_nothing_is_lost_and_nothing_is_lent_twice(
    tasks: int, frames: int, local: bool, levels: int, policy: str
) -> None:
    clock = Clock()
    memory = guest(frames, policy, local=local, clock=clock, costs=PagingCosts(levels=levels))
    localities = [PhasesLocality(pages=20, working_set=5, length=20, size=80_000)] * tasks
    stretches = run_in_turn(memory, localities, 200 * localities[0].visit, 10**6, clock)
    totals, pool = memory.totals, memory._pool
    whole = total([stretch for ran in stretches for stretch in ran])
    assert totals.references == 200 * tasks == totals.hits + totals.faults
    assert totals.resident == (totals.faults - totals.evictions) * PAGE <= frames * PAGE
    assert (whole.read, whole.written) == (totals.read, totals.written)
    assert totals.write_backs <= totals.evictions
    assert 0 <= totals.internal_fragmentation <= (20 * PAGE - 80_000) / PAGE
    held = [(task, page) for task, has in pool._holdings.items() for page in has.pages]
    for task, page in held:
        has = pool._holdings[task]
        entry = has.table.entry(page)
        assert entry is not None
        assert entry.frame == has.memory.frame_of[task, page]
    places = Counter(
        (task if local else 0, pool._holdings[task].memory.frame_of[task, page])
        for task, page in held
    )
    assert len(held) == totals.resident // PAGE == len(places)
    for space in list(memory._spaces.values()):
        space.release()
    assert memory.totals.resident == 0
    assert len(pool.tlb) == 0


def test_translation_costs_what_the_effective_access_time_says() -> None:
    costs = PagingCosts(fault=0, look_up=20, memory=100, levels=2, nested_levels=0)
    memory = guest(40, costs=costs, tlb=Tlb(8))
    space = opened(memory, visits=3500)
    while memory.totals.references < 3000:
        space.advance(VISIT)
    before = memory.totals
    more = space.advance(500 * VISIT)
    assert (more.progress, more.read) == (500 * VISIT, 0)  # all pages are in memory by now
    after = memory.totals
    accesses = (after.references - before.references) * ZIPF.accesses
    misses = after.tlb_misses - before.tlb_misses
    assert misses > 0
    mean = effective_access_time(1 - misses / accesses, memory=100, look_up=20, levels=2)
    # The memory accesses themselves are in the task's own work.
    assert more.time - more.progress == pytest.approx(accesses * (mean - 100))


def test_a_walk_through_nested_tables_takes_24_accesses() -> None:
    # Bhargava et al., ASPLOS 2008: 4 levels in 4 levels; natively the 4 of the guest alone.
    assert PagingCosts(levels=4, nested_levels=4).walk_accesses == 24
    assert PagingCosts(levels=4, nested_levels=0).walk_accesses == 4


def test_an_untagged_tlb_costs_more_where_tasks_take_turns() -> None:
    times = []
    for tagged in (True, False):
        memory = guest(100, tlb=Tlb(64, tagged=tagged))
        stretches = run_in_turn(memory, [ZIPF] * 3, 500 * VISIT, 10 * VISIT)
        times.append(sum(stretch.time for ran in stretches for stretch in ran))
    assert times[0] < times[1]


def test_a_balloon_evicts_and_tells_the_dirty_bytes() -> None:
    memory = guest(10, "fifo")
    space = opened(memory, LoopLocality(pages=10, writes=1.0), visits=10)
    run(space, 10 * space.visit)
    assert memory.totals.resident == 10 * PAGE
    assert memory.resize(4 * PAGE) == 6 * PAGE
    assert memory.totals.resident == 4 * PAGE
    assert memory.resize(8 * PAGE) == 0
    with pytest.raises(InputError, match="at least 1 frame"):
        memory.resize(PAGE - 1)


def test_pages_that_leave_as_shares_are_cut_are_written_at_the_next_fault() -> None:
    memory = guest(4, "fifo", local=True)
    loop = LoopLocality(pages=4, writes=1.0)
    run(memory.open(0, 4 * loop.visit, loop, np.random.default_rng(0)), 4 * loop.visit)
    second = memory.open(1, loop.visit, loop, np.random.default_rng(1))
    assert memory.totals.resident == 2 * PAGE
    assert second.advance(loop.visit) == Stretch(0, 6_800, read=PAGE, written=2 * PAGE)


def test_the_working_set_is_that_of_the_last_references() -> None:
    memory = guest(30, window=50)
    space = opened(memory, visits=333)
    run(space, 333 * VISIT)
    assert space.working_set == working_set_sizes(references(ZIPF, 333), 50)[-1]
    pressure = memory.pressure
    assert (pressure.references, pressure.working_sets) == (50, space.working_set)
    steps = simulate_paging("lru", 30, references(ZIPF, 333))
    assert pressure.faults == sum(not step.hit for step in steps[-50:])
    assert pressure.fault_rate == pressure.faults / 50


def test_the_more_tasks_the_more_faults_until_all_thrash() -> None:
    loop = LoopLocality(pages=10)
    rates, thrashing = [], []
    for tasks in range(1, 7):
        memory = guest(35)
        run_in_turn(memory, [loop] * tasks, 300 * loop.visit, loop.visit)
        rates.append(memory.pressure.fault_rate)
        thrashing.append(memory.pressure.thrashing)
    assert thrashing == [False, False, False, True, True, True]
    assert rates == sorted(rates)
    assert rates[2] == pytest.approx(10 / 300)  # each page once
    assert rates[3] == 1  # four loops of ten pages in 35 frames


@pytest.mark.parametrize("frames", [10, 20, 30])
def test_tasks_that_share_frames_meet_the_approximation_of_che(frames: int) -> None:
    # Two tasks in turn are one string of independent references to the pages of both.
    locality = ZipfLocality(pages=30, exponent=0.8)
    memory = guest(frames)
    run_in_turn(memory, [locality] * 2, 6000 * locality.visit, locality.visit)
    both = (np.concatenate([locality.popularity] * 2) / 2).tolist()
    rate = memory.totals.faults / memory.totals.references
    assert rate == pytest.approx(che_fault_rate(both, frames), abs=0.02)


def test_fewer_pages_than_frames_fault_once_each() -> None:
    memory = guest(64)
    run(opened(memory, UniformLocality(pages=20), 4000), 4000 * 100_000)
    assert memory.totals.faults == 20


def test_opt_needs_frames_of_its_own() -> None:
    with pytest.raises(InputError, match="of one task only"):
        guest(4, "opt")


def test_a_share_of_nothing_is_refused() -> None:
    memory = guest(1, local=True)
    opened(memory)
    assert memory.least == PAGE == guest(9).least
    with pytest.raises(InputError, match="2 tasks with frames of their own need a frame each"):
        memory.open(1, 1, ZIPF, np.random.default_rng(1))
    with pytest.raises(InputError, match="task 0 has an address space already"):
        memory.open(0, 1, ZIPF, np.random.default_rng(1))


def test_a_task_without_a_locality_takes_its_own_work_and_no_memory() -> None:
    memory = guest(1)
    space = memory.open(7, 100, None, np.random.default_rng(1))
    assert [space.advance(60), space.advance(60)] == [Stretch(60, 60), Stretch(40, 40)]
    space.release()
    assert memory.totals.references == 0


def test_opt_refuses_a_task_whose_references_would_fill_the_memory_of_the_machine() -> None:
    memory = guest(4, "opt", local=True)
    with pytest.raises(InputError, match="at most 1,000,000"):
        memory.open(0, 10**18, LoopLocality(pages=3), np.random.default_rng(1))
    assert memory.pressure.references == 0
