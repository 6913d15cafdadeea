"""Entitlements: how a host's capacity is divided by shares, within reservations and limits.

Everyone has at least the reservation, or the demand where that is less, and at most the limit, or
the demand where that is less; in between, what one has is in proportion to its shares. That is
water filling: one level rises until the capacity is used up.

An idle memory tax t makes an idle page cost 1 / (1 - t) times as much as one that is active, so
that of a level beyond its active pages a claim gets the part 1 - t only.

Source: Waldspurger, Memory Resource Management in VMware ESX Server, OSDI 2002, sections 5 and 6;
VMware vSphere Resource Management, Resource Allocation Shares, Reservation and Limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

IDLE_MEMORY_TAX: Final = Fraction(3, 4)
"""The default of ESX Server (Waldspurger, section 5.3)."""

NO_TAX: Final = Fraction(0)


@dataclass(frozen=True, slots=True)
class Claim:
    """What one claims of a capacity, in its units (bytes, nanoseconds a second, ...).

    `limit` and `demand` are None where there is none; `active`, the part of it in use, is None
    where all is. Raises InputError where shares are not positive, or an amount is negative.
    """

    shares: int
    reservation: int = 0
    limit: int | None = None
    demand: int | None = None
    active: int | None = None

    def __post_init__(self) -> None:
        amounts = (self.reservation, self.limit or 0, self.demand or 0, self.active or 0)
        if self.shares < 1 or min(amounts) < 0:
            raise InputError(_("shares must be positive, and what is claimed not negative"))

    def most(self, capacity: int) -> int:
        """Return the most that it may have of a capacity."""
        bounds = (self.limit, self.demand, capacity)
        return min(bound for bound in bounds if bound is not None)

    def least(self, capacity: int) -> int:
        """Return what it is promised of a capacity."""
        return min(self.reservation, self.most(capacity))


def entitlements(capacity: int, claims: Sequence[Claim], idle_tax: Fraction = NO_TAX) -> list[int]:
    """Return what each is entitled to, in whole units; O(n + d log d) where d claims differ.

    The sum is the capacity, or less where all have the most that they may have. What rounding down
    leaves over goes to the largest remainders, the first of equals.

    Raises InputError where the reservations are more than the capacity, and unless 0 <= idle_tax
    < 1.
    """
    _check_tax(idle_tax)
    most = [claim.most(capacity) for claim in claims]
    if sum(most) <= capacity:
        return most
    ramps = _ramps(capacity, claims, idle_tax)
    level = _level(capacity, ramps)
    return _rounded(claims, {ramp.claim: ramp.at(level) for ramp in ramps}, capacity)


class Filling(NamedTuple):
    """A moment while the level rises: how high it is, in units a share, and what each has then."""

    level: Fraction
    amounts: tuple[Fraction, ...]


def filling(
    capacity: int, claims: Sequence[Claim], idle_tax: Fraction = NO_TAX
) -> Iterator[Filling]:
    """Yield the moments at which somebody starts or stops to rise, the level 0 and the last one.

    At 0 each has the reservation; at the last, what `entitlements` rounds. Raises as that does.
    """
    _check_tax(idle_tax)
    ramps = _ramps(capacity, claims, idle_tax)
    enough = sum(ramp.most * ramp.count for ramp in ramps) <= capacity
    bends = {bend.level for ramp in ramps for bend in ramp.bends()} | {Fraction(0)}
    last = max(bends) if enough else _level(capacity, ramps)
    for level in sorted({each for each in bends if each < last} | {Fraction(0), last}):
        amounts = {ramp.claim: ramp.at(level) for ramp in ramps}
        yield Filling(level, tuple(amounts[claim] for claim in claims))


def _check_tax(idle_tax: Fraction) -> None:
    if not 0 <= idle_tax < 1:
        raise InputError(
            _("the idle memory tax must be at least 0 and less than 1, not {tax}").format(
                tax=idle_tax
            )
        )


def _ramps(capacity: int, claims: Sequence[Claim], idle_tax: Fraction) -> list[_Ramp]:
    """Return a ramp for each that differs; InputError where more is reserved than there is."""
    ramps = [_Ramp(claim, n, capacity, idle_tax) for claim, n in Counter(claims).items()]
    promised = sum(ramp.least * ramp.count for ramp in ramps)
    if promised > capacity:
        raise InputError(
            _("reservations of {promised} are more than there is, {capacity}").format(
                promised=promised, capacity=capacity
            )
        )
    return ramps


class _Bend(NamedTuple):
    """Where the line of a ramp bends: the sum of all changes by height + slope * level."""

    level: Fraction
    slope: Fraction
    height: Fraction


class _Ramp:
    """What a claim gets at each level: flat, then by shares, slower where idle, then flat.

    There are `count` of them that are equal.
    """

    def __init__(self, claim: Claim, count: int, capacity: int, tax: Fraction) -> None:
        self.claim, self.count = claim, count
        self.least, self.most = claim.least(capacity), claim.most(capacity)
        self._active = self.most if claim.active is None else min(claim.active, self.most)
        self._shares = claim.shares
        self._part = 1 - tax  # of the level beyond what is active

    def at(self, level: Fraction) -> Fraction:
        """Return what it gets at a level."""
        amount = level * self._shares
        if amount > self._active:
            amount = self._active + (amount - self._active) * self._part
        return min(max(amount, Fraction(self.least)), Fraction(self.most))

    def bends(self) -> Iterator[_Bend]:
        """Yield the bends of all that are equal together, from the lowest level up."""
        if self.least == self.most:
            return
        # From each of these amounts on, the line goes up with another slope.
        slopes = [(self.least, Fraction(self._shares)), (self.most, Fraction(0))]
        if self.least >= self._active:
            slopes[0] = (self.least, self._shares * self._part)
        elif self._active < self.most:
            slopes.insert(1, (self._active, self._shares * self._part))
        before = Fraction(0)
        for amount, slope in slopes:
            level = self._level_of(amount)
            steeper = (slope - before) * self.count
            yield _Bend(level, steeper, -steeper * level)
            before = slope

    def _level_of(self, amount: int) -> Fraction:
        """Return the lowest level at which it gets an amount that is not its least."""
        if amount <= self._active:
            return Fraction(amount, self._shares)
        return (self._active + (amount - self._active) / self._part) / self._shares


def _level(capacity: int, ramps: Sequence[_Ramp]) -> Fraction:
    """Return the level at which they get the capacity together, which is between their bounds."""
    slope, height = Fraction(0), Fraction(sum(ramp.least * ramp.count for ramp in ramps))
    for bend in sorted(bend for ramp in ramps for bend in ramp.bends()):
        if height + slope * bend.level >= capacity:
            break
        slope += bend.slope
        height += bend.height
    return (capacity - height) / slope if slope else Fraction(0)


def _rounded(claims: Sequence[Claim], amounts: Mapping[Claim, Fraction], total: int) -> list[int]:
    remainders = {claim: amount % 1 for claim, amount in amounts.items()}
    order = {remainder: at for at, remainder in enumerate(sorted(set(remainders.values())))}
    rank = {claim: -order[remainder] for claim, remainder in remainders.items()}
    whole = [int(amounts[claim]) for claim in claims]
    by_remainder = sorted(range(len(whole)), key=lambda index: rank[claims[index]])
    for index in by_remainder[: total - sum(whole)]:
        whole[index] += 1
    return whole
