"""Working sets and stack distances against their definitions."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.virtualization.memory.paging import count_faults
from aio_sim.virtualization.memory.working_set import (
    FaultFrequency,
    lru_fault_curve,
    stack_distances,
    thrashes,
    working_set,
    working_set_faults,
    working_set_sizes,
)

STRINGS = st.lists(st.integers(0, 9), max_size=80)


def test_the_working_sets_of_the_figure_in_silberschatz() -> None:
    # Operating System Concepts, figure 10.22: a window of 10 accesses.
    string = [2, 6, 1, 5, 7, 7, 7, 7, 5, 1, 6, 2, 3, 4, 1, 2, 3, 4, 4, 4, 3, 4, 3, 4, 4, 4]
    assert working_set(string, 9, 10) == {1, 2, 5, 6, 7}
    assert working_set(string, 25, 10) == {3, 4}


@given(reference=STRINGS, window=st.integers(1, 12))
def test_sizes_and_faults_are_those_of_the_sets(reference: list[int], window: int) -> None:
    sets = [working_set(reference, time, window) for time in range(len(reference))]
    assert working_set_sizes(reference, window) == [len(pages) for pages in sets]
    missing = [
        page not in held for page, held in zip(reference, [frozenset[int](), *sets], strict=False)
    ]
    assert working_set_faults(reference, window) == sum(missing)


@given(reference=STRINGS)
def test_distances_count_distinct_pages(reference: list[int]) -> None:
    expected: list[int | None] = []
    for time, page in enumerate(reference):
        before = [at for at in range(time) if reference[at] == page]
        expected.append(len(set(reference[before[-1] : time])) if before else None)
    assert stack_distances(reference) == expected


@given(reference=STRINGS)
def test_one_pass_of_mattson_gives_the_faults_of_lru_for_any_frames(reference: list[int]) -> None:
    curve = lru_fault_curve(reference)
    assert len(curve) == len(set(reference))
    for frames, faults in enumerate(curve, start=1):
        assert count_faults("lru", frames, reference) == faults


def test_lru_under_zipf_meets_the_approximation_of_che(golden_zipf: dict[str, float]) -> None:
    pages = int(golden_zipf["N"])
    weights = [1 / rank ** golden_zipf["alpha"] for rank in range(1, pages + 1)]
    reference = Random(11).choices(range(pages), weights, k=60_000)
    distances = stack_distances(reference)[10_000:]
    hits = sum(1 for distance in distances if distance is not None and distance <= golden_zipf["C"])
    assert hits / len(distances) == pytest.approx(golden_zipf["hit"], rel=0.02)


@pytest.fixture
def golden_zipf(golden: dict[str, dict[str, dict[str, float]]]) -> dict[str, float]:
    entry = golden["cache.che.zipf"]
    return {**entry["inputs"], **entry["expected"]}


def test_thrashing_begins_where_the_working_sets_exceed_the_frames() -> None:
    assert not thrashes([5, 5], 10)
    assert thrashes([5, 6], 10)
    assert not thrashes([], 1)


def test_a_loop_just_larger_than_memory_faults_always_and_one_that_fits_never_again() -> None:
    loop = list(range(10)) * 20
    assert count_faults("lru", 9, loop) == len(loop)
    assert count_faults("lru", 10, loop) == 10


def test_advice_follows_the_fault_frequency() -> None:
    bounds = FaultFrequency(lower=0.05, upper=0.2)
    assert [bounds.advice(faults, 100) for faults in (4, 5, 20, 21)] == [
        "shrink",
        "keep",
        "keep",
        "grow",
    ]


@pytest.mark.parametrize(("lower", "upper"), [(0.5, 0.5), (-0.1, 0.5), (0.5, 1.5)])
def test_bounds_that_make_no_sense_are_refused(lower: float, upper: float) -> None:
    with pytest.raises(InputError, match="0 <= lower < upper <= 1"):
        FaultFrequency(lower, upper)


def test_an_empty_window_is_refused() -> None:
    with pytest.raises(InputError, match="at least 1 access"):
        working_set_sizes([1], 0)
