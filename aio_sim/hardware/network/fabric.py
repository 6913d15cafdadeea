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
        self._find_ample()

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

    def _find_ample(self) -> None:
        """Mark the channels that cannot be full: all that leads to them, or on from them, carries
        no more.

        No two may vouch for each other: of one that leads on, it must have more, or there must be
        several, so that each has less. All that leads to it may have the same, for on the way of
        a flow the first one is narrow.
        """
        for wire in self.wires.values():
            start, end = wire.link.ends
            for here, there in ((start, end), (end, start)):
                channel = wire.towards[there]
                channel.ample = self._feeds(here, there, channel) or self._drains(
                    here, there, channel
                )
        for switch, inside in self.insides.items():
            fed = sum(wire.towards[switch].capacity for _, wire in self._wires_at.get(switch, ()))
            inside.ample = fed <= inside.capacity

    def _feeds(self, here: str, there: str, channel: Channel) -> bool:
        """Return whether what comes to a switch, but from there, is no more than the channel."""
        if here not in self.switches:
            return False
        fed = sum(
            wire.towards[here].capacity for other, wire in self._wires_at[here] if other != there
        )
        if here in self.insides:
            fed = min(fed, self.insides[here].capacity)
        return fed <= channel.capacity

    def _drains(self, here: str, there: str, channel: Channel) -> bool:
        """Return whether what goes on from a switch, but back, is less than the channel."""
        if there not in self.switches:
            return False
        onward = [
            wire.towards[other].capacity for other, wire in self._wires_at[there] if other != here
        ]
        if there in self.insides:
            onward = [min(sum(onward), self.insides[there].capacity)]
        drained = sum(onward)
        return drained < channel.capacity or (drained == channel.capacity and len(onward) > 1)
