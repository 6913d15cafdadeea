"""A node: the machine that containers run on, whatever kind it is, and what they take of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from simpy.events import Event

from aio_sim.containers.profile import Cost
from aio_sim.hardware.host import Processor
from aio_sim.kernel.environment import Environment
from aio_sim.resources.demand import Capacity
from aio_sim.resources.manager import ResourceManager
from aio_sim.scheduling.process import SYSTEM, Process

Numbers = Callable[[Sequence[str]], int]
"""Gives processes that are no tasks their numbers, in a row, by their names: the first of them."""


class Storage(Protocol):
    """A disk: a host's, or what a virtual machine has for one."""

    def read(self, size: int) -> Event:
        """Read bytes; fires when that is done."""

    def write(self, size: int) -> Event:
        """Write bytes; fires when that is done."""


@dataclass(frozen=True, slots=True)
class Node:
    """A host or a virtual machine, as containers see it.

    `manager` lends its memory and disk, as its `number`; `place` says which host of the network it
    is now. Without a disk no bytes of images and files are counted, nor is there time for them.
    """

    env: Environment
    name: str
    cpu: Processor
    manager: ResourceManager
    number: int
    place: Callable[[], str]
    numbers: Numbers
    disk: Storage | None = None

    @property
    def free(self) -> Capacity:
        """What is free of it."""
        return self.manager.free(self.number)

    @property
    def capacity(self) -> Capacity:
        """What it has in all."""
        return self.manager.capacities[self.number]

    def compute(self, name: str, work: int) -> Event:
        """Do work of the node's own on its cores; fires when it is done."""
        process = Process(self.numbers([name]), self.env.now, work, source=SYSTEM)
        return self.cpu.submit(process)

    def take(self, name: str, cost: Cost) -> Generator[Event, Any, None]:
        """Let the time of a step pass, and do its work."""
        if cost.time:
            yield self.env.timeout(cost.time)
        if cost.work:
            yield self.compute(name, cost.work)

    def read(self, size: int) -> Event:
        """Read bytes from the disk; fires when that is done."""
        if self.disk is None or not size:
            return Event(self.env).succeed()
        return self.disk.read(size)

    def write(self, size: int) -> Event:
        """Write bytes to the disk; fires when that is done."""
        if self.disk is None or not size:
            return Event(self.env).succeed()
        return self.disk.write(size)
