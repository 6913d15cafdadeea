"""What one pool has on one channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aio_sim.hardware.network.bundle import Bundle
    from aio_sim.hardware.network.channel import Channel
    from aio_sim.hardware.network.pool import Pool


class Crossing:
    """The bundles of a pool that cross a channel."""

    __slots__ = ("bundles", "channel", "flows", "pool")

    def __init__(self, channel: Channel, pool: Pool) -> None:
        self.channel = channel
        self.pool = pool
        self.bundles: dict[Bundle, None] = {}
        self.flows = 0
        """How many flows the bundles are counted as."""
