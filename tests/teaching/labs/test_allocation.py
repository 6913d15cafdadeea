"""The lab on variable partitions gives the answers of the book and keeps account of every byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.teaching.labs.allocation import LAB_FITS, AllocationProblem, draw, solve, steps
from aio_sim.teaching.labs.pages.allocation import sheet

HOMEWORK = ("+3", "-0", "+5", "-1", "+8", "-2", "+8", "-3", "+2", "+7")
"""malloc.py -n 10 -H 0 -p BEST -s 0, of Three Easy Pieces, chapter 17."""


def addresses(problem: AllocationProblem) -> list[int | None]:
    return [each["address"] for each in solve(problem).as_json()["operations"]]


def test_the_homework_of_three_easy_pieces() -> None:
    problem = AllocationProblem("best", HOMEWORK)
    assert addresses(problem) == [1000, 1000, 1003, 1003, 1008, 1008, 1008, 1008, 1000, 1008]
    assert solve(problem).as_json()["free"] == [[1002, 1], [1003, 5], [1015, 1], [1016, 84]]
    searched = [step.searched for step in steps(problem)]
    assert searched == [1, None, 2, None, 3, None, 4, None, 4, 4]


def test_with_coalescing_the_list_is_short() -> None:
    answer = solve(AllocationProblem("best", HOMEWORK, coalesce=True))
    assert answer.as_json()["free"] == [[1009, 91]]


@given(st.sampled_from(LAB_FITS[:-1]), st.booleans(), st.integers(0, 2**32))
def test_blocks_and_holes_tile_the_memory_after_every_request(
    fit: str, coalesce: bool, seed: int
) -> None:
    problem = draw(seed, fit=fit, coalesce=coalesce)
    held: dict[int, tuple[int, int]] = {}
    number = 0
    for step in steps(problem):
        size, address = int(step.operation.operation[1:]), step.operation.address
        if step.operation.operation.startswith("-"):
            assert held.pop(size)[0] == address
        else:
            if address is not None:
                held[number] = (address, size)
            number += 1
        position = problem.base
        for start, length in sorted([*held.values(), *step.free]):
            assert start == position
            position += length
        assert position == problem.base + problem.size


@given(st.integers(0, 2**32))
def test_a_seed_draws_one_problem(seed: int) -> None:
    problem = draw(seed)
    assert problem == draw(seed)
    assert len(addresses(problem)) == len(problem.operations)
    assert solve(draw(seed, size=1))


def test_where_nothing_fits_the_address_is_null() -> None:
    problem = AllocationProblem("first", ("+60", "+60", "+40"))
    assert addresses(problem) == [1000, None, 1060]
    assert solve(problem).free == ()
    sentences = [str(line) for line in sheet(problem, solve(problem)).explanation]
    assert sentences[2] == "2. +60: none of 1060+40 has room for 60."


def test_the_buddy_system_halves_and_joins() -> None:
    problem = AllocationProblem("buddy", ("+21", "+30", "-0", "-1"), base=0, size=256)
    assert addresses(problem) == [0, 32, 0, 32]
    assert [list(step.free) for step in steps(problem)] == [
        [(32, 32), (64, 64), (128, 128)],
        [(64, 64), (128, 128)],
        [(0, 32), (64, 64), (128, 128)],
        [(0, 256)],
    ]


@pytest.mark.parametrize("fit", LAB_FITS)
def test_every_request_has_its_sentence(fit: str) -> None:
    problem = draw(5, fit=fit, size=128)
    sentences = [str(line) for line in sheet(problem, solve(problem)).explanation if line]
    assert len(sentences) == len(problem.operations)
    for sentence, operation in zip(sentences, problem.operations, strict=True):
        assert f". {operation}: " in sentence


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (AllocationProblem("best", ("20",)), "neither"),
        (AllocationProblem("best", ("-0",)), "no allocation 0"),
        (AllocationProblem("best", ("+0",)), "at least 1"),
        (AllocationProblem("best", (), size=0), "at least 1"),
        (AllocationProblem("buddy", (), size=100), "power of two"),
    ],
)
def test_what_cannot_be_is_refused(problem: AllocationProblem, said: str) -> None:
    with pytest.raises(InputError, match=said):
        solve(problem)


def test_an_unknown_fit_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'best'"):
        solve(AllocationProblem("bset", ()))
