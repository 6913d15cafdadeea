"""A node as MapReduce sees it: what computes there, what is stored there, and whether it is up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from simpy.events import Event

if TYPE_CHECKING:
    from aio_sim.distributed.mapreduce.attempt import Attempt
    from aio_sim.hardware.device import Disk
    from aio_sim.hardware.network.transport import Flow
    from aio_sim.scheduling.process import Process


class Computer(Protocol):
    """What runs processes, and gives them up: the Cpu of a host, or of a guest."""

    def submit(self, process: Process) -> Event: ...
    def remove(self, process: Process) -> None: ...
    def charge(self) -> None: ...


class Worker:
    """A machine of the cluster: a data node, a host of the network, and the manager's `number`.

    `slots` is how many tasks it takes at once. A worker with no disk stores at no cost.
    """

    def __init__(
        self,
        name: str,
        number: int,
        cpu: Computer,
        slots: int,
        rack: str = "",
        disk: Disk | None = None,
    ) -> None:
        self.name = name
        self.number = number
        self.cpu = cpu
        self.slots = slots
        self.rack = rack
        self.disk = disk
        self.up = True
        self.attempts: dict[Attempt, None] = {}
        self.flows: dict[Flow, None] = {}
        """What it sends and receives of map output."""

    def again(self) -> Worker:
        """Return the same machine as it is when it comes back: with nothing on it."""
        return Worker(self.name, self.number, self.cpu, self.slots, self.rack, self.disk)

    def fail(self) -> None:
        """Go down: all that runs here ends without a word."""
        self.up = False
        for attempt in list(self.attempts):
            attempt.kill(lost=True)
        for flow in list(self.flows):
            flow.cancel()
