"""The topology as flows use it: which nodes are next to each other, over which channels."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import count

from aio_sim.hardware.network.channel import Channel
from aio_sim.hardware.network.topology import Link, Switch, Topology
from aio_sim.hardware.network.units import goodput


class Wire:
    """A link in use: whether it is up, and its two channels, each by the node it leads to."""

    __slots__ = ("link", "towards", "up")

    def __init__(self, link: Link, towards: dict[str, Channel]) -> None:
        self.link = link
        self.towards = towards
        self.up = True


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
        self._wires_at: dict[str, list[tuple[str, Wire]]] = {}
        for wire in self.wires.values():
            one, other = wire.link.ends
            self._wires_at.setdefault(one, []).append((other, wire))
            self._wires_at.setdefault(other, []).append((one, wire))
        for wires in self._wires_at.values():
            wires.sort(key=lambda step: (step[0], step[1].link.name))

    def steps(self, node: str) -> Iterator[tuple[str, Wire]]:
        """Yield the neighbours of a node over wires that are up, by name, each with its wire."""
        return (step for step in self._wires_at.get(node, ()) if step[1].up)

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
