"""Balloons lead to the entitlements and never over the host's memory on the way."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.virtualization.balloon import GuestClaim, moves, targets

GIB = 2**30


def test_nobody_gives_where_there_is_enough() -> None:
    guests = [GuestClaim(4 * GIB, 1, active=0), GuestClaim(2 * GIB, 9)]
    assert targets(8 * GIB, guests) == [4 * GIB, 2 * GIB]


def test_the_idle_machine_gives_to_the_busy_one() -> None:
    idle, busy = GuestClaim(4 * GIB, 10, active=0), GuestClaim(4 * GIB, 10)
    assert targets(5 * GIB, [idle, busy]) == [GIB, 4 * GIB]
    assert targets(5 * GIB, [idle, busy], Fraction(0)) == [5 * GIB // 2] * 2


def test_a_reservation_is_kept_and_a_limit_holds_though_there_is_enough() -> None:
    guests = [GuestClaim(4 * GIB, 1, reservation=3 * GIB, active=0), GuestClaim(4 * GIB, 9)]
    assert targets(5 * GIB, guests) == [3 * GIB, 2 * GIB]
    assert targets(8 * GIB, [GuestClaim(4 * GIB, 1, limit=GIB)]) == [GIB]


sizes = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=8)


@given(sizes, st.integers(0, 40))
def test_on_the_way_to_the_targets_machines_never_have_more_than_there_is(
    pairs: list[tuple[int, int]], spare: int
) -> None:
    now, wanted = [a for a, _b in pairs], [b for _a, b in pairs]
    memory = max(sum(now), sum(wanted)) + spare
    has = list(now)
    order = moves(memory, now, wanted)
    for machine, change in order:
        has[machine] += change
        assert sum(has) <= memory
    assert has == wanted
    assert len(order) == sum(old != new for old, new in pairs)


def test_a_balloon_is_let_out_as_soon_as_there_is_room() -> None:
    order = moves(10, [6, 3, 1], [5, 1, 4])
    assert order == [(1, -2), (0, -1), (2, 3)]
    assert moves(12, [6, 3, 1], [5, 1, 4]) == [(1, -2), (2, 3), (0, -1)]


def test_more_than_there_is_cannot_be_had() -> None:
    with pytest.raises(InputError, match="11 bytes of 10"):
        moves(10, [6, 3], [6, 5])
