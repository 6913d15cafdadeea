"""How much faster n machines are, and what stragglers and backup tasks make of that."""

from __future__ import annotations

from math import fsum, sqrt

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


def amdahl(machines: float, serial: float) -> float:
    """Return the speed-up of fixed work of which a fraction is serial: 1 / (s + (1 - s) / n).

    Source: Amdahl, Validity of the Single Processor Approach, AFIPS 1967.
    """
    _check_fraction(serial)
    return 1 / (serial + (1 - serial) / machines)


def gustafson(machines: float, serial: float) -> float:
    """Return the speed-up of work that grows with the machines: s + (1 - s) n.

    `serial` is the fraction of the time on n machines. Source: Gustafson, Reevaluating Amdahl's
    Law, CACM 31(5), 1988.
    """
    _check_fraction(serial)
    return serial + (1 - serial) * machines


def universal_scalability(machines: float, contention: float, coherency: float) -> float:
    """Return n / (1 + sigma (n - 1) + kappa n (n - 1)): waiting for others, and talking to them.

    Without coherency it is Amdahl's law. Source: Gunther, Guerrilla Capacity Planning, 2007, 4.
    """
    _check_fraction(contention)
    slower = contention * (machines - 1) + coherency * machines * (machines - 1)
    return machines / (1 + slower)


def most_useful(contention: float, coherency: float) -> float:
    """Return how many machines are fastest: sqrt((1 - sigma) / kappa), or infinity."""
    _check_fraction(contention)
    return sqrt((1 - contention) / coherency) if coherency else float("inf")


def longest_exponential(tasks: int, mean: float, copies: int = 1) -> float:
    """Return the expected maximum of n exponential times: mean (1 + 1/2 + ... + 1/n) / r.

    Each task is begun r times at once, and the first copy to end counts. Source: Ross,
    Introduction to Probability Models, 5.2 (the minimum of those left, n times).
    """
    return mean / copies * fsum(1 / rank for rank in range(1, tasks + 1))


def waves(tasks: int, slots: int, time: float) -> float:
    """Return what n equal tasks take on w slots: ceil(n / w) times the time of one."""
    return -(-tasks // slots) * time


def wave(tasks: int, chance: float, factor: float) -> float:
    """Return how many task times a wave takes of which each task is slow with a chance.

    A slow one takes `factor` times as long: 1 + (f - 1) (1 - (1 - p)^n), the expected maximum of n
    draws of two values.
    """
    _check_fraction(chance)
    return 1 + (factor - 1) * (1 - (1 - chance) ** tasks)


def wave_with_backups(tasks: int, chance: float, factor: float) -> float:
    """Return the same where each slow task is begun again when the others are done, after 1.

    A backup is as likely to be slow. The wave takes 1 where none is slow; 2 where some are, and no
    backup is; else f: (1 - p)^n + 2 ((1 - p^2)^n - (1 - p)^n) + f (1 - (1 - p^2)^n). That is for f
    of 2 and more; below, no backup ends before what it is for.
    """
    _check_fraction(chance)
    none, saved = (1 - chance) ** tasks, (1 - chance**2) ** tasks
    return none + min(factor, 2.0) * (saved - none) + factor * (1 - saved)


def _check_fraction(value: float) -> None:
    if not 0 <= value <= 1:
        raise InputError(_("expected a fraction from 0 to 1, got {value:g}").format(value=value))
