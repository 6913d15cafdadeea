"""What flows share: one direction of a link, or the inside of a switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aio_sim.hardware.network.crossing import Crossing
    from aio_sim.hardware.network.flow import Flow
    from aio_sim.hardware.network.pool import Pool


class Channel:
    """A capacity that flows share, with the books that sharing it needs.

    Where one flow alone is on it, it is a limit of that flow and has no crossings.
    """

    __slots__ = (
        "ample",
        "capacity",
        "carried",
        "crossings",
        "flows",
        "highest",
        "load",
        "number",
        "pool",
        "queued",
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
        self.crossings: dict[Pool, Crossing] = {}
        self.pool: Pool | None = None
        """The bundles that it holds down; None where there are none."""
        self.load = 0
        """Units of rate that the other pools take, where it holds some down."""
        self.highest = 0
        """A rate that no other pool on it is above, where it holds some down."""
        self.queued = False
        """Whether it is to be looked at."""

    @property
    def fair_share(self) -> int:
        """What each flow would have if all had the same, in units of rate."""
        return self.capacity // max(len(self.flows), 1)
