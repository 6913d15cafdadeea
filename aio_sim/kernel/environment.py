"""The event loop: SimPy on a clock of whole nanoseconds, the order of one instant made explicit."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, Final

import simpy
from simpy.core import BoundClass

SECOND: Final = 1_000_000_000
"""Nanoseconds in a second."""

# The order of one instant. SimPy's own events (a timeout, an event that succeeds) are NORMAL = 1,
# so that they come with the completions.
COMPLETION: Final[Any] = 1
WAKE_UP: Final[Any] = 2
ARRIVAL: Final[Any] = 3
ALLOCATION: Final[Any] = 4  # what is lent at an instant joins ready queues before quanta end
QUANTUM_END: Final[Any] = 5
DECISION: Final[Any] = 1000  # those of guests come before, two phases a level (see Virtual cores)

END: Final[Any] = 1001  # after all else of an instant

NEVER: Final = -1


class Environment(simpy.Environment):
    """SimPy's environment, counting whole nanoseconds from 0."""

    _now: int

    def __init__(self) -> None:
        super().__init__(0)
        # SimPy binds its event classes for its own class only; a subclass looks them up each time.
        for name, attribute in vars(simpy.Environment).items():
            if isinstance(attribute, BoundClass):
                setattr(self, name, getattr(self, name))
        self.stopped = False
        self.last_word = False
        """Whether the callback now running has nothing more to say at this instant."""

    @property
    def now(self) -> int:
        """Nanoseconds since the beginning."""
        return self._now

    def advance(self, events: int) -> bool:
        """Process up to that many events; return False once there are none, or `stop` was called.

        It does what SimPy's `step` does, with fewer calls: a timer is called back directly.
        """
        queue: list[Any] = self._queue
        for _ in range(events):
            if not queue or self.stopped:
                return False
            self._now, _, _, event = heappop(queue)
            if event.__class__ is Timer:
                if event.due == self._now:
                    event.due = NEVER
                    event.callback()
                continue
            callbacks, event.callbacks = event.callbacks, None
            for callback in callbacks:
                callback(event)
            if not event._ok and not hasattr(event, "_defused"):
                raise event._value
        return bool(queue) and not self.stopped

    def stop(self) -> None:
        """Process no more events."""
        self.stopped = True

    def quiet(self) -> bool:
        """Return whether no other event is due at this instant."""
        queue = self._queue
        return not queue or queue[0][0] > self._now


class Timer:
    """A moment on the calendar that calls back, and can be set again and again.

    Setting it anew, or cancelling it, makes the earlier moment void. It costs one entry of the
    event queue a setting and no new object, which is what a dispatch loop needs. To SimPy it looks
    like an event, but it has no waiters; so it is not one, and small.
    """

    __slots__ = ("callback", "due", "env", "phase")

    _ok = True

    def __init__(self, env: Environment, callback: Callable[[], None], phase: int) -> None:
        self.env = env
        self.callback = callback
        self.phase: Any = phase
        self.due = NEVER

    @property
    def callbacks(self) -> Any:
        """What SimPy calls when it processes the timer as an event."""
        return [self._fire]

    @callbacks.setter
    def callbacks(self, _taken: Any) -> None:
        """SimPy takes the callbacks of an event that it has processed; a timer keeps its own."""

    def set(self, at: int) -> None:
        """Call back at the instant `at` (nanoseconds), and no more at the one set before."""
        env = self.env
        self.due = at
        entry: Any = (at, self.phase, next(env._eid), self)
        heappush(env._queue, entry)

    def cancel(self) -> None:
        """Do not call back."""
        self.due = NEVER

    def soon(self) -> None:
        """Call back in this timer's phase of this instant."""
        if self.due != self.env._now:
            self.set(self.env._now)

    def at_once(self) -> None:
        """Call back now where nothing else is due at this instant, else in its phase of it.

        A callback may ask for this as the last thing it does.
        """
        if self.env.quiet():
            self.due = NEVER
            self.callback()
        else:
            self.soon()

    def _fire(self, _event: Any) -> None:
        if self.due == self.env._now:
            self.due = NEVER
            self.callback()
