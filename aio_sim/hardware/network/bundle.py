"""Flows that share one fate: the same channels in common with others, the same limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aio_sim.hardware.network.lazy_heap import LazyHeap

if TYPE_CHECKING:
    from aio_sim.hardware.network.channel import Channel
    from aio_sim.hardware.network.flow import Flow
    from aio_sim.hardware.network.pool import Pool

Key = tuple[tuple["Channel", ...], int | None]
"""The channels that flows share with others, and the units of rate that limit each of them."""


class Bundle:
    """Flows of one key, which always have one rate, and so are worked out as one.

    It has a virtual time of its own, which is the progress of its pool but for a constant, so that
    its members need not be touched when another pool takes it in.
    """

    __slots__ = (
        "_behind",
        "_ceilings",
        "_targets",
        "_watched",
        "ceiling",
        "channels",
        "due",
        "limit",
        "members",
        "number",
        "pool",
        "weight",
    )

    def __init__(self, number: int, key: Key) -> None:
        self.number = number
        self.channels, self.limit = key
        self.members: dict[int, Flow] = {}
        self.weight = 0
        """How many members its pool counts."""
        self.pool: Pool | None = None
        """Those that have the same rate; None while it has none."""
        self.due = -1
        """The progress of the pool at which the next member is through, -1 where there is none."""
        self._behind = 0
        """How much less than its pool it has progressed; without one, than from 0."""
        self._targets: LazyHeap[Flow] = LazyHeap(self._has)
        self.ceiling: int | None = None
        """The least ceiling of the channels that its members leave out."""
        self._ceilings: LazyHeap[Channel] = LazyHeap(_bounds)
        self._watched: dict[Channel, int] = {}

    @property
    def progress(self) -> int:
        """What a member would have been sent that was there from the beginning."""
        if self.pool is None:
            return -self._behind
        self.pool.advance()
        return self.pool.progress - self._behind

    @property
    def rate(self) -> int:
        """Units of rate of each member."""
        return 0 if self.pool is None else self.pool.rate

    def enter(self, pool: Pool | None) -> None:
        """Go on in another pool, or in none."""
        if pool is None:
            self._behind = -self.progress
        else:
            pool.advance()
            self._behind = pool.progress - self.progress
        self.pool = pool
        self.due = -1
        if pool is not None:
            self.plan()
            if self.limit is not None:
                pool.limits.push(self.limit, self)
            if self.ceiling is not None:
                pool.ceilings.push(self.ceiling, self)

    def plan(self) -> None:
        """Have the pool know when the next member is through."""
        target = self._targets.least()
        due = -1 if target is None else target + self._behind
        if self.pool is not None and due != self.due and target is not None:
            self.pool.ends.push(due, self)
        self.due = due

    def join(self, flow: Flow) -> None:
        """Take a flow in, with the work that it has left."""
        flow.bundle, flow.target = self, self.progress + flow.left
        self.members[flow.number] = flow
        self._targets.push(flow.target, flow)
        for channel in flow.channels:
            if channel.ceiling:
                self.watch(channel)

    def watch(self, channel: Channel) -> None:
        """Mind that no member may have more than the ceiling of a channel that is left out."""
        if self._watched.get(channel) != channel.edition:
            self._watched[channel] = channel.edition
            self._ceilings.push(channel.ceiling, channel)
            if self.ceiling is None or channel.ceiling < self.ceiling:
                self._set_ceiling(channel.ceiling)

    def above(self, rate: int) -> list[Channel]:
        """Return the channels for whose ceilings a rate is too high, and watch them no more."""
        crowded = list(self._ceilings.up_to(rate - 1))
        for channel in crowded:
            self._watched.pop(channel, None)
        self._set_ceiling(self._ceilings.least())
        return crowded

    def leave(self, flow: Flow) -> None:
        """Let a flow go, with the work that it has left."""
        flow.left = self.left(flow)
        flow.bundle = None
        del self.members[flow.number]

    def left(self, flow: Flow) -> int:
        """Return the units of work that a member has left."""
        return max(flow.target - self.progress, 0)

    def through(self, reached: int) -> Iterator[Flow]:
        """Yield each member that is through at a progress of the pool, and let it go."""
        for flow in self._targets.up_to(reached - self._behind):
            del self.members[flow.number]
            flow.left, flow.bundle = 0, None
            yield flow

    def _set_ceiling(self, ceiling: int | None) -> None:
        self.ceiling = ceiling
        if self.pool is not None and ceiling is not None:
            self.pool.ceilings.push(ceiling, self)

    def _has(self, target: int, flow: Flow) -> bool:
        return flow.bundle is self and flow.target == target


def _bounds(ceiling: int, channel: Channel) -> bool:
    return channel.ceiling == ceiling
