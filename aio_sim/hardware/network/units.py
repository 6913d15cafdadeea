"""The units of flows inside the network: whole numbers, so that every machine gets the same."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from aio_sim.kernel.environment import SECOND

RATE_UNIT: Final = 2**64
"""Units of rate in a bit a second. Shares are rounded to them; sums of them are exact."""

NEGLIGIBLE: Final = 2**20
"""A change of rate that is none: 2^-44 bit/s, which moves an hour's transfer at 1 bit/s by less
than a nanosecond, and is more than roundings add up to."""

BYTE: Final = 8 * RATE_UNIT * SECOND
"""Units of work in a byte: a unit of rate does one unit of work in a nanosecond."""

INSTANT: Final = 1024
"""A flow that lacks less than this part of a nanosecond is through."""


def goodput(bandwidth: int, loss: Fraction) -> int:
    """Return, in units of rate, what bits a second carry where a fraction of packets is lost.

    A link sends a lost packet again, on average 1 / (1 - loss) times in all, so that 1 - loss of
    its bandwidth is left: selective repeat (Bertsekas & Gallager, Data Networks, 2nd ed., 2.4).
    """
    return max(int(bandwidth * RATE_UNIT * (1 - loss)), 1)


def time_for(work: int, rate: int) -> int:
    """Return the whole nanoseconds, rounded up, that so much work takes at a rate above 0."""
    return max(-((rate - work * INSTANT) // (rate * INSTANT)), 0)
