"""Channels that cannot be full, whatever flows there are."""

from __future__ import annotations

from aio_sim.hardware.network.channel import Channel
from aio_sim.hardware.network.fabric import Fabric


def mark_ample(fabric: Fabric) -> None:
    """Mark the channels that have room for all that can come to them, or go on from them.

    No two may vouch for each other: of what goes on, a channel must have more, or there must be
    several ways, so that each has less. All that comes to it may have just as much, for on the
    way of any flow the first such channel then is not marked.
    """
    around = _Around(fabric)
    for wire in fabric.wires.values():
        for here, there in (wire.link.ends, wire.link.ends[::-1]):
            channel, back = wire.towards[there], wire.towards[here]
            channel.ample = around.feeds(here, channel, back) or around.drains(there, channel, back)
    for switch, inside in fabric.insides.items():
        inside.ample = around.comes[switch] <= inside.capacity


class _Around:
    """What can come to each switch and go from it, in units of rate."""

    def __init__(self, fabric: Fabric) -> None:
        self._insides = fabric.insides
        self.comes = dict.fromkeys(fabric.switches, 0)
        self._goes = dict.fromkeys(fabric.switches, 0)
        self._ways = dict.fromkeys(fabric.switches, 0)
        for wire in fabric.wires.values():
            for here, there in (wire.link.ends, wire.link.ends[::-1]):
                if there in self.comes:
                    self.comes[there] += wire.towards[there].capacity
                if here in self._goes:
                    self._goes[here] += wire.towards[there].capacity
                    self._ways[here] += 1

    def feeds(self, switch: str, channel: Channel, back: Channel) -> bool:
        """Return whether no more can come to a switch, but by the way back, than leaves by one."""
        if switch not in self.comes:
            return False
        inside = self._insides.get(switch)
        most = self.comes[switch] - back.capacity
        return (most if inside is None else min(most, inside.capacity)) <= channel.capacity

    def drains(self, switch: str, channel: Channel, back: Channel) -> bool:
        """Return whether less can go on from a switch, but by the way back, than comes by one."""
        if switch not in self._goes:
            return False
        inside = self._insides.get(switch)
        if inside is not None and inside.capacity < channel.capacity:
            return True
        most = self._goes[switch] - back.capacity
        several = self._ways[switch] > 2  # and the way back is one
        return most < channel.capacity or (several and most == channel.capacity)
