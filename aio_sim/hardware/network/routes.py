"""Routes: the fewest hops, and among those the first by the names of the nodes on the way."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from aio_sim.hardware.network.channel import Channel
from aio_sim.hardware.network.fabric import Fabric, Wire


class Route(NamedTuple):
    """The channels that a flow takes, and the nanoseconds until its first byte arrives."""

    channels: tuple[Channel, ...]
    latency: int


class Routes:
    """Finds routes and remembers them until `forget`. Hosts do not forward."""

    def __init__(self, fabric: Fabric) -> None:
        self._fabric = fabric
        self._routes: dict[tuple[str, str], Route | None] = {}
        self._hops: dict[str, dict[str, int]] = {}

    def find(self, source: str, destination: str) -> Route | None:
        """Return the route between two hosts, None where there is none."""
        ends = source, destination
        if ends not in self._routes:
            self._routes[ends] = self._search(source, destination)
        return self._routes[ends]

    def forget(self) -> None:
        """Forget all routes, as a link goes down or comes up."""
        self._routes.clear()
        self._hops.clear()

    def _search(self, source: str, destination: str) -> Route | None:
        fabric, node = self._fabric, source
        channels: list[Channel] = []
        latency = 0
        while node != destination:
            step = self._next(node, destination)
            if step is None:
                return None
            node, wire = step
            channels.append(wire.towards[node])
            latency += wire.link.latency
            if node in fabric.insides:
                channels.append(fabric.insides[node])
            if node in fabric.switches:
                latency += fabric.switches[node].latency
        return Route(tuple(channels), latency)

    def _next(self, node: str, destination: str) -> tuple[str, Wire] | None:
        """Return the next node and the wire: the nearest to the destination, the first by name."""
        doors = self._fabric.doors(destination)
        for beside, wire in doors:
            if beside == node:
                return destination, wire
        hops = self._hops_to(destination, doors)
        reaching = [step for step in self._fabric.trunks(node) if step[0] in hops]
        return min(reaching, key=lambda step: hops[step[0]], default=None)

    def _hops_to(self, destination: str, doors: list[tuple[str, Wire]]) -> dict[str, int]:
        """Return how many hops each switch is away, but for a constant.

        Those to a host with one wire are worked out once for all hosts of its switch.
        """
        if len(doors) != 1:
            return self._from(destination)
        door = doors[0][0]
        return self._from(door) if door in self._fabric.switches else {}

    def _from(self, root: str) -> dict[str, int]:
        """Return how many hops each switch that leads to a node is away from it."""
        if root not in self._hops:
            found = {root: 0}
            queue = deque([root])
            while queue:
                node = queue.popleft()
                for other, _wire in self._fabric.trunks(node):
                    if other not in found:
                        found[other] = found[node] + 1
                        queue.append(other)
            self._hops[root] = found
        return self._hops[root]
