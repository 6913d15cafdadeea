"""What a storage system can do at best, in closed form: bounds, hit rates, group commits.

Times are seconds, rates a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Station(NamedTuple):
    """A device that each operation needs for `demand` seconds, of which there are `servers`."""

    demand: float
    servers: int = 1


class Bounds(NamedTuple):
    """What no system of these stations beats."""

    throughput: float
    """At most."""
    latency: float
    """At least, on the average."""


def asymptotic_bounds(stations: Iterable[Station], clients: int, think: float = 0) -> Bounds:
    """Return the bounds for clients who wait for each answer and think so long between.

    The station that has most to do is the bottleneck: X <= min(1 / D_max, N / (D + Z)), and by
    Little's law R >= max(D, N D_max - Z), with D_max = max(demand / servers).

    Source: Denning & Buzen, The Operational Analysis of Queueing Network Models, ACM Computing
    Surveys 10(3), 1978; Lazowska et al., Quantitative System Performance, 1984, 5.
    """
    known = list(stations)
    total = sum(station.demand for station in known)
    largest = max(station.demand / station.servers for station in known)
    if clients < 1 or think < 0 or largest <= 0:
        raise InputError(_("bounds need a client, a demand above 0 and no think time below 0"))
    return Bounds(
        min(1 / largest, clients / (total + think)), max(total, clients * largest - think)
    )


def lru_hit_rate(popularity: npt.ArrayLike, capacity: int) -> float:
    """Return the hit rate of an LRU cache of so many pages, asked for independently.

    `popularity` has the share of each page, of shape (pages,); they add up to 1. A page is in the
    cache if it was asked for within the characteristic time T, for which the pages expected there
    fill it: sum(1 - exp(-p T)) = capacity.

    Source: Che, Tung & Wang, Hierarchical Web Caching Systems, IEEE JSAC 20(7), 2002.
    """
    import numpy as np

    shares: npt.NDArray[np.float64] = np.asarray(popularity, dtype=np.float64)
    shares = shares[shares > 0]
    if capacity >= len(shares):
        return float(shares.sum())
    if capacity < 1:
        return 0.0
    time = _characteristic_time(shares, capacity)
    return float(np.sum(shares * -np.expm1(-shares * time)))


class GroupCommit(NamedTuple):
    """What clients who commit again and again get of flushes that they share."""

    batch: float
    """Commits a flush."""
    latency: float
    throughput: float


def group_commit(clients: int, flush: float, work: float, window: float = 0) -> GroupCommit:
    """Return what clients get who work, commit, and do so again; a flush takes `flush` seconds.

    With a window that is no shorter than the work, all are in each flush, which takes window,
    flush and the work. With none, and work shorter than a flush, those that are answered come back
    while the next flush is under way: half of the clients are in each, and wait for two.

    Raises InputError where neither holds. Source: DeWitt et al., SIGMOD 1984, for the idea.
    """
    if (clients > 1 and 0 < window < work) or work > flush:
        raise InputError(_("the window must be 0, or no shorter than the work"))
    if clients == 1:
        period = work + window + flush
        return GroupCommit(1, period, 1 / period)
    if window:
        period = work + window + flush
        return GroupCommit(clients, period, clients / period)
    return GroupCommit(clients / 2, 2 * flush, clients / (2 * flush))


def loss_of_lazy_commits(rate: float, period: float) -> tuple[float, float]:
    """Return how many answered transactions a crash takes: on the average, and at the worst."""
    return rate * period / 2, rate * period


def zipf_popularity(items: int, theta: float) -> Sequence[float]:
    """Return the share of each of so many items under Zipf's law, the most popular first."""
    import numpy as np

    weights = np.arange(1, items + 1, dtype=np.float64) ** -theta
    shares: Sequence[float] = (weights / weights.sum()).tolist()
    return shares


def _characteristic_time(shares: npt.NDArray[np.float64], capacity: int) -> float:
    """Return T by bisection; what is expected in the cache grows with it."""
    import numpy as np

    def expected(time: float) -> float:
        return float(-np.sum(np.expm1(-shares * time)))

    low, high = 0.0, 1.0
    while expected(high) < capacity:
        low, high = high, 2 * high
    for _step in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if expected(middle) < capacity else (low, middle)
    return high
