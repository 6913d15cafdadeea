"""Which bundles are in which pool, and what the pools have on each channel."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count

from aio_sim.hardware.network.bundle import Bundle
from aio_sim.hardware.network.channel import Channel
from aio_sim.hardware.network.crossing import Crossing
from aio_sim.hardware.network.pool import Pool
from aio_sim.kernel.environment import Environment


class Pools:
    """Keeps the crossings, the loads of channels, and a queue of those that changes touch."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._number = count()
        self._limited: dict[int, Pool] = {}
        """The pools of those that their limit holds down, by the limit."""
        self._queue: list[tuple[int, int, Channel]] = []
        self.sooner: dict[Pool, None] = {}
        """Pools with a higher rate, or other bundles, than before."""
        self.idle: dict[Channel, None] = {}
        """Channels that were not full for so long that they might be left out."""

    def next(self) -> Channel | None:
        """Return the channel to be looked at next, the one with the lowest rate; None if none."""
        if not self._queue:
            return None
        channel = heappop(self._queue)[2]
        channel.queued = False
        return channel

    def limited(self, limit: int) -> Pool:
        """Return the pool of those that a limit holds down."""
        pool = self._limited.get(limit)
        if pool is None:
            pool = self._limited[limit] = Pool(self._env, next(self._number), None, limit)
        return pool

    def held_by(self, channel: Channel) -> Pool:
        """Return the pool of those that a channel holds down; from now on it is full."""
        if channel.pool is None:
            channel.pool = Pool(self._env, next(self._number), channel, 0)
        return channel.pool

    def let_in(self, bundle: Bundle, pool: Pool) -> None:
        """Put a bundle that was in none into a pool."""
        bundle.weight = len(bundle.members)
        for channel in bundle.channels:
            self._join(bundle, channel, pool)
        self._enter(bundle, pool)

    def let_out(self, bundle: Bundle) -> None:
        """Take a bundle out of its pool."""
        for channel in bundle.channels:
            self._part(bundle, channel)
        bundle.weight = 0
        self._leave(bundle, None)

    def recount(self, bundle: Bundle) -> None:
        """Count the members of a bundle anew."""
        pool, more = bundle.pool, len(bundle.members) - bundle.weight
        assert pool is not None
        bundle.weight += more
        for channel in bundle.channels:
            channel.crossings[pool].flows += more
            if channel.pool is not pool:
                channel.load += more * pool.rate
            self._touch(channel)
        bundle.plan()
        self.sooner[pool] = None

    def move(self, bundle: Bundle, pool: Pool) -> None:
        """Let a bundle change to another pool."""
        for channel in bundle.channels:
            self._part(bundle, channel)
            self._join(bundle, channel, pool)
        self._leave(bundle, pool)

    def set_rate(self, pool: Pool, rate: int) -> None:
        """Change the rate of a pool."""
        pool.advance()
        more, pool.rate = rate - pool.rate, rate
        for crossing in pool.elsewhere:
            channel = crossing.channel
            channel.load += crossing.flows * more
            if rate > channel.highest:
                channel.highest = rate
            if not channel.queued:
                self._touch(channel)
        if more > 0:
            self.sooner[pool] = None

    def _touch(self, channel: Channel) -> None:
        """Have a channel looked at where it is full, or has come to be."""
        if channel.pool is not None or channel.load > channel.capacity:
            if not channel.queued:
                channel.queued = True
                pool = channel.pool
                rate = (pool is not None and pool.rate) or channel.fair_share
                heappush(self._queue, (rate, channel.number, channel))
        elif channel.patience:
            channel.patience -= 1
        else:
            self.idle[channel] = None

    def _join(self, bundle: Bundle, channel: Channel, pool: Pool) -> None:
        crossing = channel.crossings.get(pool)
        if crossing is None:
            crossing = channel.crossings[pool] = Crossing(channel, pool)
            if channel.pool is not pool:
                pool.elsewhere[crossing] = None
        crossing.bundles[bundle] = None
        crossing.flows += bundle.weight
        if channel.pool is not pool:
            channel.load += bundle.weight * pool.rate
            if pool.rate > channel.highest:
                channel.highest = pool.rate
        self._touch(channel)

    def _part(self, bundle: Bundle, channel: Channel) -> None:
        pool = bundle.pool
        assert pool is not None
        crossing = channel.crossings[pool]
        del crossing.bundles[bundle]
        crossing.flows -= bundle.weight
        if channel.pool is not pool:
            channel.load -= bundle.weight * pool.rate
        if not crossing.bundles:
            del channel.crossings[pool]
            pool.elsewhere.pop(crossing, None)
        self._touch(channel)

    def _enter(self, bundle: Bundle, pool: Pool) -> None:
        bundle.enter(pool)
        pool.bundles += 1
        self.sooner[pool] = None

    def _leave(self, bundle: Bundle, pool: Pool | None) -> None:
        """Let a bundle go on in another pool, or in none; its own goes where it was the last."""
        left = bundle.pool
        assert left is not None
        if pool is None:
            bundle.enter(None)
        else:
            self._enter(bundle, pool)
        left.bundles -= 1
        if not left.bundles:
            self.sooner[left] = None  # it is not to be woken up any more
            if left.channel is None:
                del self._limited[left.rate]
            else:
                left.channel.pool = None
                self._touch(left.channel)
