"""The end of a process as an event, for whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable

from simpy.events import Event

from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import AioSimError
from aio_sim.scheduling.process import Process


class ProcessLost(AioSimError):  # noqa: N818  # says what happened
    """A process ended unfinished, with its machine; the text is the reason."""


class Completion:
    """Turns the end of a process into a SimPy event: its value is the process."""

    def __init__(self, env: Environment) -> None:
        self.event = Event(env)

    def finished(self, process: Process) -> None:
        self.event.succeed(process)

    def lost(self, process: Process, reason: str) -> None:
        self.event.fail(ProcessLost(reason))
        self.event.defused = True  # nobody need wait for it


def completion_of(process: Process, env: Environment, accept: Callable[[Process], None]) -> Event:
    """Have a machine accept a process; the event fires, with the process, when it ends.

    It fails with ProcessLost where the process ends unfinished.
    """
    completion = Completion(env)
    process.owner = completion
    accept(process)
    return completion.event
