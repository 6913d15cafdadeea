"""Replacement policies against the books, and against second implementations on any string."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.virtualization.memory.paging import PagedMemory, count_faults, simulate_paging
from aio_sim.virtualization.memory.replacement import (
    REPLACEMENT_POLICIES,
    Clock,
    Lfu,
    Opt,
    next_uses,
)
from tests.virtualization.memory import naive_replacement as naive

STRINGS = st.lists(st.integers(0, 7), max_size=80)
FRAMES = st.integers(1, 6)
Outcome = list[tuple[Any, bool, Any]]


def outcome(policy: str, frames: int, reference: list[int], seed: int = 0) -> Outcome:
    return [step[:3] for step in simulate_paging(policy, frames, reference, seed)]


def test_there_are_these_policies() -> None:
    assert list(REPLACEMENT_POLICIES) == [
        "fifo",
        "lru",
        "second_chance",
        "clock",
        "lfu",
        "opt",
        "random",
    ]


@pytest.mark.parametrize("policy", ["FIFO", "LRU", "OPT"])
def test_faults_on_the_string_of_silberschatz(golden: dict[str, Any], policy: str) -> None:
    entry = golden["page.silberschatz.3"]
    string, frames = entry["inputs"]["string"], entry["inputs"]["frames"]
    assert count_faults(policy.lower(), frames, string) == entry["expected"][policy]


@pytest.mark.parametrize("name", ["page.belady", "page.belady.tanenbaum"])
def test_more_frames_may_mean_more_faults_under_fifo(golden: dict[str, Any], name: str) -> None:
    entry = golden[name]
    for policy, expected in entry["expected"].items():
        found = [
            count_faults(policy.lower(), frames, entry["inputs"]["string"])
            for frames in entry["inputs"]["frames"]
        ]
        assert found == expected


def test_the_victims_of_lru_in_the_figure_of_silberschatz() -> None:
    # Operating System Concepts, figure 10.15: what leaves at each replacement.
    string = [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1]
    victims = [
        step.evicted for step in simulate_paging("lru", 3, string) if step.evicted is not None
    ]
    assert victims == [7, 1, 2, 3, 0, 4, 0, 3, 2]


@pytest.mark.parametrize("choose", [naive.fifo, naive.lru, naive.opt])
@given(frames=FRAMES, reference=STRINGS)
def test_each_step_is_that_of_the_definition(
    choose: naive.Chooser, frames: int, reference: list[int]
) -> None:
    policy = choose.__name__
    assert outcome(policy, frames, reference) == naive.steps(choose, frames, reference)


@given(frames=FRAMES, reference=STRINGS)
def test_clock_and_second_chance_are_one_policy(frames: int, reference: list[int]) -> None:
    expected = naive.clock_steps(frames, reference)
    assert outcome("clock", frames, reference) == expected
    assert outcome("second_chance", frames, reference) == expected


@given(frames=FRAMES, reference=STRINGS)
def test_lfu_is_that_of_the_definition(frames: int, reference: list[int]) -> None:
    assert outcome("lfu", frames, reference) == naive.lfu_steps(frames, reference)


@given(frames=FRAMES, reference=STRINGS, seed=st.integers(0, 3))
def test_no_policy_has_fewer_faults_than_opt(frames: int, reference: list[int], seed: int) -> None:
    least = count_faults("opt", frames, reference)
    for policy in REPLACEMENT_POLICIES:
        assert least <= count_faults(policy, frames, reference, seed) <= len(reference)


@pytest.mark.parametrize("policy", ["lru", "opt"])
@given(reference=STRINGS)
def test_stack_policies_never_lose_by_more_frames(policy: str, reference: list[int]) -> None:
    faults = [count_faults(policy, frames, reference) for frames in range(1, 9)]
    assert faults == sorted(faults, reverse=True)


def test_random_is_fixed_by_its_seed_and_fair() -> None:
    reference = [page * 7 % 11 for page in range(4000)]
    assert outcome("random", 4, reference, 5) == outcome("random", 4, reference, 5)
    assert outcome("random", 4, reference, 5) != outcome("random", 4, reference, 6)
    # On a loop over n pages with m frames LRU never hits, random does.
    assert count_faults("lru", 4, reference) == len(reference)
    assert count_faults("random", 4, reference, 5) < 0.97 * len(reference)


def test_opt_refuses_another_string_than_it_was_given() -> None:
    memory = PagedMemory(2, Opt([1, 2, 3]))
    memory.access(1)
    with pytest.raises(InputError, match="whole reference string"):
        memory.access(3)


def test_an_unknown_policy_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'lru'"):
        count_faults("lruu", 3, [1])


def test_next_uses() -> None:
    assert next_uses([1, 2, 1, 1, 3]) == [2, 5, 3, 5, 5]


@pytest.mark.parametrize("policy", sorted(set(REPLACEMENT_POLICIES) - {"opt"}))
@given(
    actions=st.lists(
        st.tuples(st.sampled_from(["access", "release", "resize"]), st.integers(0, 6)), max_size=60
    )
)
def test_pages_may_leave_and_frames_come_and_go(
    policy: str, actions: list[tuple[str, int]]
) -> None:
    memory = PagedMemory(3, REPLACEMENT_POLICIES[policy]())
    for action, number in actions:
        before = memory.frame_of.keys() - set()
        if action == "access":
            access = memory.access(number)
            assert access.hit == (number in before)
            expected = before - {access.evicted} | {number}
        elif action == "release" and number in before:
            memory.release(number)
            expected = before - {number}
        elif action == "resize" and number:
            expected = before - set(memory.resize(number))
        else:
            continue
        assert memory.frame_of.keys() == expected
        assert len(set(memory.frame_of.values())) == len(memory.resident) <= memory.frames


def test_the_hand_of_the_clock_passes_over_a_vacant_place() -> None:
    clock = Clock()
    for page in (1, 2, 3):
        clock.load(page)
    clock.forget(1)
    assert clock.evict() == 2
    clock.load(4)
    clock.load(5)
    assert clock.evict() == 3


def test_lfu_finds_the_least_again_after_a_page_left() -> None:
    lfu = Lfu()
    for page in (1, 2, 3):
        lfu.load(page)
    for page in (2, 2, 3):
        lfu.touch(page)
    lfu.forget(1)
    assert lfu.evict() == 3
