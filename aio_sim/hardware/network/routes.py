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
    """Finds routes and remembers them until `forget`. Hosts do not forward.

    Hops are counted once a switch, not once a host: those to a host with one wire are those to
    its switch, and one more.
    """

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
        """Return the neighbour nearest to the destination, the first by name, and the wire."""
        nearest, best = None, -1
        for step in self._fabric.steps(node):
            hops = self._distance(step[0], destination)
            if hops >= 0 and (best < 0 or hops < best):
                nearest, best = step, hops
        return nearest

    def _distance(self, node: str, destination: str) -> int:
        """Return how many hops a node is away that may forward, -1 where it cannot reach."""
        if node == destination:
            return 0
        beside = list(self._fabric.steps(destination))
        if len(beside) != 1:
            return self._from(destination).get(node, -1)
        door = beside[0][0]
        if door not in self._fabric.switches:
            return -1
        return self._from(door).get(node, -2) + 1

    def _from(self, root: str) -> dict[str, int]:
        """Return how many hops each switch is away from a node."""
        if root not in self._hops:
            found = {root: 0}
            queue = deque([root])
            while queue:
                node = queue.popleft()
                for other, _wire in self._fabric.steps(node):
                    if other in self._fabric.switches and other not in found:
                        found[other] = found[node] + 1
                        queue.append(other)
            self._hops[root] = found
        return self._hops[root]
