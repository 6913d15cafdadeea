"""What flows share: one direction of a link, or the inside of a switch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aio_sim.hardware.network.crossing import Crossing
    from aio_sim.hardware.network.flow import Flow
    from aio_sim.hardware.network.pool import Pool

PATIENCE: Final = 32
"""Changes for which a channel is minded at least: a choice, which a few times more or less does not
matter for."""


class Channel:
    """A capacity that flows share, with the books that sharing it needs.

    Where one flow alone is on it, it is a limit of that flow and has no crossings. One that has
    room for much more than its flows have is left out, and has none either.
    """

    __slots__ = (
        "ample",
        "capacity",
        "carried",
        "ceiling",
        "crossings",
        "edition",
        "flows",
        "highest",
        "load",
        "number",
        "patience",
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
        """Units of rate that the other pools take."""
        self.highest = 0
        """A rate that no other pool on it is above."""
        self.ceiling = 0
        """Where it is left out: no flow on it has more, so that it is not full; else 0."""
        self.patience = PATIENCE
        """How many more changes it is minded for, though it is not full."""
        self.edition = 0
        """How many ceilings it has had."""
        self.queued = False
        """Whether it is to be looked at."""

    @property
    def narrow(self) -> bool:
        """Whether its flows have to mind it."""
        return not self.ample and not self.ceiling

    @property
    def fair_share(self) -> int:
        """What each flow would have if all had the same, in units of rate."""
        return self.capacity // max(len(self.flows), 1)
