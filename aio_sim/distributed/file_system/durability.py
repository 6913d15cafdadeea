"""How long data lasts, and what that costs: closed forms.

docs/background/file-system.md derives them. Times are in any one unit.
"""

from __future__ import annotations

from math import comb


def loss_probability(width: int, needed: int, down: float) -> float:
    """Return how likely a block cannot be read where each node is down with this probability.

    Fewer than `needed` of `width` independent nodes are up: the lower tail of a binomial.
    """
    return sum(comb(width, up) * (1 - down) ** up * down ** (width - up) for up in range(needed))


def mean_time_to_loss(width: int, needed: int, lifetime: float, repair: float) -> float:
    """Return the mean time until a block is lost, of which each node dies after `lifetime`.

    Every missing piece is made again in `repair`, each at once; both times are exponential. A
    birth and death process: the mean time from i pieces missing to i + 1 is
    h(i) = 1 / f(i) + r(i) / f(i) h(i - 1), with f(i) = (width - i) / lifetime, r(i) = i / repair;
    the sum of them is the answer (Ross, Introduction to Probability Models, 6.3; Gibson, Redundant
    Disk Arrays, 1992).
    """
    total = step = 0.0
    for missing in range(width - needed + 1):
        failing = (width - missing) / lifetime
        step = 1 / failing + missing / repair / failing * step
        total += step
    return total


def overhead(width: int, needed: int) -> float:
    """Return the raw bytes a byte of data takes: 3 for three copies, 1.5 for RS(6, 3)."""
    return width / needed


def repair_traffic(size: int, needed: int) -> int:
    """Return the bytes that are sent to make a lost piece of so many bytes again: k of them."""
    return size * needed


def rebuild_time(held: float, survivors: int, rate: float, needed: int = 1) -> float:
    """Return the least time to make again what a node held, in bytes at bytes a second.

    Every survivor sends and receives an equal part (declustering: Muntz & Lui, VLDB 1990).
    """
    return held * needed / (survivors * rate)
