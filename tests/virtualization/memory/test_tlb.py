"""The TLB against a list a set, and the times of accesses against their formulas."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.virtualization.memory.access_time import demand_paging_time, effective_access_time
from aio_sim.virtualization.memory.mmu import AccessTimes, Mmu
from aio_sim.virtualization.memory.page_table import PageTable
from aio_sim.virtualization.memory.tlb import Tlb
from aio_sim.virtualization.memory.translation import FaultReason, Permission

LOOK_UPS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), max_size=80)


@pytest.mark.parametrize(("size", "ways"), [(4, 4), (4, 2), (6, 2), (4, 1)])
@given(look_ups=LOOK_UPS)
def test_each_set_keeps_its_most_recent(
    size: int, ways: int, look_ups: list[tuple[int, int]]
) -> None:
    tlb = Tlb(size, ways)
    sets: list[list[tuple[int, int]]] = [[] for _set in range(size // ways)]
    for space, page in look_ups:
        recent = sets[page % len(sets)]
        frame = tlb.look_up(page, space)
        assert (frame is not None) == ((space, page) in recent)
        if frame is None:
            tlb.insert(page, 100 * space + page, space)
            del recent[ways - 1 :]
        else:
            assert frame == 100 * space + page
            recent.remove((space, page))
        recent.insert(0, (space, page))
    assert len(tlb) == sum(map(len, sets))
    assert tlb.hits + tlb.misses == len(look_ups)


@pytest.mark.parametrize("replacement", ["fifo", "clock", "second_chance", "lfu", "random"])
@given(look_ups=LOOK_UPS)
def test_under_any_policy_what_is_found_is_what_was_kept(
    replacement: str, look_ups: list[tuple[int, int]]
) -> None:
    tlb = Tlb(4, 2, replacement)
    for space, page in look_ups:
        if (frame := tlb.look_up(page, space)) is None:
            tlb.insert(page, 100 * space + page, space)
        else:
            assert frame == 100 * space + page
        assert tlb.look_up(page, space) == 100 * space + page
        assert len(tlb) <= 4


def test_tags_keep_translations_across_a_switch() -> None:
    tagged, untagged = Tlb(4), Tlb(4, tagged=False)
    for tlb in (tagged, untagged):
        tlb.insert(1, 11, 0)
    assert tagged.switch_to(1) == 0
    assert untagged.switch_to(1) == 1
    assert tagged.look_up(1, 1) is None
    assert tagged.look_up(1, 0) == 11
    assert untagged.look_up(1, 0) is None
    assert untagged.switch_to(1) == 0


def test_flushing_one_address_space_leaves_the_others() -> None:
    tlb = Tlb(4)
    for space in (0, 1):
        tlb.insert(5, space, space)
    assert tlb.flush(0) == 1
    assert tlb.look_up(5, 1) == 1
    tlb.invalidate(5, 1)
    tlb.invalidate(5, 1)
    assert tlb.look_up(5, 1) is None
    assert tlb.flush() == 0


def test_a_translation_kept_again_is_replaced_in_place() -> None:
    tlb = Tlb(2)
    tlb.insert(1, 10)
    tlb.insert(1, 20)
    assert (tlb.look_up(1), len(tlb)) == (20, 1)


@pytest.mark.parametrize(("size", "ways"), [(0, 1), (4, 3), (4, 0), (4, 8), (-2, 1)])
def test_sets_that_do_not_divide_are_refused(size: int, ways: int) -> None:
    with pytest.raises(InputError, match="cannot be cut"):
        Tlb(size, ways)


def test_a_policy_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="does not know the future"):
        Tlb(4, replacement="opt")
    with pytest.raises(UnknownName, match="fifo"):
        Tlb(4, replacement="fivo")


def test_the_effective_access_times_of_silberschatz(golden: dict[str, Any]) -> None:
    old, new = golden["eat.tlb.old"], golden["eat.tlb.new"]
    inputs = old["inputs"]
    found = effective_access_time(inputs["hit"], inputs["mem_ns"], inputs["tlb_ns"])
    assert found == pytest.approx(old["expected"], rel=1e-12)
    ratios, memory = new["inputs"]["hit"], new["inputs"]["mem_ns"]
    assert [effective_access_time(ratio, memory) for ratio in ratios] == pytest.approx(
        new["expected"], rel=1e-12
    )


def test_the_time_with_page_faults_of_silberschatz(golden: dict[str, Any]) -> None:
    entry = golden["eat.fault"]
    inputs = entry["inputs"]
    found = demand_paging_time(inputs["p"], inputs["mem_ns"], inputs["fault_ms"] * 1e6)
    assert found == pytest.approx(entry["expected"], rel=1e-12)


@pytest.mark.parametrize("level_bits", [(6,), (3, 3), (2, 2, 2)])
def test_the_measured_time_is_the_effective_access_time(level_bits: tuple[int, ...]) -> None:
    table = PageTable(256, level_bits)
    for page in range(64):
        table.map(page, page)
    mmu = Mmu(Tlb(8), AccessTimes(look_up=1, memory=100))
    mmu.load(table)
    random = Random(2)
    times = [mmu.access(int(random.random() ** 3 * 64 * 256)).time for _access in range(3000)]
    expected = effective_access_time(mmu.tlb.hit_ratio, 100, 1, levels=len(level_bits))
    assert 0.2 < mmu.tlb.hit_ratio < 0.9
    assert sum(times) / len(times) == pytest.approx(expected, rel=1e-12)


def test_faults_cost_their_walk_and_are_not_kept() -> None:
    table = PageTable.flat(256, 1024, {0: 3})
    mmu = Mmu(Tlb(2), AccessTimes(look_up=1, memory=100))
    mmu.load(table)
    assert mmu.access(4096).translation.reason is FaultReason.OUT_OF_RANGE
    for _again in range(2):
        access = mmu.access(300)
        assert access[1:] == (False, 101)
        assert access.translation.reason is FaultReason.NOT_MAPPED
    table.map(1, 9, Permission.READ)
    assert mmu.access(300).time == 201
    assert mmu.access(300)[1:] == (True, 101)
    refused = mmu.access(300, Permission.WRITE)
    assert (refused.translation.reason, refused.time) == (FaultReason.PROTECTION, 1)
    mmu.unmap(1)
    assert mmu.access(300).translation.reason is FaultReason.NOT_MAPPED


def test_a_switch_of_address_spaces_never_mixes_translations() -> None:
    mmu = Mmu(Tlb(4), AccessTimes(1, 100))
    for space in (0, 1):
        mmu.load(PageTable.flat(256, 1024, {0: 10 + space}), space)
        assert mmu.access(7).translation.physical == (10 + space) * 256 + 7


@given(
    pages=st.lists(st.integers(0, 20), max_size=60),
    ways=st.sampled_from([1, 2, 8]),
    tag=st.integers(0, 2),
)
def test_a_run_of_visits_is_one_look_up_after_another(
    pages: list[int], ways: int, tag: int
) -> None:
    one, all_at_once = Tlb(8, ways), Tlb(8, ways)
    for page in pages:
        if one.look_up(page, tag) is None:
            one.insert(page, 100 + page, tag)
    frames = {(tag, page): 100 + page for page in range(21)}
    assert all_at_once.visit([(tag, page) for page in pages], frames) == one.misses
    assert (all_at_once.hits, all_at_once.misses) == (one.hits, one.misses)
    assert [all_at_once.look_up(page, tag) for page in range(21)] == [
        one.look_up(page, tag) for page in range(21)
    ]
