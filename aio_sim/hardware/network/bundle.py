"""Flows that share one fate: the same channels in common with others, the same limit."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from aio_sim.hardware.network.units import INSTANT, time_for
from aio_sim.kernel.environment import NEVER, Environment

if TYPE_CHECKING:
    from aio_sim.hardware.network.channel import Channel
    from aio_sim.hardware.network.flow import Flow

Key = tuple[tuple["Channel", ...], int | None]
"""The channels that flows share with others, and the units of rate that limit each of them."""


class Bundle:
    """Flows of one key, which always have one rate, and so are worked out as one.

    Virtual time (Parekh & Gallager 1993): `progress` is what a flow would have been sent that was
    there from the beginning. A member is through at a progress that no change of the rate moves.
    """

    __slots__ = (
        "_env",
        "_since",
        "_targets",
        "bottleneck",
        "channels",
        "due",
        "free",
        "limit",
        "members",
        "number",
        "progress",
        "rate",
        "weight",
    )

    def __init__(self, env: Environment, number: int, key: Key) -> None:
        self._env = env
        self.number = number
        self.channels, self.limit = key
        self.members: dict[int, Flow] = {}
        self.weight = 0
        """How many members the loads of its channels count."""
        self.rate = 0
        """Units of rate of each member."""
        self.bottleneck: Channel | None = None
        """The channel that holds its rate down; None where its limit does."""
        self.free = False
        """Whether its rate is being worked out."""
        self.due = NEVER
        """When its next member is through."""
        self.progress = 0
        self._since = env.now
        self._targets: list[tuple[int, int]] = []

    def advance(self) -> None:
        """Bring the progress up to now."""
        now = self._env.now
        self.progress += self.rate * (now - self._since)
        self._since = now

    def join(self, flow: Flow) -> None:
        """Take a flow in, with the work that it has left."""
        self.advance()
        flow.bundle, flow.target = self, self.progress + flow.left
        self.members[flow.number] = flow
        heappush(self._targets, (flow.target, flow.number))

    def leave(self, flow: Flow) -> None:
        """Let a flow go, with the work that it has left."""
        flow.left = self.left(flow)
        flow.bundle = None
        del self.members[flow.number]

    def left(self, flow: Flow) -> int:
        """Return the units of work that a member has left."""
        return max(flow.target - self.progress - self.rate * (self._env.now - self._since), 0)

    def next_end(self) -> int:
        """Return when the next member is through, NEVER where there is none."""
        self.advance()
        target = self._next_target()
        if target is None:
            return NEVER
        return self._env.now + time_for(target - self.progress, self.rate)

    def through(self) -> Iterator[Flow]:
        """Yield each member that is through, and let it go with no work left."""
        self.advance()
        reached = self.progress + self.rate // INSTANT
        while (target := self._next_target()) is not None and target <= reached:
            flow = self.members.pop(heappop(self._targets)[1])
            flow.left, flow.bundle = 0, None
            yield flow

    def _next_target(self) -> int | None:
        while self._targets:
            target, number = self._targets[0]
            flow = self.members.get(number)
            if flow is not None and flow.target == target:
                return target
            heappop(self._targets)
        return None
