"""The lab on page replacement gives the answers of the books and of a second implementation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.teaching.labs.pages.paging import sheet
from aio_sim.teaching.labs.paging import BY_HAND, PagingProblem, draw, solve
from tests.virtualization.memory.naive_replacement import fifo, lru, opt, steps

EASY_PIECES = (0, 1, 2, 0, 1, 3, 0, 3, 1, 2, 1)
REFERENCES = st.lists(st.integers(0, 6), max_size=25)


@pytest.mark.parametrize(("policy", "hits"), [("opt", 6), ("fifo", 4), ("lru", 6)])
def test_the_figures_of_three_easy_pieces(policy: str, hits: int) -> None:
    answer = solve(PagingProblem(policy, 3, EASY_PIECES))
    assert (answer.hits, answer.faults) == (hits, 11 - hits)


def test_the_string_of_silberschatz(shared: Path) -> None:
    entries = json.loads((shared / "golden.json").read_text())
    (golden,) = (entry for entry in entries if entry["id"] == "page.silberschatz.3")
    for policy, faults in golden["expected"].items():
        problem = PagingProblem(policy.lower(), 3, tuple(golden["inputs"]["string"]))
        assert solve(problem).as_json()["faults"] == faults


@given(st.sampled_from([fifo, lru, opt]), st.integers(1, 8), REFERENCES)
def test_each_step_is_that_of_a_second_implementation(
    choose: object, frames: int, reference: list[int]
) -> None:
    answer = solve(PagingProblem(choose.__name__, frames, tuple(reference)))  # type: ignore[attr-defined]
    expected = steps(choose, frames, reference)  # type: ignore[arg-type]
    assert [(step.page, step.hit, step.evicted) for step in answer.steps] == expected


@given(st.integers(1, 8), REFERENCES)
def test_the_json_tells_the_frames_after_each_access(frames: int, reference: list[int]) -> None:
    found = solve(PagingProblem("lru", frames, tuple(reference))).as_json()
    assert json.loads(json.dumps(found)) == found
    assert found["hits"] + found["faults"] == len(reference)
    inside: set[int] = set()
    for page, step in zip(reference, found["steps"], strict=True):
        assert list(step) == ["page", "hit", "evicted", "frames"]
        assert step["page"] == page
        assert step["hit"] == (page in inside)
        inside = (inside | {page}) - {step["evicted"]}
        assert set(step["frames"]) == inside
        assert len(inside) <= frames


@given(st.integers(0, 2**32))
def test_a_seed_draws_one_problem_that_can_be_solved_by_hand(seed: int) -> None:
    problem = draw(seed)
    assert problem == draw(seed)
    assert problem.policy in BY_HAND
    assert 1 <= problem.frames < len(set(problem.reference)) + 3
    assert len(solve(problem).steps) == len(problem.reference)


def test_other_seeds_draw_other_problems_and_what_is_given_stays() -> None:
    assert len({draw(seed).reference for seed in range(20)}) == 20
    assert {draw(seed).policy for seed in range(40)} == set(BY_HAND)
    given_pages = draw(7, reference=[1, 2, 3])
    assert given_pages.reference == (1, 2, 3)
    assert given_pages.policy == draw(7).policy


@pytest.mark.parametrize("policy", [*BY_HAND, "second_chance", "random"])
def test_every_step_has_its_sentence(policy: str) -> None:
    problem = draw(3, policy=policy, frames=3)
    answer = solve(problem)
    sentences = [str(line) for line in sheet(problem, answer).explanation if line]
    assert len(sentences) == len(answer.steps)
    for sentence, step in zip(sentences, answer.steps, strict=True):
        assert f"Page {step.page} is " in sentence
        assert (f"Page {step.evicted} leaves" in sentence) == (step.evicted is not None)


def test_a_sentence_says_why() -> None:
    def last(policy: str) -> str:
        problem = PagingProblem(policy, 2, (1, 2, 1, 3, 1))
        return str(list(sheet(problem, solve(problem)).explanation)[4])

    assert last("fifo").endswith("Page 1 leaves: it has been in memory longest, since access 1.")
    assert last("lru").endswith("Page 2 leaves: it was used longest ago, at access 2.")
    assert last("lfu").endswith("Page 2 leaves: it was used least, 1 time since it came in.")
    assert last("opt").endswith("Page 2 leaves: it is never needed again.")


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean 'lru'"):
        solve(PagingProblem("lur", 3, (1,)))
    with pytest.raises(InputError, match="at least 1 frame"):
        solve(PagingProblem("lru", 0, (1,)))
    with pytest.raises(InputError, match="too many for a lab"):
        solve(PagingProblem("lru", 10**9, tuple(range(5000))))


def test_frames_beyond_the_pages_cost_nothing() -> None:
    assert solve(PagingProblem("fifo", 10**15, (1, 2, 1))).faults == 2
