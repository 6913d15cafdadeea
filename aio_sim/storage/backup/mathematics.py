"""Closed forms of backup and recovery, which simulations are held against.

Times are in any one unit kept to, sizes as shares of the whole or in bytes.
"""

from __future__ import annotations

from math import exp, expm1, log, log1p, sqrt
from typing import NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


def young_interval(cost: float, between_failures: float) -> float:
    """Return the time of work between two checkpoints that wastes least, to the first order.

    sqrt(2 c M) (Young, CACM 17(9), 1974, 530-531).
    """
    _positive(cost, between_failures)
    return sqrt(2 * cost * between_failures)


def daly_interval(cost: float, between_failures: float) -> float:
    """Return the time of work between two checkpoints that wastes least, to a higher order.

    sqrt(2cM) (1 + sqrt(c/2M)/3 + (c/2M)/9) - c where c < 2M, else M (Daly, Future Generation
    Computer Systems 22(3), 2006, 303-312, equation 37).
    """
    _positive(cost, between_failures)
    if cost >= 2 * between_failures:
        return between_failures
    ratio = cost / (2 * between_failures)
    series = 1 + sqrt(ratio) / 3 + ratio / 9
    return sqrt(2 * cost * between_failures) * series - cost


def wall_time(
    work: float, interval: float, cost: float, restart: float, between_failures: float
) -> float:
    """Return the mean time in which work is done with a checkpoint each `interval` of it.

    M e^(R/M) (e^((t + c)/M) - 1) W/t, for failures at exponential distances that may come while
    one saves or restarts, too (Daly 2006, equation 20). Work is a multiple of the interval, and a
    checkpoint follows its last stretch as well.
    """
    _positive(interval, between_failures)
    stretch = expm1((interval + cost) / between_failures)
    return between_failures * exp(restart / between_failures) * stretch * work / interval


class Point(NamedTuple):
    """How much of the newest data a disaster takes."""

    mean: float
    worst: float


def recovery_point(period: float, duration: float) -> Point:
    """Return what is lost where a backup is begun each `period` and is good after `duration`.

    It holds what there was when it began. A disaster at any instant of a period, each as likely,
    finds the last good one from `duration` to `period + duration` old.
    """
    _positive(period)
    return Point(period / 2 + duration, period + duration)


def recovery_time(size: float, rate: float, log_size: float = 0, replay: float = 1) -> float:
    """Return the time to bring `size` bytes back at the rate of the slowest stage, and the log."""
    return size / rate + log_size / replay


def changed_share(writes: float) -> float:
    """Return the share of blocks that change, each written `writes` times in the mean.

    1 - e^-w: writes fall on blocks evenly, as balls into bins (Feller, An Introduction to
    Probability Theory and Its Applications 1, 3rd ed., 1968, II.5 and IV.2).
    """
    return -expm1(-writes)


def changed_share_hot(writes: float, hot_blocks: float, hot_writes: float) -> float:
    """Return that share where a part of the writes goes to a part of the blocks."""
    hot = hot_blocks * changed_share(writes * hot_writes / hot_blocks) if hot_blocks else 0.0
    cold = 1 - hot_blocks
    rest = cold * changed_share(writes * (1 - hot_writes) / cold) if cold else 0.0
    return hot + rest


class Kept(NamedTuple):
    """What a cycle of one full backup and others takes, in sizes of a full one."""

    stored: float
    largest: float
    """The largest of those that are not full."""
    restore: float
    """What is read to restore the end of the cycle."""


def full_only(count: int) -> Kept:
    """Return what `count` full backups take."""
    return Kept(count, 1, 1)


def incrementals(count: int, writes: float) -> Kept:
    """Return what a full backup and `count` incremental ones take.

    `writes` is the mean number of writes to a block from one backup to the next.
    """
    each = changed_share(writes)
    return Kept(1 + count * each, each, 1 + count * each)


def differentials(count: int, writes: float) -> Kept:
    """Return what a full backup and `count` differential ones take; the k-th has 1 - e^(-kw)."""
    each = [changed_share(number * writes) for number in range(1, count + 1)]
    last = each[-1] if each else 0.0
    return Kept(1 + sum(each), last, 1 + last)


def survival(size: float, hazard: float, time: float) -> float:
    """Return the probability that `size` bytes are all good after a time: e^(-size h t).

    `hazard` is of a byte and unit of time; damages are independent.
    """
    return exp(-size * hazard * time)


def chain_survival(links: int, good: float) -> float:
    """Return the probability that the last of a chain can be restored, each link good with `good`.

    A series system (Barlow and Proschan, Statistical Theory of Reliability, 1975, 1.1): a full
    backup has one link, a differential two, the n-th incremental n + 1.
    """
    return good**links


def mean_good_links(links: int, good: float) -> float:
    """Return how many links of a chain can be restored in the mean before the first bad one.

    p (1 - p^n) / (1 - p): that of a geometric distribution cut off at n.
    """
    return links if good == 1 else good * -expm1(links * log(good)) / (1 - good) if good else 0.0


def links_for(target: float, good: float) -> int:
    """Return the most links with which a chain is good with a probability of `target`."""
    if not 0 < target <= 1 or not 0 < good <= 1:
        raise InputError(_("probabilities are above 0 and at most 1"))
    return int(log(target) / log1p(good - 1)) if good < 1 else 2**31


def _positive(*values: float) -> None:
    if min(values) <= 0:
        raise InputError(_("times must be above 0"))
