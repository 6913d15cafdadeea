"""Lets hosts die as the scenario says, with all that is on them, and come back empty."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final

from simpy.events import Event

from aio_sim.distributed.exclusive import ExclusiveCores
from aio_sim.hardware.network import Network
from aio_sim.kernel.messages import _
from aio_sim.kernel.span_record import Record
from aio_sim.kernel.units import seconds
from aio_sim.scenario.host_failures import HostFailureSpec
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.process import Process
from aio_sim.simulation.ground import Ground
from aio_sim.simulation.part import Part, Totals

TRACK: Final = "failures"
DOWN: Final = " down"
"""What follows the name of a host in the span for which it was down: explanations know it."""


class HostFailures:
    """Takes hosts down: parts hear of it first, then what is left on the Cpu is lost.

    While a host is down it is off the network, nothing of it is lent, and what is sent to it all
    the same, as no other machine is up, waits until it is back.
    """

    def __init__(
        self, ground: Ground, parts: Sequence[Part], cpus: Sequence[Cpu], exclusive: ExclusiveCores
    ) -> None:
        self._ground = ground
        self._parts = parts
        self._cpus = {cpu.name: (number, cpu) for number, cpu in enumerate(cpus)}
        self._exclusive = exclusive
        self._down_since: dict[str, int] = {}
        self._downtime = self._count = 0
        for failure in ground.scenario.failures:
            ground.env.process(self._story(failure))

    @property
    def part(self) -> Part:
        """What a run asks of it."""
        return Part(close=self._close, totals=self._totals)

    def fail(self, host: str) -> None:
        """Let a host die."""
        ground = self._ground
        network = self._network_of(host)
        number, cpu = self._cpus[host]
        self._count += 1
        self._down_since[host] = ground.env.now
        ground.on_down(host, True)  # first, for what is lost may be sent again at once
        cpu.charge()
        if network is not None:
            network.fail_host(host)
        for part in self._parts:
            part.failed(host)
        reason = _("{host} failed").format(host=host)
        self._lose(cpu, reason)
        for task in self._exclusive.fail(number):
            _tell(task, reason)
        ground.manager.take_offline(number)
        cpu.pause()

    def repair(self, host: str) -> None:
        """Let a host come back, with nothing on it but what has come to wait for it."""
        ground = self._ground
        network = self._network_of(host)
        number, cpu = self._cpus[host]
        self._note(host)
        del self._down_since[host]
        cpu.resume()
        if network is not None:
            network.repair_host(host)
        ground.manager.bring_back(number)
        ground.on_down(host, False)
        for part in self._parts:
            part.repaired(host)
        for part in self._parts:
            part.link_repaired()

    def _network_of(self, host: str) -> Network | None:
        """Return the network, None where the host is not on it."""
        network = self._ground.network
        return network if network is not None and host in network.hosts else None

    def _story(self, failure: HostFailureSpec) -> Generator[Event, Any, None]:
        env = self._ground.env
        yield env.timeout(failure.at)
        self.fail(failure.host)
        if failure.duration is not None:
            yield env.timeout(failure.duration)
            self.repair(failure.host)

    def _lose(self, cpu: Cpu, reason: str) -> None:
        """Take all off a Cpu but what others run guests by, and tell the owners."""
        there = [process for process in cpu.processes() if process.guest is None]
        there.sort(key=lambda process: process.number)
        for process in there:
            cpu.remove(process)
        for process in there:
            _tell(process, reason)

    def _note(self, host: str) -> None:
        """Write for how long a host was down."""
        since, now = self._down_since[host], self._ground.env.now
        self._downtime += now - since
        Record(self._ground.trace, TRACK).span(f"{host}{DOWN}", since, now)

    def _close(self) -> None:
        for host in self._down_since:
            self._note(host)
            self._ground.manager.bring_back(self._cpus[host][0])

    def _totals(self) -> Totals:
        if not self._count:
            return {}
        return {"host.failures": self._count, "host.downtime": seconds(self._downtime)}


def _tell(process: Process, reason: str) -> None:
    if process.owner is not None:
        process.owner.lost(process, reason)
