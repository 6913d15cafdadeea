"""What can be asked to run a process: a host, and later a virtual machine or a container alike."""

from __future__ import annotations

from typing import Protocol

from simpy.events import Event

from aio_sim.scheduling.process import Process


class Machine(Protocol):
    """Something that runs processes; who sends them never learns what kind it is."""

    @property
    def name(self) -> str: ...

    @property
    def cores(self) -> int: ...

    def run(self, process: Process) -> Event:
        """Run a process; the event fires, with the process, when it ends."""

    def accept(self, process: Process) -> None:
        """Run a process; its owner hears when it ends."""

    def withdraw(self, process: Process) -> None:
        """Take a process away unfinished, its accounts up to now; its owner hears nothing."""
