"""Retries: a task that was lost with its machine is sent again, after a while."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

from aio_sim.distributed.attended import Attendant, AttendedDispatcher
from aio_sim.kernel.environment import WAKE_UP, Timer
from aio_sim.scheduling.process import Process

if TYPE_CHECKING:
    import numpy as np


class BackOff:
    """How long to wait before each retry: twice as long each time, say, up to a bound.

    A part of it may be left to chance, so that tasks lost together do not come back together.
    Source: M. Brooker, Exponential Backoff and Jitter, AWS Architecture Blog, 2015.
    """

    def __init__(
        self,
        wait: int,
        factor: float,
        most: int,
        jitter: float,
        random_stream: Callable[[], np.random.Generator],
    ) -> None:
        """`wait` and `most` are nanoseconds; `jitter` is the part of a wait that is drawn."""
        self._wait = wait
        self._factor = factor
        self._most = most
        self._jitter = jitter
        self._random_stream = random_stream

    def before(self, retry: int) -> int:
        """Return the nanoseconds before a retry; the first has the number 1."""
        wait = self._wait
        for _ in range(retry - 1):  # not a power, which might be beyond all numbers
            wait = round(wait * self._factor)
            if wait >= self._most or wait == 0:
                break
        wait = min(wait, self._most)
        if not self._jitter:
            return wait
        return round(wait * (1 - self._jitter * float(self._random.random())))

    @cached_property
    def _random(self) -> np.random.Generator:
        return self._random_stream()


class Retrying(Attendant):
    """Sends a task that was lost with its machine again, from its beginning, some times at most."""

    def __init__(self, attempts: int, back_off: BackOff) -> None:
        """`attempts` is how often a task is sent in all."""
        self._attempts = attempts
        self._back_off = back_off
        self._losses: dict[Process, int] = {}

    def lost(self, task: Process, reason: str, to: AttendedDispatcher) -> bool:
        """Send it again after a while, unless it was sent often enough."""
        losses = self._losses[task] = self._losses.get(task, 0) + 1
        if losses >= self._attempts:
            return False
        to.trace.add_total("dispatch.retries", 1)
        to.anew(task)
        task.machine = -1
        to.held[task] = None
        timer = Timer(to.env, partial(to.go_on, task, self), WAKE_UP)
        timer.set(to.env.now + self._back_off.before(losses))
        return True

    def finished(self, task: Process, to: AttendedDispatcher) -> None:
        """Forget how often it was lost."""
        self._losses.pop(task, None)

    gone = finished
