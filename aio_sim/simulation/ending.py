"""When a run ends: once all its work is done, whatever that is made of."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from simpy.events import Event

from aio_sim.kernel.environment import Environment


class Ending:
    """Stops a run when nothing is left to be done: no task, no arrival, no story."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._conditions: list[Callable[[], bool]] = []
        self._stories = 0

    def when(self, over: Callable[[], bool]) -> None:
        """Let the run go on until that is true, too."""
        self._conditions.append(over)

    def story(self, story: Generator[Event, Any, Any]) -> None:
        """Let something happen, and the run go on until it has."""
        self._stories += 1
        self._env.process(self._tell(story))

    def check(self) -> None:
        """Stop the run if all is over; to be called whenever something was."""
        if not self._stories and all(over() for over in self._conditions):
            self._env.stop()

    def _tell(self, story: Generator[Event, Any, Any]) -> Generator[Event, Any, None]:
        yield from story
        self._stories -= 1
        self.check()
