"""Max-min fair rates, worked out again only where a change reaches.

A flow has its bottleneck where a channel is full and no flow on it has more (Bertsekas &
Gallager, Data Networks, 2nd ed., 6.5.2). Each channel that a change touches gives those that it
holds down what the others leave it, and takes in those that have more of it than that. The one
with the lowest rate comes first, as in progressive filling, so that most come once. Whatever the
order, it ends: the lowest rate of all is right as soon as its channel was looked at and stays
so, then the next one, as with the advertised rates of A. Charny, D. Clark and R. Jain, Congestion
control with explicit rate indication, ICC 1995.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from aio_sim.hardware.network.bundle import Bundle
from aio_sim.hardware.network.channel import Channel
from aio_sim.hardware.network.crossing import Crossing
from aio_sim.hardware.network.pool import Pool
from aio_sim.hardware.network.pools import Pools
from aio_sim.hardware.network.units import NEGLIGIBLE
from aio_sim.kernel.environment import Environment


class Refilled(NamedTuple):
    """Pools with a higher rate or other bundles than before, and channels long not full."""

    sooner: list[Pool]
    idle: list[Channel]


class Filling:
    """Gives each bundle the pool of its bottleneck, and each pool its rate."""

    def __init__(self, env: Environment) -> None:
        self._pools = Pools(env)
        self.worked_out = 0
        """How many rates of pools have been worked out so far."""

    def refill(self, bundles: Iterable[Bundle]) -> Refilled:
        """Give new rates to bundles whose members changed, and to all that this reaches."""
        pools = self._pools
        for bundle in bundles:
            self._change(bundle)
        while (channel := pools.next()) is not None:
            excess = channel.load - channel.capacity
            if channel.pool is not None or excess > NEGLIGIBLE * len(channel.flows):
                self._fill(channel, pools.held_by(channel))
        sooner, pools.sooner = pools.sooner, {}
        idle, pools.idle = pools.idle, {}
        return Refilled(list(sooner), list(idle))

    def _change(self, bundle: Bundle) -> None:
        """Note that the members of a bundle changed."""
        pools = self._pools
        if bundle.pool is None:
            if bundle.members:
                pools.let_in(bundle, self._likely(bundle))
        elif bundle.members:
            pools.recount(bundle)
        else:
            pools.let_out(bundle)

    def _likely(self, bundle: Bundle) -> Pool:
        """Return the pool where a new bundle probably will be."""
        if bundle.channels:
            channel = min(bundle.channels, key=_estimate)
            if bundle.limit is None or _estimate(channel) < bundle.limit:
                return self._pools.held_by(channel)
        assert bundle.limit is not None
        return self._pools.limited(bundle.limit)

    def _fill(self, channel: Channel, pool: Pool) -> None:
        """Give those that a channel holds down what the others leave it."""
        self.worked_out += 1
        rate = _share(channel, pool)
        if rate is None or channel.highest > rate + NEGLIGIBLE:
            channel.queued = True  # what it takes in is no reason to look at it once more
            rate = self._take_in(channel, pool)
            channel.queued = False
        rate = max(rate, 1)
        if abs(rate - pool.rate) > NEGLIGIBLE or not pool.rate:
            self._pools.set_rate(pool, rate)
            for bundle in pool.limits.up_to(rate - 1):
                assert bundle.limit is not None
                self._pools.move(bundle, self._pools.limited(bundle.limit))

    def _take_in(self, channel: Channel, pool: Pool) -> int:
        """Let a channel hold down those that have more of it than it gives; return what it gives.

        Those with the most come first, for each leaves more to the others.
        """
        others = [crossing for crossing in channel.crossings.values() if crossing.pool is not pool]
        others.sort(key=_rate, reverse=True)
        rate = _share(channel, pool)
        for crossing in others:
            if rate is not None and crossing.pool.rate <= rate + NEGLIGIBLE:
                channel.highest = crossing.pool.rate
                break
            for bundle in list(crossing.bundles):
                self._pools.move(bundle, pool)
            rate = _share(channel, pool)
        else:
            channel.highest = 0
        assert rate is not None
        return rate


def _estimate(channel: Channel) -> int:
    """Return about what a flow more would have of a channel."""
    return channel.fair_share if channel.pool is None else channel.pool.rate


def _rate(crossing: Crossing) -> int:
    return crossing.pool.rate


def _share(channel: Channel, pool: Pool) -> int | None:
    """Return what a channel leaves to each of those that it holds down; None if there are none."""
    own = channel.crossings.get(pool)
    return None if own is None else (channel.capacity - channel.load) // own.flows
