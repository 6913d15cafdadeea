"""Balloons: how much memory each virtual machine keeps where more is promised than there is.

A balloon is memory that a driver takes inside a guest and the VMM lends to another. All machines of
a host have one target each, their entitlement under the idle memory tax; those above it must give
before those below it can take.

Source: Waldspurger, Memory Resource Management in VMware ESX Server, OSDI 2002, sections 3.2 and 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.entitlement import IDLE_MEMORY_TAX, Claim, entitlements


@dataclass(frozen=True, slots=True)
class GuestClaim:
    """What one machine claims of its host's memory, in bytes: `size` is what its guest is told.

    `active` is what the guest uses, None where that is all of it; `limit` is None where the size is
    the limit.
    """

    size: int
    shares: int
    reservation: int = 0
    limit: int | None = None
    active: int | None = None

    @property
    def claim(self) -> Claim:
        """The claim that goes with it."""
        return Claim(self.shares, self.reservation, self.limit, self.size, self.active)


class Move(NamedTuple):
    """One balloon's change: the machine (its place in the sequence) and the bytes it has more."""

    machine: int
    change: int
    """Negative where the balloon grows and takes from the guest."""


def targets(
    memory: int, guests: Sequence[GuestClaim], idle_tax: Fraction = IDLE_MEMORY_TAX
) -> list[int]:
    """Return how many bytes each machine may have of the memory that a host has for guests.

    All of their size, within the limits, where there is enough. Raises InputError where the
    reservations are more than the memory, and unless 0 <= idle_tax < 1.
    """
    return entitlements(memory, [guest.claim for guest in guests], idle_tax)


def moves(memory: int, now: Sequence[int], wanted: Sequence[int]) -> list[Move]:
    """Return the changes that lead from the bytes that machines have to what they are to have.

    What a machine gets has been taken from others before, so that after no change they have more
    than the memory together; of the changes, as many as must come before the first that gives do.

    Raises InputError where they have, or are to have, more than the memory.
    """
    if max(sum(now), sum(wanted)) > memory:
        raise InputError(
            _("machines cannot have {amount} bytes of {memory}").format(
                amount=max(sum(now), sum(wanted)), memory=memory
            )
        )
    changes = [Move(i, new - old) for i, (old, new) in enumerate(zip(now, wanted, strict=True))]
    # The largest first: the fewest balloons have to be blown up before the first can be let out.
    taking = sorted((move for move in changes if move.change < 0), key=lambda move: move.change)
    giving = sorted((move for move in changes if move.change > 0), key=lambda move: move.change)
    return _merged(memory - sum(now), taking, giving)


def _merged(free: int, taking: list[Move], giving: list[Move]) -> list[Move]:
    """Return all in an order in which each that gives has what it needs."""
    order: list[Move] = []
    takes = iter(taking)
    for move in giving:
        while free < move.change:
            taken = next(takes)
            free -= taken.change
            order.append(taken)
        free -= move.change
        order.append(move)
    return [*order, *takes]
