"""A host: cores, memory, a disk."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from simpy.events import Event

    from aio_sim.hardware.device import Disk


class Processor(Protocol):
    """What a host computes with."""

    @property
    def cores(self) -> int: ...
    @property
    def speed(self) -> Fraction: ...
    def submit(self, process: Any) -> Event: ...
    def accept(self, process: Any) -> None: ...
    def remove(self, process: Any) -> None: ...
    def charge(self) -> None: ...
    def follow_speed(self, changed: Callable[[], None]) -> None: ...
    def unfollow_speed(self, changed: Callable[[], None]) -> None: ...

    # For the virtual cores of guests

    @property
    def decision(self) -> Any: ...
    def join(self, process: Any, burst: int) -> None: ...
    def go_on(self, process: Any, burst: int) -> None: ...
    def leave(self, process: Any) -> None: ...
    def reweigh(self, process: Any, weight: Any) -> None: ...
    def received(self, process: Any) -> int: ...
    @property
    def queues(self) -> int: ...


class Host:
    """A physical machine: what it is made of. Its capacity is lent by the resource manager."""

    __slots__ = ("accept", "cpu", "disk", "memory", "name")

    def __init__(
        self,
        name: str,
        cpu: Processor,
        memory: int,
        disk: Disk | None = None,
    ) -> None:
        self.name = name
        self.cpu = cpu
        self.memory = memory
        self.disk = disk
        self.accept = cpu.accept

    @property
    def cores(self) -> int:
        """How many cores it has."""
        return self.cpu.cores

    def run(self, process: Any) -> Event:
        """Run a process; the event fires, with the process, when it ends."""
        return self.cpu.submit(process)

    def withdraw(self, process: Any) -> None:
        """Take a process away unfinished; its owner hears nothing."""
        self.cpu.remove(process)
