"""What flows share: one direction of a link, or the inside of a switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aio_sim.hardware.network.bundle import Bundle
    from aio_sim.hardware.network.flow import Flow


class Channel:
    """A capacity that flows share, with the books that sharing it needs.

    Where one flow alone is on it, it is a limit of that flow and has no bundles.
    """

    __slots__ = (
        "ample",
        "bid",
        "bundles",
        "capacity",
        "carried",
        "flows",
        "free",
        "load",
        "number",
    )

    def __init__(self, number: int, capacity: int) -> None:
        self.number = number
        self.capacity = capacity
        """Units of rate."""
        self.ample = False
        """Whether what is around it never fills it, so that no flow need mind it."""
        self.flows: dict[Flow, None] = {}
        self.carried = 0
        """Units of work done, of flows that have left."""
        self.bundles: dict[Bundle, None] = {}
        self.load = 0
        """Units of rate that the bundles take whose rate is settled."""
        self.free = 0
        """How many flows have no settled rate."""
        self.bid = 0
        """The share that it last bid, 0 where none stands."""

    @property
    def share(self) -> int:
        """What each flow without a settled rate would get here, in units of rate."""
        return max((self.capacity - self.load) // self.free, 1)
