"""When the name node hears of nodes, and when it gives one up that it no longer hears of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from aio_sim.distributed.file_system.settings import Settings
from aio_sim.kernel.environment import COMPLETION, Environment, Timer

if TYPE_CHECKING:
    import numpy as np


class Heartbeats:
    """Every node beats once an interval, each at a moment of its own.

    A beat that comes when it should changes nothing, and so is no event: only for a node that has
    gone silent is there a deadline. `dead` is called with the name of one that stays silent.
    """

    def __init__(
        self,
        env: Environment,
        names: list[str],
        settings: Settings,
        random: np.random.Generator,
        dead: Callable[[str], None],
    ) -> None:
        self._env = env
        self._settings = settings
        phases = random.integers(settings.heartbeat, size=len(names))
        self._phase = {name: int(phase) for name, phase in zip(names, phases, strict=True)}
        self._deadline = {name: Timer(env, partial(dead, name), COMPLETION) for name in names}

    def last(self, name: str) -> int:
        """Return when a node that is up beat last; before its first beat, the beginning."""
        phase, interval = self._phase[name], self._settings.heartbeat
        return max(self._env.now - (self._env.now - phase) % interval, 0)

    def next(self, name: str) -> int:
        """Return when a node that is up beats next."""
        return self.last(name) + self._settings.heartbeat

    def silent(self, name: str) -> None:
        """Set the deadline of a node that beats no more."""
        self._deadline[name].set(self.last(name) + self._settings.expiry)

    def awaited(self, name: str) -> bool:
        """Return whether a node is silent, and not given up yet."""
        return self._deadline[name].due >= 0

    def heard(self, name: str) -> None:
        """Lift the deadline of a node."""
        self._deadline[name].cancel()
