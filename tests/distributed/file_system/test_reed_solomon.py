"""Reed-Solomon: the field is a field, and any k of k + m shards bring all back."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.distributed.file_system.galois import (
    POLYNOMIAL,
    combine,
    identity,
    inverse,
    inverted,
    multiply,
    product,
)
from aio_sim.distributed.file_system.reed_solomon import ReedSolomon
from aio_sim.kernel.errors import CodecError, InputError

BYTES = st.integers(0, 255)


def by_hand(left: int, right: int) -> int:
    """Return the product of two polynomials over the bits, divided out as on paper."""
    total = 0
    for place in range(8):
        if right >> place & 1:
            total ^= left << place
    for place in range(15, 7, -1):
        if total >> place & 1:
            total ^= POLYNOMIAL << (place - 8)
    return total


def solved(rows: list[list[int]], values: list[int]) -> list[int]:
    """Return the unknowns of a system of equations, by elimination with `by_hand` alone."""
    rows = [[*row, value] for row, value in zip(rows, values, strict=True)]
    for column in range(len(rows)):
        pivot = next(row for row in range(column, len(rows)) if rows[row][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        one = next(x for x in range(256) if by_hand(x, rows[column][column]) == 1)
        rows[column] = [by_hand(one, cell) for cell in rows[column]]
        for row in range(len(rows)):
            if row != column:
                factor = rows[row][column]
                pairs = zip(rows[row], rows[column], strict=True)
                rows[row] = [cell ^ by_hand(factor, above) for cell, above in pairs]
    return [row[-1] for row in rows]


def test_multiplication_is_that_of_polynomials() -> None:
    assert all(
        multiply(left, right) == by_hand(left, right)
        for left in range(256)
        for right in range(left, 256, 7)
    )


def test_every_byte_but_0_has_one_inverse() -> None:
    assert all(by_hand(byte, inverse(byte)) == 1 for byte in range(1, 256))
    with pytest.raises(ZeroDivisionError):
        inverse(0)


@given(st.lists(BYTES, min_size=1, max_size=4), st.data())
def test_shards_are_combined_byte_by_byte(factors: list[int], data: st.DataObject) -> None:
    length = data.draw(st.integers(0, 5))
    shards = [data.draw(st.binary(min_size=length, max_size=length)) for _factor in factors]
    expected = [0] * length
    for factor, shard in zip(factors, shards, strict=True):
        expected = [
            sum_ ^ by_hand(factor, byte) for sum_, byte in zip(expected, shard, strict=True)
        ]
    assert list(combine(factors, shards)) == expected


@given(st.sets(BYTES, min_size=2, max_size=12))
def test_a_matrix_times_its_inverse_changes_nothing(points: set[int]) -> None:
    half = sorted(points)[: len(points) // 2]
    rest = sorted(points)[len(points) // 2 :][: len(half)]
    cauchy = [[inverse(row ^ column) for column in rest] for row in half]
    assert product(cauchy, inverted(cauchy)) == identity(len(half))
    assert product(inverted(cauchy), cauchy) == identity(len(half))


def test_a_singular_matrix_has_no_inverse() -> None:
    with pytest.raises(ZeroDivisionError):
        inverted([[1, 2], [1, 2]])


@pytest.mark.parametrize(("data", "parity"), [(1, 2), (2, 1), (3, 2), (4, 2), (6, 3)])
def test_any_k_of_k_and_m_shards_bring_all_back(data: int, parity: int) -> None:
    code = ReedSolomon(data, parity)
    shards = [
        bytes((7 * number + 31 * place) % 256 for place in range(11)) for number in range(data)
    ]
    every = dict(enumerate(shards + code.encode(shards)))
    for left in combinations(every, data):
        some = {number: every[number] for number in left}
        assert code.decode(some) == shards
        assert all(code.rebuild(number, some) == every[number] for number in every)


@settings(max_examples=40)
@given(st.integers(1, 12), st.integers(0, 8), st.data())
def test_what_is_decoded_solves_the_equations_of_the_shards(
    data: int, parity: int, draw: st.DataObject
) -> None:
    code = ReedSolomon(data, parity)
    shards = [draw.draw(st.binary(min_size=2, max_size=2)) for _shard in range(data)]
    every = shards + code.encode(shards)
    left = sorted(draw.draw(st.permutations(range(data + parity)))[:data])
    rows = [code.rows[number] for number in left]
    for place in range(2):
        solution = solved(rows, [every[number][place] for number in left])
        assert solution == [shard[place] for shard in shards]
    assert code.decode({number: every[number] for number in left}) == shards


def test_fewer_than_k_shards_are_too_few() -> None:
    with pytest.raises(CodecError, match="3 shards are needed, there are 2"):
        ReedSolomon(3, 2).decode({0: b"a", 4: b"b"})


@pytest.mark.parametrize(("data", "parity"), [(0, 1), (1, -1), (200, 57)])
def test_a_code_has_1_to_256_shards(data: int, parity: int) -> None:
    with pytest.raises(InputError, match="256"):
        ReedSolomon(data, parity)
