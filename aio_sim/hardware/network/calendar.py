"""When bundles have members that are through: one timer for all of them."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Final

from aio_sim.hardware.network.bundle import Bundle
from aio_sim.kernel.environment import COMPLETION, NEVER, Environment, Timer

_SPARE: Final = 64


class Calendar:
    """Bundles by the instant at which their next member is through.

    `on_due` is called with those of one instant. Entries that a new rate made void are dropped as
    they come up, or once they are more than the others.
    """

    def __init__(self, env: Environment, on_due: Callable[[list[Bundle]], None]) -> None:
        self._env = env
        self._on_due = on_due
        self._timer = Timer(env, self._fire, COMPLETION)
        self._entries: list[tuple[int, int, Bundle]] = []
        self._dated = 0

    def put(self, bundle: Bundle) -> None:
        """Put a bundle where its next member is through; out, where it has none."""
        due = bundle.next_end()
        if due == bundle.due:
            return
        self._dated += (due != NEVER) - (bundle.due != NEVER)
        bundle.due = due
        if due != NEVER:
            heappush(self._entries, (due, bundle.number, bundle))

    def set_timer(self) -> None:
        """Wake up for the first of all; after bundles were put."""
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
            at, _number, bundle = heappop(entries)
            if bundle.due == at:
                bundle.due = NEVER
                self._dated -= 1
                due.append(bundle)
        self._on_due(due)
