"""How pieces travel: the stages of disks and of the network that relays are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from simpy.events import Event

from aio_sim.distributed.file_system.data_node import DataNode
from aio_sim.distributed.relay import Relay, Stage, packets
from aio_sim.hardware.network.transport import Flow, Network
from aio_sim.kernel.environment import Environment

SHOWN: Final = 8 * 1024
"""Bytes of a piece, of those that it really has, that are handed to whoever encrypts or listens."""


class Reading:
    """A stage that reads packets from a node's disk."""

    def __init__(self, node: DataNode) -> None:
        self._node = node

    def serve(self, size: int) -> Event | None:
        return self._node.read(size)

    def cancel(self) -> None:
        """What a disk has begun it finishes."""


class Writing:
    """A stage that writes packets to a node's disk."""

    def __init__(self, node: DataNode) -> None:
        self._node = node

    def serve(self, size: int) -> Event | None:
        return self._node.write(size)

    def cancel(self) -> None:
        """What a disk has begun it finishes."""


class Hop:
    """A stage that sends packets from host to host; `nodes` are the data nodes that take part."""

    def __init__(
        self,
        network: Network,
        ends: tuple[str, str],
        nodes: tuple[DataNode, ...],
        rate_limit: int | None = None,
        name: str = "",
        content: bytes = b"",
    ) -> None:
        self._network = network
        self._ends = ends
        self._nodes = nodes
        self._limit = rate_limit
        self._name = name
        self._content = content[:SHOWN]
        self._flow: Flow | None = None

    def serve(self, size: int) -> Event:
        for node in self._nodes:
            node.demand()
        flow = self._network.transfer(
            *self._ends, size, rate_limit=self._limit, name=self._name, content=self._content
        )
        self._content = b""  # of the first packet; one is as good as another
        self._flow = flow
        for node in self._nodes:
            node.flows[flow] = None
        assert flow.done.callbacks is not None
        flow.done.callbacks.append(self._ended)
        return flow.done

    def cancel(self) -> None:
        if self._flow is not None:
            self._flow.cancel()

    def _ended(self, _event: Event) -> None:
        assert self._flow is not None
        for node in self._nodes:
            node.flows.pop(self._flow, None)
        self._flow = None


class Carrier:
    """Starts the relays by which pieces are written, read and copied."""

    def __init__(self, env: Environment, network: Network, packet_size: int) -> None:
        self._env = env
        self._network = network
        self._packet_size = packet_size

    def packets(self, size: int) -> list[int]:
        """Return the packets that bytes travel in."""
        return packets(size, self._packet_size)

    def pipeline(
        self, client: str, nodes: Iterable[DataNode], sizes: list[int], content: bytes
    ) -> Relay:
        """Send packets from a client through nodes, each of which writes and passes them on.

        Stage 2 i is the hop to node i, stage 2 i + 1 its disk.
        """
        stages: list[Stage] = []
        source = client
        after: int | None = None
        before: tuple[DataNode, ...] = ()
        for node in nodes:
            hop = Hop(
                self._network, (source, node.name), (*before, node), None, "dfs write", content
            )
            stages.append(Stage(hop, after))
            after = len(stages) - 1
            stages.append(Stage(Writing(node), after))
            source, before = node.name, (node,)
        return Relay(self._env, sizes, stages)

    def read(self, node: DataNode, client: str, size: int, content: bytes = b"") -> Relay:
        """Read bytes from a node's disk and send them to a client."""
        hop = Hop(self._network, (node.name, client), (node,), None, "dfs read", content)
        stages = [Stage(Reading(node), None), Stage(hop, 0)]
        return Relay(self._env, self.packets(size), stages)

    def copy(
        self,
        source: DataNode,
        target: DataNode,
        size: int,
        *,
        written: bool = True,
        rate_limit: int | None = None,
        name: str = "",
        content: bytes = b"",
    ) -> Relay:
        """Read bytes from one node, send them to another, and write them there if `written`."""
        ends = (source.name, target.name)
        hop = Hop(self._network, ends, (source, target), rate_limit, name, content)
        stages = [Stage(Reading(source), None), Stage(hop, 0)]
        if written:
            stages.append(Stage(Writing(target), 1))
        return Relay(self._env, self.packets(size), stages)
