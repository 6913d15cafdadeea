"""Clients of a storage server: some who wait for each answer, or arrivals that do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from simpy.events import Event

from aio_sim.kernel.environment import ARRIVAL, Environment, Timer
from aio_sim.storage.server.statements import Program
from aio_sim.storage.server.work import Request
from aio_sim.storage.workloads.latencies import Latencies


class Serves(Protocol):
    """A server, as its clients see it."""

    @property
    def is_up(self) -> bool:
        """Whether it takes requests."""

    def submit(self, request: Request) -> None:
        """Take a request; its client hears how it ends."""

    def when_up(self) -> Event:
        """Return an event that fires when it is up again."""


class Load:
    """So many transactions of a workload, and what became of them.

    `draw` returns the next one and its kind; `over` is called when there is nothing left to do.
    """

    def __init__(
        self,
        draw: Callable[[], tuple[int, Program]],
        operations: int,
        latencies: Latencies,
        over: Callable[[], None],
    ) -> None:
        self._draw = draw
        self._left = operations
        self._over = over
        self.latencies = latencies
        self.failed = 0
        self.inside = 0

    @property
    def is_over(self) -> bool:
        """Whether all were asked for, and have ended."""
        return not self._left and not self.inside

    @property
    def has_more(self) -> bool:
        """Whether there is another one to ask for."""
        return self._left > 0

    def following(self) -> tuple[int, Program]:
        """Return the next one."""
        self._left -= 1
        self.inside += 1
        return self._draw()

    def ended(self) -> None:
        """Note that one has ended, whose client asks for nothing more."""
        self.inside -= 1
        if not self._left and not self.inside:
            self._over()


class ClosedClient:
    """Asks, waits for the answer, thinks, and asks again; waits while the server is down."""

    def __init__(
        self, env: Environment, server: Serves, load: Load, think: Callable[[], int]
    ) -> None:
        self._env = env
        self._server = server
        self._load = load
        self._think = think
        self._asks = Timer(env, self._ask, ARRIVAL)
        self._asks.set(env.now + think())

    def _ask(self) -> None:
        if not self._load.has_more:
            return
        if not self._server.is_up:
            callbacks = self._server.when_up().callbacks
            assert callbacks is not None
            callbacks.append(lambda _event: self._asks.set(self._env.now))
            return
        kind, program = self._load.following()
        self._server.submit(Request(kind, program, self._env.now, self))

    def answered(self, request: Request) -> None:
        """Note the latency, and think."""
        now = self._env.now
        self._load.latencies.add(request.kind, now - request.arrival, now)
        self._again()

    def failed(self, _request: Request) -> None:
        """Note that it was in vain, and think."""
        self._load.failed += 1
        self._again()

    def _again(self) -> None:
        self._load.ended()
        self._asks.set(self._env.now + self._think())


class OpenClients:
    """Requests that come whether or not those before them are answered."""

    def __init__(
        self, env: Environment, server: Serves, load: Load, gap: Callable[[], int]
    ) -> None:
        self._env = env
        self._server = server
        self._load = load
        self._gap = gap
        self._comes = Timer(env, self._come, ARRIVAL)
        self._comes.set(env.now + gap())

    def _come(self) -> None:
        kind, program = self._load.following()
        if self._load.has_more:
            self._comes.set(self._env.now + self._gap())
        self._server.submit(Request(kind, program, self._env.now, self))

    def answered(self, request: Request) -> None:
        """Note the latency."""
        now = self._env.now
        self._load.latencies.add(request.kind, now - request.arrival, now)
        self._load.ended()

    def failed(self, _request: Request) -> None:
        """Note that it was in vain."""
        self._load.failed += 1
        self._load.ended()
