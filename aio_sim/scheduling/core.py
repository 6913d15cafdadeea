"""One core of a Cpu, as its dispatch loop sees it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from aio_sim.kernel.environment import COMPLETION, QUANTUM_END, Environment, Timer

if TYPE_CHECKING:
    from aio_sim.scheduling.process import Process


class Core:
    """Who is on a core, since when, and the timers that end it."""

    __slots__ = (
        "available",
        "completion",
        "index",
        "lapse",
        "last",
        "process",
        "since",
        "slice_length",
        "slice_start",
        "turn",
    )

    def __init__(self, env: Environment, index: int, completes: Callable[[Core], None]) -> None:
        self.index = index
        self.available = True  # not lent to somebody as a whole
        self.process: Process | None = None
        self.last: Process | None = None  # whom it ran last; another one is a context switch
        self.since = 0  # from when on `process` has made progress not yet charged
        self.turn = 0  # the order of dispatches
        self.completion = Timer(env, partial(completes, self), COMPLETION)
        self.lapse: Timer | None = None  # ends a slice; only where slices are
        self.slice_start = 0
        self.slice_length: int | None = None

    def slices(self, env: Environment, lapses: Callable[[Core], None]) -> None:
        """Give the core a timer for the end of its slices."""
        self.lapse = Timer(env, partial(lapses, self), QUANTUM_END)

    def quiet(self) -> None:
        """Cancel what was going to happen to the process on the core."""
        self.completion.cancel()
        if self.lapse is not None:
            self.lapse.cancel()

    def put_off(self, since: int, time: int) -> None:
        """Let the process on the core go on that much later; it stood still from `since`."""
        process = self.process
        assert process is not None
        if process.start > since:
            process.start += time  # it was in its first switch
        self.since += time
        self.slice_start += time
        self.completion.set(self.since + process.remaining)
