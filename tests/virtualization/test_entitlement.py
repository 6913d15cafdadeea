"""Entitlements are what an independent solver by bisection finds, and never over the capacity."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.virtualization.entitlement import IDLE_MEMORY_TAX, Claim, entitlements, filling

amounts = st.integers(0, 60)
claims = st.builds(
    Claim,
    shares=st.integers(1, 9),
    reservation=st.integers(0, 8),
    limit=st.none() | amounts,
    demand=st.none() | amounts,
    active=st.none() | amounts,
)
taxes = st.sampled_from([Fraction(0), Fraction(1, 3), IDLE_MEMORY_TAX])


def bounds(claim: Claim, capacity: int) -> tuple[int, int]:
    """Return the least and the most that a claim may have."""
    most = min(
        capacity if claim.limit is None else claim.limit,
        capacity if claim.demand is None else claim.demand,
        capacity,
    )
    return min(claim.reservation, most), most


def cost(claim: Claim, amount: float, tax: Fraction) -> float:
    """Return Waldspurger's price of an amount: P (f + k (1 - f)) with k = 1 / (1 - tax)."""
    active = amount if claim.active is None else min(claim.active, amount)
    return active + (amount - active) / (1 - float(tax))


def by_bisection(capacity: int, claims: list[Claim], tax: Fraction) -> list[float]:
    """Find, by halving twice, the price per share at which the capacity is just sold."""

    def bought(claim: Claim, price: float) -> float:
        low, high = map(float, bounds(claim, capacity))
        for _step in range(50):
            middle = (low + high) / 2
            if cost(claim, middle, tax) < price * claim.shares:
                low = middle
            else:
                high = middle
        return high

    low, high = 0.0, 4.0 * capacity + 1
    for _step in range(50):
        middle = (low + high) / 2
        if sum(bought(claim, middle) for claim in claims) < capacity:
            low = middle
        else:
            high = middle
    return [bought(claim, high) for claim in claims]


@given(st.integers(40, 120), st.lists(claims, min_size=1, max_size=5), taxes)
def test_entitlements_are_those_of_a_solver_by_bisection(
    capacity: int, claims: list[Claim], tax: Fraction
) -> None:
    found = entitlements(capacity, claims, tax)
    expected = by_bisection(capacity, claims, tax)
    assert all(abs(amount - other) < 1.001 for amount, other in zip(found, expected, strict=True))


@given(st.integers(0, 120), st.lists(claims, max_size=8), taxes)
def test_all_is_given_and_no_more_within_the_bounds_of_each(
    capacity: int, claims: list[Claim], tax: Fraction
) -> None:
    if sum(bounds(claim, capacity)[0] for claim in claims) > capacity:
        with pytest.raises(InputError, match="more than there is"):
            entitlements(capacity, claims, tax)
        return
    found = entitlements(capacity, claims, tax)
    most = sum(bounds(claim, capacity)[1] for claim in claims)
    assert sum(found) == min(capacity, most)
    for claim, amount in zip(claims, found, strict=True):
        least, highest = bounds(claim, capacity)
        assert least <= amount <= highest


def test_capacity_is_divided_by_shares() -> None:
    assert entitlements(700, [Claim(1), Claim(2), Claim(4)]) == [100, 200, 400]


def test_what_one_does_not_want_goes_to_the_others_by_shares() -> None:
    assert entitlements(900, [Claim(1), Claim(2), Claim(1, demand=150)]) == [250, 500, 150]


def test_a_reservation_takes_from_the_others_and_a_limit_gives_to_them() -> None:
    assert entitlements(100, [Claim(1, reservation=60), Claim(3)]) == [60, 40]
    assert entitlements(100, [Claim(3, limit=20), Claim(1)]) == [20, 80]


def test_what_is_left_of_rounding_goes_to_the_largest_remainders() -> None:
    assert entitlements(10, [Claim(1), Claim(1), Claim(1)]) == [4, 3, 3]
    assert entitlements(10, [Claim(1), Claim(2)]) == [3, 7]


def test_the_idle_memory_tax_gives_an_idle_machine_a_quarter_beyond_what_it_uses() -> None:
    # Equal shares: half each with no tax. With 75 % an idle page costs four times as much, so that
    # of one price the idle machine has a quarter of what the busy one has.
    idle, busy = Claim(1, demand=256, active=0), Claim(1, demand=512)
    assert entitlements(320, [idle, busy]) == [160, 160]
    assert entitlements(320, [idle, busy], IDLE_MEMORY_TAX) == [64, 256]


def test_the_level_is_told_where_somebody_starts_or_stops_to_rise() -> None:
    found = list(filling(100, [Claim(1, reservation=20), Claim(2, limit=50), Claim(1)]))
    assert [step.level for step in found] == [0, 20, 25]
    assert [list(step.amounts) for step in found] == [[20, 0, 0], [20, 40, 20], [25, 50, 25]]
    enough = list(filling(100, [Claim(1, demand=30), Claim(1, demand=10)]))
    assert [list(step.amounts) for step in enough] == [[0, 0], [10, 10], [30, 10]]


def test_where_more_is_reserved_than_there_is_no_level_is_told() -> None:
    with pytest.raises(InputError, match="reservations of 12"):
        list(filling(10, [Claim(1, 6), Claim(1, 6)]))


@pytest.mark.parametrize("tax", [Fraction(-1, 2), Fraction(1)])
def test_a_tax_that_is_none_is_refused(tax: Fraction) -> None:
    with pytest.raises(InputError, match="idle memory tax"):
        entitlements(1, [Claim(1)], tax)


@pytest.mark.parametrize("bad", [{"shares": 0}, {"shares": 1, "limit": -1}])
def test_a_claim_that_cannot_be_is_refused(bad: dict[str, int]) -> None:
    with pytest.raises(InputError):
        Claim(**bad)
