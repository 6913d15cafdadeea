"""Usage: peak and mean over time of what is lent out."""

from __future__ import annotations

from aio_sim.resources.demand import KINDS, Needs


class Usage:
    """How much of each kind is lent out, over all hosts; rows are in the order of KINDS."""

    def __init__(self) -> None:
        self.now = [0] * len(KINDS)
        self.peak = [0] * len(KINDS)
        self._area = [0] * len(KINDS)  # amount times nanoseconds, up to `since`
        self._since = [0] * len(KINDS)

    def add(self, needs: Needs, at: int) -> None:
        """Note that something was lent at an instant."""
        for kind, amount in needs:
            self._change(kind, amount, at)
            self.peak[kind] = max(self.peak[kind], self.now[kind])

    def remove(self, needs: Needs, at: int) -> None:
        """Note that something was returned at an instant."""
        for kind, amount in needs:
            self._change(kind, -amount, at)

    def mean(self, kind: int, until: int) -> float:
        """Return the mean amount lent out from 0 to an instant, 0 where that is no time at all."""
        area = self._area[kind] + self.now[kind] * (until - self._since[kind])
        return area / until if until else 0.0

    def _change(self, kind: int, amount: int, at: int) -> None:
        self._area[kind] += self.now[kind] * (at - self._since[kind])
        self._since[kind] = at
        self.now[kind] += amount
