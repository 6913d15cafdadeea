"""What one pool has on one channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aio_sim.hardware.network.bundle import Bundle
    from aio_sim.hardware.network.channel import Channel
    from aio_sim.hardware.network.pool import Pool


class Crossing:
    """The bundles of a pool that cross a channel."""

    __slots__ = ("bundles", "ceiling", "channel", "flows", "number", "pool")

    def __init__(self, number: int, channel: Channel, pool: Pool) -> None:
        self.number = number
        self.channel = channel
        self.pool = pool
        self.bundles: dict[Bundle, None] = {}
        self.flows = 0
        """How many flows the bundles are counted as."""
        self.ceiling = 0
        """A channel is not full while no pool on it is above its ceiling there."""
