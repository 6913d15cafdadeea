"""What a container engine knows of a container beside the container: who wants what of it."""

from __future__ import annotations

from simpy.events import Event

from aio_sim.containers.restart import Restarts
from aio_sim.kernel.environment import Environment


class Supervision:
    """Whether a container is to be started again, and what waits for it meanwhile."""

    def __init__(self, env: Environment, restarts: Restarts) -> None:
        self.restarts = restarts
        self.stopped = False
        """Whether somebody has stopped it, and not started it since."""
        self.resting = False
        """Whether it is down, and its restart policy does not start it again."""
        self._env = env
        self._end: Event | None = None
        self._start: Event | None = None
        self._delay: Event | None = None

    @property
    def returns(self) -> bool:
        """Whether its restart policy starts it when its node comes up again."""
        return self.restarts.returns(self.stopped)

    def end(self) -> Event:
        """Return an event that happens when it has ended."""
        self._end = self._end or Event(self._env)
        return self._end

    def start(self) -> Event:
        """Return an event that happens when the start under way is over."""
        self._start = self._start or Event(self._env)
        return self._start

    def delay(self) -> Event:
        """Return an event that ends a back-off before its time, which begins now."""
        self._delay = Event(self._env)
        return self._delay

    def ended(self) -> None:
        """Tell those who wait for its end."""
        self._end = _told(self._end)

    def started(self) -> None:
        """Tell those who wait for its start, which has come about or not."""
        self._start = _told(self._start)

    def end_delay(self) -> None:
        """End its back-off, if it is in one: it is over, or somebody decides otherwise."""
        self._delay = _told(self._delay)


def _told(event: Event | None) -> Event | None:
    """Let an event happen, if somebody waits for it; return what is waited for then."""
    if event is not None:
        event.succeed()
    return None
