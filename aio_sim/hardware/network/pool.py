"""Bundles that one thing holds down: a channel that is full, or the same limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aio_sim.hardware.network.lazy_heap import LazyHeap
from aio_sim.hardware.network.units import INSTANT, time_for
from aio_sim.kernel.environment import NEVER, Environment

if TYPE_CHECKING:
    from aio_sim.hardware.network.bundle import Bundle
    from aio_sim.hardware.network.channel import Channel
    from aio_sim.hardware.network.crossing import Crossing
    from aio_sim.hardware.network.flow import Flow


class Pool:
    """Bundles that have one rate as long as the same thing holds them down.

    Virtual time (Parekh & Gallager 1993): `progress` is what a flow would have been sent that was
    there from the beginning. A bundle is due at a progress that no change of the rate moves.
    """

    __slots__ = (
        "_env",
        "_since",
        "bundles",
        "ceilings",
        "channel",
        "due",
        "elsewhere",
        "ends",
        "limits",
        "number",
        "progress",
        "rate",
    )

    def __init__(self, env: Environment, number: int, channel: Channel | None, rate: int) -> None:
        self._env = env
        self._since = env.now
        self.number = number
        self.channel = channel
        """The full channel that holds the bundles down; None where their limit does."""
        self.rate = rate
        """Units of rate of each flow."""
        self.progress = 0
        self.due = NEVER
        """When the next flow is through."""
        self.bundles = 0
        """How many bundles there are."""
        self.elsewhere: dict[Crossing, None] = {}
        """What it has on the channels that do not hold it down."""
        self.ceilings: LazyHeap[Bundle] = LazyHeap(self._bounds)
        """Bundles by the rates that are too high for a channel that they leave out."""
        self.limits: LazyHeap[Bundle] = LazyHeap(self._limits)
        """Bundles by their limits."""
        self.ends: LazyHeap[Bundle] = LazyHeap(self._ends)
        """Bundles by the progress at which their next flow is through."""

    def advance(self) -> None:
        """Bring the progress up to now."""
        now = self._env.now
        self.progress += self.rate * (now - self._since)
        self._since = now

    def next_end(self) -> int:
        """Return when the next flow is through, NEVER where there is none."""
        self.advance()
        target = self.ends.least()
        if target is None:
            return NEVER
        return self._env.now + time_for(target - self.progress, self.rate)

    def through(self) -> Iterator[tuple[Bundle, Flow]]:
        """Yield each flow that is through, with its bundle, and let it go with no work left."""
        self.advance()
        reached = self.progress + self.rate // INSTANT
        for bundle in self.ends.up_to(reached):
            for flow in bundle.through(reached):
                yield bundle, flow
            bundle.plan()

    def _bounds(self, ceiling: int, bundle: Bundle) -> bool:
        return bundle.pool is self and bundle.ceiling == ceiling

    def _limits(self, _limit: int, bundle: Bundle) -> bool:
        return bundle.pool is self

    def _ends(self, progress: int, bundle: Bundle) -> bool:
        return bundle.pool is self and bundle.due == progress
