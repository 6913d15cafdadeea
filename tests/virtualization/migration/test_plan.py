"""The closed forms of migration, each against a second way to the same number."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.virtualization.image_copy import ImageCopy
from aio_sim.virtualization.migration import (
    Method,
    MigrationOptions,
    expected_faults,
    plan_migration,
    pre_copy_series,
    settled_share,
)
from aio_sim.virtualization.migration.dirty import dirtied, speed_under
from aio_sim.virtualization.migration.methods import PAGE

MIB, GIB = 1 << 20, 1 << 30
FREE = MigrationOptions(tracking=0, state=0, switch_over=0, max_rounds=10**6, max_factor=10**6)


@given(st.integers(0, 10**10), st.integers(0, 10**9), st.integers(0, GIB))
def test_what_is_dirty_is_bounded_by_the_writes_and_by_the_working_set(
    time: int, rate: int, working_set: int
) -> None:
    dirty = dirtied(time, rate, working_set)
    assert 0 <= dirty <= min(working_set, rate * time / SECOND + 1)


def test_what_is_dirty_is_what_a_poisson_number_of_writes_to_random_pages_occupies() -> None:
    pages, writes_a_second, runs = 400, 500, 60
    draw = random.Random(8)
    occupied = []
    for _ in range(runs):
        moment, touched = draw.expovariate(writes_a_second), set[int]()
        while moment < 1:
            touched.add(draw.randrange(pages))
            moment += draw.expovariate(writes_a_second)
        occupied.append(len(touched))
    expected = dirtied(SECOND, writes_a_second * PAGE, pages * PAGE) / PAGE
    # each page is independent of the others, so the variance is that of so many coins
    deviation = math.sqrt(pages * math.exp(-1.25) * (1 - math.exp(-1.25)) / runs)
    assert sum(occupied) / runs == pytest.approx(expected, abs=4 * deviation)


@given(
    st.integers(MIB, 64 * GIB),
    st.floats(0, 0.95),
    st.integers(10**6, 10**11),
    st.integers(4096, MIB),
)
def test_pre_copy_of_fresh_pages_is_the_geometric_series(
    memory: int, ratio: float, bandwidth: int, threshold: int
) -> None:
    dirty_rate = int(ratio * bandwidth / 8)
    series = pre_copy_series(memory, dirty_rate, bandwidth, threshold)
    size, sent, rounds = float(memory), 0.0, 0
    while not rounds or size > threshold * (1 + 1e-12):
        sent, size, rounds = sent + size, size * 8 * dirty_rate / bandwidth, rounds + 1
    assert series.rounds == rounds
    assert series.bytes == pytest.approx(sent + size)
    assert series.downtime == pytest.approx(size * 8 * SECOND / bandwidth)
    assert series.time == pytest.approx((sent + size) * 8 * SECOND / bandwidth)


def test_the_plan_is_the_series_where_the_working_set_bounds_nothing() -> None:
    memory, bandwidth, dirty_rate = GIB, 8 * 10**9, 5 * 10**8
    options = replace(FREE, threshold=MIB)
    series = pre_copy_series(memory, dirty_rate, bandwidth, MIB)
    plan = plan_migration(memory, dirty_rate, bandwidth, options)
    bound = series.bytes - memory
    assert plan.bytes < memory + bound
    # a machine whose memory is large against what it writes hardly writes anything twice
    small = plan_migration(memory, dirty_rate // 100, bandwidth, options)
    series = pre_copy_series(memory, dirty_rate // 100, bandwidth, MIB)
    assert len(small.rounds) == series.rounds + 1
    assert small.bytes == pytest.approx(series.bytes, rel=1e-4)
    assert small.time == pytest.approx(series.time, rel=1e-4)


def test_a_memory_dirtied_as_fast_as_it_is_sent_has_no_series() -> None:
    with pytest.raises(InputError, match="dirtied as fast"):
        pre_copy_series(GIB, 10**9, 8 * 10**9, MIB)
    with pytest.raises(InputError, match="dirtied as fast"):
        pre_copy_series(GIB, 10**8, 8 * 10**9, 0)


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.2, 2.0, 5.0])
def test_rounds_settle_on_the_fixed_point(ratio: float) -> None:
    working_set, bandwidth = 256 * MIB, 8 * 10**9
    options = replace(FREE, threshold=0, working_set=working_set, max_rounds=2000)
    plan = plan_migration(GIB, int(ratio * 10**9), bandwidth, options)
    share = settled_share(ratio)
    # at 1 the rounds shrink as 2 / n only
    assert plan.rounds[-1].bytes / working_set == pytest.approx(share, abs=2e-3)
    assert share == pytest.approx(1 - math.exp(-ratio * share), abs=1e-9)
    assert (share > 0) == (ratio > 1)


def test_pre_copy_stops_at_each_of_its_three_limits() -> None:
    bandwidth, memory = 8 * 10**9, GIB
    loose = replace(FREE, working_set=512 * MIB)
    by_threshold = plan_migration(memory, 10**8, bandwidth, replace(loose, threshold=MIB))
    assert by_threshold.rounds[-1].bytes <= MIB < by_threshold.rounds[-2].bytes
    by_rounds = plan_migration(memory, 10**10, bandwidth, replace(loose, max_rounds=4))
    assert len(by_rounds.rounds) == 5
    by_factor = plan_migration(memory, 10**10, bandwidth, replace(loose, max_factor=3))
    copied = [each.bytes for each in by_factor.rounds[:-1]]
    assert sum(copied[:-1]) <= 3 * memory < sum(copied)


def test_a_cold_machine_stands_still_for_the_whole_of_its_migration() -> None:
    options = MigrationOptions(Method.COLD, state=0, switch_over=7)
    plan = plan_migration(10**9, 10**9, 8 * 10**8, options)
    assert plan.time == plan.downtime == 10 * SECOND + 7
    assert plan.bytes == 10**9


def test_post_copy_sends_everything_once_and_stands_still_for_the_state_alone() -> None:
    options = MigrationOptions(Method.POST_COPY, state=10**6, switch_over=5)
    plan = plan_migration(10**9, 10**7, 8 * 10**8, options)
    assert plan.bytes == 10**9 + 10**6
    assert plan.downtime == SECOND // 100 + 5
    assert plan.time == plan.downtime + 10 * SECOND


def test_faults_are_the_integral_of_what_is_touched_before_it_is_there() -> None:
    time, rate, working_set, steps = 4 * SECOND, 10**8, 3 * 10**8, 20_000
    total = 0.0
    for step in range(steps):
        at = (step + 0.5) / steps
        fresh = rate * math.exp(-rate * at * 4 / working_set) * 4 / steps
        total += fresh * (1 - at) / PAGE
    assert expected_faults(time, rate, working_set) == pytest.approx(total, rel=1e-6)
    assert expected_faults(time, 0, working_set) == expected_faults(time, rate, 0) == 0


def test_faults_are_counted_as_in_a_push_past_random_touches() -> None:
    pages, working_set, touches, seconds = 2000, 500, 400, 2
    draw, counts = random.Random(3), []
    for _ in range(40):
        pushed = list(range(pages))
        draw.shuffle(pushed)
        arrival = {page: seconds * (at + 1) / pages for at, page in enumerate(pushed)}
        moment, seen, faults = 0.0, set[int](), 0
        while (moment := moment + draw.expovariate(touches)) < seconds:
            page = draw.randrange(working_set)
            faults += page not in seen and arrival[page] > moment
            seen.add(page)
        counts.append(faults)
    expected = expected_faults(seconds * SECOND, touches * PAGE, working_set * PAGE)
    assert sum(counts) / len(counts) == pytest.approx(expected, rel=0.03)


def test_a_guest_loses_to_faults_the_time_of_one_processor_each() -> None:
    def faults(work: int) -> float:
        return 1000 * work / SECOND

    # 1000 faults of 1 ms in a second of work: four processors take 1.25 s for it
    speed = speed_under(faults, cost=SECOND // 1000, time=SECOND, cores=4)
    assert float(speed) == pytest.approx(4 / 5)
    assert speed_under(faults, 0, SECOND, 1) == speed_under(faults, 5, 0, 1) == 1
    assert 0 < speed_under(faults, 10**12, SECOND, 1) < 1e-5


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="max_rounds must be at least 1, not 0"):
        MigrationOptions(max_rounds=0)
    with pytest.raises(InputError, match="state must be at least 0, not -1"):
        MigrationOptions(state=-1)
    with pytest.raises(InputError, match="cold machine only"):
        MigrationOptions(image=ImageCopy("disk", 5))
    with pytest.raises(UnknownName, match="did you mean 'pre_copy'"):
        Method.named("precopy")
    with pytest.raises(InputError, match="bandwidth"):
        plan_migration(1, 1, 0)
