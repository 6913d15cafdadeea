"""Processes that wait for I/O: for so much time, or for an event."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from functools import partial

from simpy.events import Event

from aio_sim.kernel.environment import WAKE_UP, Environment, Timer
from aio_sim.scheduling.process import BLOCKED, Process


class Blocked:
    """Keeps processes until what they wait for is over, and tells; the earlier arrival first."""

    __slots__ = ("_awaiting", "_env", "_timed", "_timer", "_wakes")

    def __init__(self, env: Environment, wakes: Callable[[Process], None]) -> None:
        self._env = env
        self._wakes = wakes
        self._timed: list[tuple[int, int, int, Process]] = []  # a heap, by when each is to go on
        self._awaiting: dict[Process, Event] = {}  # what each of the others waits for
        self._timer: Timer | None = None

    def __iter__(self) -> Iterator[Process]:
        yield from (entry[3] for entry in self._timed)
        yield from self._awaiting

    def add(self, process: Process, wait: int | Event) -> None:
        """Let a process wait for so many nanoseconds, or for an event, which may have happened."""
        process.state = BLOCKED
        process.ready_since = self._env.now
        if isinstance(wait, Event):
            self._await(process, wait)
            return
        until = self._env.now + wait
        heapq.heappush(self._timed, (until, process.arrival, process.number, process))
        if self._timer is None:
            self._timer = Timer(self._env, self._wake, WAKE_UP)
        if self._timed[0][3] is process:
            self._timer.set(until)

    def remove(self, process: Process) -> None:
        """Take a process away, its account up to now; it is not told of any more."""
        self._charge(process)
        if self._awaiting.pop(process, None) is None:
            self._timed = [entry for entry in self._timed if entry[3] is not process]
            heapq.heapify(self._timed)

    def charge(self) -> None:
        """Bring the accounts of all up to now."""
        for process in self:
            self._charge(process)

    def _charge(self, process: Process) -> None:
        process.blocked += self._env.now - process.ready_since
        process.ready_since = self._env.now

    def _await(self, process: Process, event: Event) -> None:
        self._awaiting[process] = event
        if event.callbacks is None:
            self._happened(process, event)
        else:
            event.callbacks.append(partial(self._happened, process))

    def _happened(self, process: Process, event: Event) -> None:
        """Let a process go on whose event has happened, unless it was taken away meanwhile."""
        if self._awaiting.get(process) is event:
            del self._awaiting[process]
            self._charge(process)
            self._wakes(process)

    def _wake(self) -> None:
        """Let those go on whose time is over."""
        assert self._timer is not None
        while self._timed and self._timed[0][0] <= self._env.now:
            process = heapq.heappop(self._timed)[3]
            self._charge(process)
            self._wakes(process)
        if self._timed:
            self._timer.set(self._timed[0][0])
