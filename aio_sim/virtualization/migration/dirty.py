"""How much of its memory a running machine has written or touched, and what that costs it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import expm1
from typing import Final

from aio_sim.kernel.environment import SECOND
from aio_sim.virtualization.migration.methods import PAGE

FULL_SPEED: Final = Fraction(1)

_FINEST: Final = 1_000_000


def dirtied(time: int, rate: int, working_set: int) -> int:
    """Return the different bytes written in `time` ns at `rate` bytes/s within a working set.

    w (1 - exp(-r t / w)), rounded: what is occupied after a Poisson number of writes to places
    drawn evenly (Feller, An Introduction to Probability Theory and Its Applications, vol. 1, IV.2),
    so never more than the writable working set of Clark et al. (NSDI 2005).
    """
    if not working_set:
        return 0
    return round(-working_set * expm1(-rate * time / (working_set * SECOND)))


def speed_under(faults: Callable[[int], float], cost: int, time: int, cores: int) -> Fraction:
    """Return the speed of a guest that takes `faults` of its own work, of `cost` ns each.

    Of the next `time` ns it works w, with w + cost faults(w) / cores = time, as a fault stops one
    of its virtual processors; the speed is w / time, 1 where `time` is 0. `faults` does not fall.
    """
    if not cost or not time or not faults(time):
        return FULL_SPEED
    low, high = 0, time
    while high - low > 1:
        middle = (low + high) // 2
        fits = middle + faults(middle) * cost / cores <= time
        low, high = (middle, high) if fits else (low, middle)
    return max(Fraction(low, time).limit_denominator(_FINEST), Fraction(1, _FINEST))


def tracked_speed(time: int, rate: int, working_set: int, cost: int, cores: int) -> Fraction:
    """Return the speed of a guest whose first write to each page in `time` ns costs `cost` ns."""
    return speed_under(lambda work: dirtied(work, rate, working_set) / PAGE, cost, time, cores)


def faulting_speed(
    done: int, time: int, rate: int, working_set: int, missing: float, cost: int, cores: int
) -> Fraction:
    """Return the speed of a guest that faults where it touches what is not there yet.

    It has worked `done` ns already, and for the next `time` the share `missing` of what it touches
    for the first time has to be fetched, at `cost` ns a page.
    """
    before = dirtied(done, rate, working_set)

    def faults(work: int) -> float:
        return missing * (dirtied(done + work, rate, working_set) - before) / PAGE

    return speed_under(faults, cost, time, cores)
