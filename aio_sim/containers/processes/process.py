"""A process of a container: an entry of its process table."""

from __future__ import annotations

from dataclasses import dataclass, field

from aio_sim.containers.processes.signals import DEFAULT, Disposition, ExitStatus, Response, Signal
from aio_sim.containers.processes.states import NEW, NEXT, ProcessState
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

ANY_CHILD = 0
"""Whom a process waits for that waits for whichever child ends first."""


@dataclass(slots=True)
class ContainerProcess:
    """One process; `parent` is 0 for PID 1 and whatever else comes from outside."""

    pid: int
    parent: int
    name: str
    state: ProcessState = NEW
    children: dict[int, None] = field(default_factory=dict)  # a set that keeps the order
    dispositions: dict[Signal, Disposition] = field(default_factory=dict)
    waiting_for: int | None = None
    """The child that it waits for, ANY_CHILD, or None where it does not wait for one."""
    status: ExitStatus | None = None
    """How it ended."""

    def become(self, state: ProcessState) -> None:
        """Enter another state; InputError where that may not follow the present one."""
        if state not in NEXT[self.state]:
            raise InputError(
                _("process {pid} is {state}, and cannot become {other}").format(
                    pid=self.pid, state=self.state, other=state
                )
            )
        self.state = state

    def disposition(self, signal: Signal) -> Disposition:
        """Return what it does with a signal."""
        return self.dispositions.get(signal, DEFAULT)

    def replace(self, name: str) -> None:
        """Run another program: handlers are gone, what was ignored stays so (execve(2))."""
        self.name = name
        self.dispositions = {
            signal: disposition
            for signal, disposition in self.dispositions.items()
            if disposition.response is Response.IGNORE
        }
