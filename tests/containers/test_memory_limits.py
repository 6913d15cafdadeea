"""Fixed limits hold, dynamic ones follow the use; neither is ever exceeded."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.containers.memory_limits import (
    DynamicLimit,
    FixedLimit,
    Memory,
    shares_of_pressure,
    shrunk,
)
from aio_sim.kernel.errors import InputError

HALF = Fraction(1, 2)


def test_a_fixed_limit_reclaims_what_it_must_and_then_fails() -> None:
    limit = FixedLimit(100)
    first = limit.charge(Memory(100, 30), 60, 0, cached=True)
    assert first.memory == Memory(100, 30, 60)
    assert first.reclaimed == 0
    second = limit.charge(first.memory, 50, 0)
    assert (second.memory, second.reclaimed) == (Memory(100, 80, 20), 40)
    third = limit.charge(second.memory, 21, 10**9)
    assert not third.granted
    assert (third.memory, third.reclaimed) == (Memory(100, 80, 0), 20)


def test_a_dynamic_limit_grows_so_that_the_use_is_at_its_mark() -> None:
    limit = DynamicLimit(100, 400, HALF)
    assert limit.charge(Memory(100), 50, 999).memory == Memory(100, 50)
    grown = limit.charge(Memory(100, 50), 30, 999)
    assert (grown.memory, grown.grown) == (Memory(160, 80), 60)
    assert limit.charge(Memory(160, 80), 320, 999).memory == Memory(400, 400)
    assert not limit.charge(Memory(400, 400), 1, 999).granted


def test_where_the_host_is_full_it_reclaims_instead_and_fails_at_the_limit() -> None:
    limit = DynamicLimit(100, 400, HALF)
    squeezed = limit.charge(Memory(100, 20, 30), 20, 10)
    assert squeezed.memory == Memory(110, 40, 15)  # the mark of 110 is 55
    assert squeezed.reclaimed == 15
    over_mark = limit.charge(squeezed.memory, 50, 0)
    assert (over_mark.memory, over_mark.granted) == (Memory(110, 90, 0), True)
    assert not limit.charge(over_mark.memory, 21, 0).granted


def test_it_gives_back_what_it_does_not_need() -> None:
    limit = DynamicLimit(100, 400, HALF)
    assert limit.spare(Memory(400, 80, 100)) == 240
    assert limit.spare(Memory(400, 10)) == 300  # never below the floor
    assert limit.spare(Memory(400, 300)) == 0
    assert limit.settled(Memory(400, 80, 20)) == 200
    assert shrunk(Memory(400, 80, 100), 160).memory == Memory(160, 80, 80)
    assert FixedLimit(100).spare(Memory(100)) == 0


@given(
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 200), st.booleans()), max_size=30),
)
def test_a_limit_is_never_exceeded_and_nothing_is_lost(
    fixed: bool, wishes: list[tuple[int, int, bool]]
) -> None:
    limit = FixedLimit(300) if fixed else DynamicLimit(100, 500)
    memory = Memory(limit.initial)
    for size, room, cached in wishes:
        before = memory
        charge = limit.charge(memory, size, room, cached=cached)
        memory = charge.memory
        assert memory.held <= memory.limit <= limit.most
        assert memory.limit - before.limit == charge.grown <= room
        granted = size if charge.granted else 0
        assert before.held + granted - charge.reclaimed == memory.held
        assert charge.granted or before.used + size > memory.limit
        taken = shrunk(memory, memory.limit - limit.spare(memory))
        assert taken.granted
        assert taken.memory.limit >= limit.initial


@given(st.integers(0, 5000), st.lists(st.integers(0, 1000), max_size=8))
def test_pressure_takes_the_shortage_in_proportion(shortage: int, spare: list[int]) -> None:
    taken = shares_of_pressure(shortage, spare)
    assert sum(taken) == min(shortage, sum(spare))
    for share, each in zip(taken, spare, strict=True):
        assert 0 <= share <= each
        exact = Fraction(each * min(shortage, sum(spare)), sum(spare) or 1)
        assert abs(share - exact) < len(spare)


@pytest.mark.parametrize(
    "make",
    [
        lambda: FixedLimit(0),
        lambda: DynamicLimit(0, 5),
        lambda: DynamicLimit(6, 5),
        lambda: DynamicLimit(1, 5, Fraction(0)),
        lambda: DynamicLimit(1, 5, Fraction(2)),
        lambda: FixedLimit(5).charge(Memory(5), -1, 0),
        lambda: shares_of_pressure(-1, [1]),
        lambda: shares_of_pressure(1, [-1]),
    ],
)
def test_limits_that_cannot_be_are_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(InputError):
        make()
