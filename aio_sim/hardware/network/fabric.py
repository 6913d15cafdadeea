"""The topology as flows use it: which nodes are next to each other, over which channels."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import count

from aio_sim.hardware.network.channel import Channel
from aio_sim.hardware.network.topology import Link, Switch, Topology
from aio_sim.hardware.network.units import goodput


class Wire:
    """A link in use: what it is down for, and its two channels, each by the node it leads to."""

    __slots__ = ("down_for", "link", "towards")

    def __init__(self, link: Link, towards: dict[str, Channel]) -> None:
        self.link = link
        self.towards = towards
        self.down_for: set[str] = set()  # itself, or hosts that are down at its ends

    @property
    def up(self) -> bool:
        """Whether it carries flows."""
        return not self.down_for


class Fabric:
    """Nodes, wires and channels of a topology."""

    def __init__(self, topology: Topology) -> None:
        self.hosts = frozenset(topology.hosts)
        self.switches = {switch.name: switch for switch in topology.switches}
        number = count()
        self.wires = {link.name: self._wire(link, number) for link in topology.links}
        self.insides = {
            switch.name: Channel(next(number), goodput(switch.bandwidth, switch.loss))
            for switch in topology.switches
            if switch.bandwidth is not None
        }
        """The channel through each switch that has a bandwidth of its own."""
        self._trunks: dict[str, list[tuple[str, Wire]]] = {}
        self._doors: dict[str, list[tuple[str, Wire]]] = {}
        for wire in sorted(self.wires.values(), key=lambda wire: wire.link.name):
            for here, there in (wire.link.ends, wire.link.ends[::-1]):
                if here in self.hosts:
                    self._doors.setdefault(here, []).append((there, wire))
                if there in self.switches:
                    self._trunks.setdefault(here, []).append((there, wire))
        for wires in self._trunks.values():
            wires.sort(key=lambda step: step[0])

    def trunks(self, node: str) -> Iterator[tuple[str, Wire]]:
        """Yield the switches beside a node over wires that are up, by name, each with its wire."""
        return (step for step in self._trunks.get(node, ()) if step[1].up)

    def doors(self, host: str) -> list[tuple[str, Wire]]:
        """Return what is beside a host over wires that are up, by the names of the wires."""
        return [step for step in self._doors.get(host, ()) if step[1].up]

    def wires_of(self, host: str) -> list[Wire]:
        """Return the wires that end at a host, whether they are up or not."""
        return [wire for _there, wire in self._doors.get(host, ())]

    def channels(self) -> Iterator[Channel]:
        """Yield every channel."""
        for wire in self.wires.values():
            yield from wire.towards.values()
        yield from self.insides.values()

    def _wire(self, link: Link, number: Iterator[int]) -> Wire:
        return Wire(
            link,
            {
                end: Channel(next(number), goodput(link.bandwidth, self._loss(link, end)))
                for end in reversed(link.ends)
            },
        )

    def _loss(self, link: Link, end: str) -> Fraction:
        """Return what a link loses towards an end: what that switch drops, it sends again too."""
        switch = self.switches.get(end, Switch(end))
        return 1 - (1 - link.loss) * (1 - switch.loss)
