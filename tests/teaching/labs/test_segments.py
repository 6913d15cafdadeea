"""The lab on segments gives the answers of the book and of a picture drawn byte by byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.teaching.labs.pages.translation import segments_sheet
from aio_sim.teaching.labs.segments import SegmentsProblem, draw, solve
from aio_sim.virtualization.memory.segmentation import Segment

TWO = (Segment(0, 20), Segment(512, 20, grows_down=True))


def physical(problem: SegmentsProblem) -> list[int | None]:
    return [each["physical"] for each in solve(problem).as_json()["translations"]]


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        ((108, 97, 53, 33, 65), [492, None, None, None, None]),
        ((17, 108, 97, 32, 63), [17, 492, None, None, None]),
        ((122, 121, 7, 10, 106), [506, 505, 7, 10, None]),
    ],
)
def test_the_homework_of_three_easy_pieces(
    addresses: tuple[int, ...], expected: list[int | None]
) -> None:
    assert physical(SegmentsProblem(128, TWO, addresses)) == expected


@given(st.integers(0, 1000), st.integers(0, 16), st.integers(16, 1000), st.integers(0, 16))
def test_two_segments_are_as_their_picture(low: int, up: int, high: int, down: int) -> None:
    picture: dict[int, int] = {}
    for byte in range(up):
        picture[byte] = low + byte
    for byte in range(down):
        picture[31 - byte] = high - 1 - byte
    segments = (Segment(low, up), Segment(high, down, grows_down=True))
    everything = tuple(range(40))
    assert physical(SegmentsProblem(32, segments, everything)) == [
        picture.get(address) for address in everything
    ]


@given(st.integers(0, 2**32))
def test_a_seed_draws_one_problem_of_segments_that_do_not_meet(seed: int) -> None:
    problem = draw(seed)
    assert problem == draw(seed)
    first, second = problem.segments
    assert (first.grows_down, second.grows_down) == (False, True)
    assert first.base + first.limit <= second.base - second.limit
    assert len(physical(problem)) == len(problem.addresses)


@given(st.integers(1, 62), st.integers(0, 100))
def test_what_is_drawn_fits_what_is_given(bits: int, seed: int) -> None:
    assert solve(draw(seed, address_space=2**bits))
    large = Segment(0, 2**bits)
    assert solve(draw(seed, segments=[large, large, large]))


def test_the_way_is_shown_step_by_step() -> None:
    problem = SegmentsProblem(128, TWO, (108, 97, 5, 200))
    assert [str(line) for line in segments_sheet(problem, solve(problem)).explanation][1:] == [
        "1. 108 is in segment 1, which grows down, at offset -20; within the limit of 20, "
        "512 - 20 = 492.",
        "2. 97 is in segment 1, which grows down, at offset -31; the limit of 20 does not reach "
        "so far: a fault.",
        "3. 5 is in segment 0 at offset 5; within the limit of 20, 0 + 5 = 5.",
        "4. address 200 is outside the address space: a fault.",
    ]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="power of two"):
        solve(SegmentsProblem(100, TWO, (1,)))
    with pytest.raises(InputError, match="limit of 20"):
        solve(SegmentsProblem(32, TWO, (1,)))
