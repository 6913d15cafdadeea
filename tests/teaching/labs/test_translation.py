"""The lab on page tables gives the answers of the book and of a dictionary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.teaching.labs.pages.translation import paging_sheet
from aio_sim.teaching.labs.translation import TranslationProblem, draw, solve


def physical(problem: TranslationProblem) -> list[int | None]:
    return [each["physical"] for each in solve(problem).as_json()["translations"]]


def test_the_homework_of_three_easy_pieces() -> None:
    addresses = (0x3229, 0x1369, 0x1E80, 0x2556, 0x3A1E)
    problem = TranslationProblem(4096, 16 << 10, {0: 12, 3: 6}, addresses)
    assert physical(problem) == [0x6229, None, None, None, 0x6A1E]


@given(
    st.integers(0, 12),
    st.integers(1, 6),
    st.dictionaries(st.integers(0, 63), st.integers(0, 1000)),
    st.lists(st.integers(0, 1 << 20)),
)
def test_every_address_leads_where_arithmetic_says(
    offset_bits: int, page_bits: int, table: dict[int, int], addresses: list[int]
) -> None:
    page, space = 2**offset_bits, 2 ** (offset_bits + page_bits)
    table = {number: frame for number, frame in table.items() if number < 2**page_bits}
    found = solve(TranslationProblem(page, space, table, tuple(addresses))).as_json()
    for address, each in zip(addresses, found["translations"], strict=True):
        assert each["virtual"] == address
        if address >= space:
            assert (each["physical"], each["reason"]) == (None, "out_of_range")
        elif address // page not in table:
            assert (each["physical"], each["reason"]) == (None, "not_mapped")
        else:
            expected = table[address // page] * page + address % page
            assert (each["physical"], each["reason"]) == (expected, None)


@given(st.integers(0, 2**32))
def test_a_seed_draws_one_problem(seed: int) -> None:
    problem = draw(seed)
    assert problem == draw(seed)
    assert len(set(problem.table.values())) == len(problem.table)
    assert all(0 <= address < problem.address_space for address in problem.addresses)
    assert len(physical(problem)) == len(problem.addresses)


@given(st.integers(1, 62), st.integers(0, 100))
def test_what_is_drawn_fits_what_is_given(bits: int, seed: int) -> None:
    problem = draw(seed, address_space=2**bits)
    assert solve(problem)
    assert max(problem.addresses) < 2**bits
    other = draw(seed, page_size=2**bits, addresses=[5])
    assert other.addresses == (5,)
    assert solve(other)


def test_the_way_is_shown_step_by_step() -> None:
    problem = TranslationProblem(1024, 16 << 10, {0: 24, 3: 12}, (3100, 13189, 20000))
    assert [str(line) for line in paging_sheet(problem, solve(problem)).explanation][1:] == [
        "1. 3100 = page 3 x 1024 + 28; page 3 is in frame 12, 12 x 1024 + 28 = 12316.",
        "2. 13189 = page 12 x 1024 + 901; address 13189 is on a page that is not valid: a fault.",
        "3. address 20000 is outside the address space: a fault.",
    ]


@pytest.mark.parametrize(
    ("page_size", "address_space", "table", "said"),
    [
        (1000, 16384, {}, "page size"),
        (1024, 10000, {}, "address space"),
        (1024, 1024, {}, "not larger than a page"),
        (1024, 16384, {16: 1}, "pages go from 0 to 15"),
    ],
)
def test_what_cannot_be_is_refused(
    page_size: int, address_space: int, table: dict[int, int], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        solve(TranslationProblem(page_size, address_space, table, (0,)))
