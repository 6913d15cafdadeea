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
    """Keeps the crossings, the loads of full channels, and a queue of what changes touch."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._number = count()
        self._limited: dict[int, Pool] = {}
        """The pools of those that their limit holds down, by the limit."""
        self._queue: list[tuple[int, int, Channel]] = []
        self.sooner: dict[Pool, None] = {}
        """Pools whose next flow may be through sooner than was thought."""

    def next(self) -> Channel | None:
        """Return the channel to be looked at next, the one with the lowest rate; None if none."""
        if not self._queue:
            return None
        channel = heappop(self._queue)[2]
        channel.queued = False
        return channel

    def look_at(self, channel: Channel) -> None:
        """Have a channel looked at."""
        if not channel.queued:
            channel.queued = True
            pool = channel.pool
            rate = (pool is not None and pool.rate) or channel.fair_share
            heappush(self._queue, (rate, channel.number, channel))

    def limited(self, limit: int) -> Pool:
        """Return the pool of those that a limit holds down."""
        pool = self._limited.get(limit)
        if pool is None:
            pool = self._limited[limit] = Pool(self._env, next(self._number), None, limit)
        return pool

    def held_by(self, channel: Channel) -> Pool:
        """Return the pool of those that a channel holds down; from now on it is full."""
        if (pool := channel.pool) is None:
            pool = channel.pool = Pool(self._env, next(self._number), channel, 0)
            crossings = channel.crossings.values()
            for crossing in crossings:
                crossing.pool.full[crossing] = None
            channel.load = sum(crossing.flows * crossing.pool.rate for crossing in crossings)
            channel.highest = max((crossing.pool.rate for crossing in crossings), default=0)
        return pool

    def let_in(self, bundle: Bundle, pool: Pool) -> None:
        """Put a bundle that was in none into a pool."""
        bundle.weight = len(bundle.members)
        for channel in bundle.channels:
            self._join(bundle, channel, pool)
            self.look_at(channel)
        self._enter(bundle, pool)

    def let_out(self, bundle: Bundle) -> None:
        """Take a bundle out of its pool."""
        for channel in bundle.channels:
            self._part(bundle, channel)
        bundle.weight = 0
        self._leave(bundle, None)

    def recount(self, bundle: Bundle) -> None:
        """Count the members of a bundle anew."""
        more = len(bundle.members) - bundle.weight
        bundle.weight += more
        pool = bundle.pool
        assert pool is not None
        for channel in bundle.channels:
            channel.crossings[pool].flows += more
            if channel.pool is not None and channel.pool is not pool:
                channel.load += more * pool.rate
            if more > 0 or channel.pool is not None:
                self.look_at(channel)
        bundle.plan()
        self.sooner[pool] = None

    def move(self, bundle: Bundle, pool: Pool) -> None:
        """Let a bundle change to another pool."""
        for channel in bundle.channels:
            ceiling = self._part(bundle, channel)
            crossing = self._join(bundle, channel, pool)
            if channel.pool is None:
                self._lower(crossing, ceiling)
        self._leave(bundle, pool)

    def set_rate(self, pool: Pool, rate: int) -> None:
        """Change the rate of a pool."""
        pool.advance()
        more, pool.rate = rate - pool.rate, rate
        for crossing in pool.full:
            channel = crossing.channel
            channel.load += crossing.flows * more
            if rate > channel.highest:
                channel.highest = rate
            if not channel.queued:
                self.look_at(channel)
        if more > 0:
            self.sooner[pool] = None
            for crossing in pool.ceilings.up_to(rate - 1):
                self.look_at(crossing.channel)

    def certify(self, channel: Channel, spare: int) -> None:
        """Let each pool on a channel that is not full rise so far before it is looked at again."""
        for crossing in channel.crossings.values():
            crossing.ceiling = ceiling = crossing.pool.rate + spare
            if crossing.pool.channel is not None:
                crossing.pool.ceilings.push(ceiling, crossing)

    def _join(self, bundle: Bundle, channel: Channel, pool: Pool) -> Crossing:
        crossing = channel.crossings.get(pool)
        if crossing is None:
            crossing = channel.crossings[pool] = Crossing(next(self._number), channel, pool)
            if channel.pool is not None and channel.pool is not pool:
                pool.full[crossing] = None
        crossing.bundles[bundle] = None
        crossing.flows += bundle.weight
        if channel.pool is not None:
            if channel.pool is not pool:
                channel.load += bundle.weight * pool.rate
                channel.highest = max(channel.highest, pool.rate)
            self.look_at(channel)
        return crossing

    def _part(self, bundle: Bundle, channel: Channel) -> int:
        """Take a bundle out of what its pool has on a channel; return the ceiling there."""
        pool = bundle.pool
        assert pool is not None
        crossing = channel.crossings[pool]
        del crossing.bundles[bundle]
        crossing.flows -= bundle.weight
        if not crossing.bundles:
            del channel.crossings[pool]
            pool.full.pop(crossing, None)
        if channel.pool is not None:
            if channel.pool is not pool:
                channel.load -= bundle.weight * pool.rate
            self.look_at(channel)
        return crossing.ceiling

    def _lower(self, crossing: Crossing, ceiling: int) -> None:
        """Lower what a pool may rise to on a channel that is not full, for a bundle joined it."""
        pool = crossing.pool
        if ceiling < pool.rate:
            self.look_at(crossing.channel)
        elif not crossing.ceiling or ceiling < crossing.ceiling:
            crossing.ceiling = ceiling
            if pool.channel is not None:
                pool.ceilings.push(ceiling, crossing)

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
        if left.bundles:
            return
        self.sooner[left] = None  # it is not to be woken up any more
        if left.channel is None:
            del self._limited[left.rate]
        else:
            self._no_longer_full(left.channel)

    def _no_longer_full(self, channel: Channel) -> None:
        channel.pool = None
        channel.load = 0
        for crossing in channel.crossings.values():
            del crossing.pool.full[crossing]
        self.look_at(channel)
