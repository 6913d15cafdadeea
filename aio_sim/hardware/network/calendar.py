"""When pools have flows that are through: one timer for all of them."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Final

from aio_sim.hardware.network.pool import Pool
from aio_sim.kernel.environment import COMPLETION, NEVER, Environment, Timer

_SPARE: Final = 64


class Calendar:
    """Pools by the instant at which their next flow is through.

    `on_due` is called with those of one instant. Entries that a new rate made void are dropped as
    they come up, or once they are more than the others.
    """

    def __init__(self, env: Environment, on_due: Callable[[list[Pool]], None]) -> None:
        self._env = env
        self._on_due = on_due
        self._timer = Timer(env, self._fire, COMPLETION)
        self._entries: list[tuple[int, int, Pool]] = []
        self._dated = 0

    def put(self, pool: Pool) -> None:
        """Put a pool where its next flow is through; out, where it has none."""
        due = pool.next_end()
        if due == pool.due:
            return
        self._dated += (due != NEVER) - (pool.due != NEVER)
        pool.due = due
        if due != NEVER:
            heappush(self._entries, (due, pool.number, pool))

    def set_timer(self) -> None:
        """Wake up for the first of all; after pools were put."""
        if len(self._entries) > 2 * self._dated + _SPARE:
            self._entries = [entry for entry in self._entries if entry[2].due == entry[0]]
            heapify(self._entries)
        entries = self._entries
        while entries and entries[0][2].due != entries[0][0]:
            heappop(entries)
        if not entries:
            self._timer.cancel()
        elif self._timer.due != entries[0][0]:
            self._timer.set(entries[0][0])

    def _fire(self) -> None:
        entries, due = self._entries, []
        while entries and entries[0][0] <= self._env.now:
            at, _number, pool = heappop(entries)
            if pool.due == at:
                pool.due = NEVER
                self._dated -= 1
                due.append(pool)
        self._on_due(due)
