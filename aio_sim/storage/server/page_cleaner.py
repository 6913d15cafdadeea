"""Pages that are written back in the background, a few at a time, so that others get their turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aio_sim.kernel.environment import COMPLETION, Environment, Timer

CLEANED_TOGETHER: Final = 16
"""Pages of one batch; the next begins when it is done. An assumption: so that whoever reads waits
for a few milliseconds at most on a solid-state drive."""


class PageCleaner:
    """Writes batches of pages, one after the other, as long as that is wanted.

    `wanted` tells whether there is enough to do; `clean` writes a batch of that many pages and
    returns for how long the disk is busy with it (ns).
    """

    def __init__(
        self, env: Environment, wanted: Callable[[], bool], clean: Callable[[int], int]
    ) -> None:
        self._env = env
        self._wanted = wanted
        self._clean = clean
        self._next = Timer(env, self.look, COMPLETION)
        self.batches = 0

    def look(self) -> None:
        """Begin, where there is enough to do and nothing under way."""
        if self._next.due < 0 and self._wanted():
            self.batches += 1
            self._next.set(self._env.now + max(self._clean(CLEANED_TOGETHER), 1))

    def stop(self) -> None:
        """Write no more: the power is gone."""
        self._next.cancel()
