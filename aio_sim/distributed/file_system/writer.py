"""Writes blocks: through pipelines of nodes, which go on without those that fail."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from simpy.events import AllOf, Event

from aio_sim.distributed.file_system.block import Block, Piece, pieces_of
from aio_sim.distributed.file_system.block_manager import BlockManager
from aio_sim.distributed.file_system.carrier import Carrier
from aio_sim.distributed.file_system.cluster import Cluster
from aio_sim.distributed.file_system.data_node import DataNode, Receipt
from aio_sim.distributed.file_system.placement import pipeline_order
from aio_sim.distributed.file_system.settings import Settings
from aio_sim.distributed.relay import Broken, NodeDown
from aio_sim.hardware.network import TransferFailed
from aio_sim.kernel.environment import Environment

Story = Generator[Event, object, bool]


class Writer:
    """Brings the bytes of a block onto nodes."""

    def __init__(
        self,
        env: Environment,
        cluster: Cluster,
        manager: BlockManager,
        carrier: Carrier,
        settings: Settings,
    ) -> None:
        self._env = env
        self._cluster = cluster
        self._manager = manager
        self._carrier = carrier
        self._settings = settings

    def write(self, block: Block, data: bytes, client: str) -> Story:
        """Write a block; return whether enough of it is on nodes that it can be read again.

        With copies one is enough; those that are missing are made later. Nodes that failed are not
        asked again.
        """
        pieces, excluded = pieces_of(block, data), dict[str, None]()
        for _attempt in range(self._settings.write_retries + 1):
            nodes = self._nodes(block, client, excluded)
            if len(nodes) < block.code.needed:
                return False
            chains = self._chains(pieces, client, nodes)
            stories = [self._env.process(chain.run()) for chain in chains]
            yield AllOf(self._env, stories)
            if sum(len(chain.holders) for chain in chains) >= block.code.needed:
                self._take_in(block, chains)
                return True
            for chain in chains:
                chain.undo()
            excluded.update(dict.fromkeys(nodes))
        return False

    def _nodes(self, block: Block, client: str, excluded: dict[str, None]) -> list[str]:
        """Return nodes that answer: a pipeline is set up before the bytes flow."""
        while True:
            nodes = self._manager.choose(block, block.code.width, client, excluded)
            silent = [name for name in nodes if not self._cluster.nodes[name].up]
            if not silent:
                return nodes
            excluded.update(dict.fromkeys(silent))

    def _chains(self, pieces: list[Piece], client: str, names: list[str]) -> list[Chain]:
        """Return one chain for copies, one a piece for stripes."""
        if pieces[0].block.code.identical:
            names = pipeline_order(self._cluster, client, names)
        nodes = [self._cluster.nodes[name] for name in names]
        pairs = list(zip(pieces, nodes, strict=False))
        if pieces[0].block.code.identical:
            return [Chain(self._env, self._carrier, client, pairs)]
        return [Chain(self._env, self._carrier, client, [pair]) for pair in pairs]

    def _take_in(self, block: Block, chains: Sequence[Chain]) -> None:
        """Tell the name node who has it; of a node given up meanwhile it hears later."""
        holders = [
            (node.name, piece.number)
            for chain in chains
            for node, piece in chain.holders
            if (node.up or self._cluster.alive[node.name])
            and node.pieces.get(block.number) is piece
        ]
        self._manager.register(block, holders)


class Chain:
    """A pipeline: the pieces, each with its node, and how far it has come.

    When a node fails, the rest goes on from what all of them have (HDFS Architecture, Replication
    Pipelining; the ack queue of DataStreamer). `holders` are the nodes that have all of it.
    """

    def __init__(
        self,
        env: Environment,
        carrier: Carrier,
        client: str,
        pairs: Sequence[tuple[Piece, DataNode]],
    ) -> None:
        self._env = env
        self._carrier = carrier
        self._client = client
        self._links: list[tuple[Piece, DataNode, Receipt]] = [
            (piece, node, node.begin(piece.size)) for piece, node in pairs
        ]
        self._sizes = carrier.packets(pairs[0][0].size)
        self.holders: list[tuple[DataNode, Piece]] = []

    def run(self) -> Generator[Event, object, None]:
        """Send all packets through, without the nodes that fail on the way."""
        while self._links:
            nodes = [node for _piece, node, _receipt in self._links]
            content = self._links[0][0].data
            relay = self._carrier.pipeline(self._client, nodes, self._sizes, content)
            try:
                yield relay.done
            except Broken as failure:
                self._go_on(_culprit(failure), relay.through[::2])
            else:
                break
        for piece, node, receipt in self._links:
            copy = piece.copy()
            copy.written = self._env.now
            if node.commit(receipt, copy):
                self.holders.append((node, copy))

    def undo(self) -> None:
        """Delete what was written."""
        for node, piece in self.holders:
            if node.pieces.get(piece.block.number) is piece:
                node.drop(piece.block.number)

    def _go_on(self, culprit: str, received: list[int]) -> None:
        """Leave out the nodes that failed, and what all others have received."""
        failed = [node for _piece, node, receipt in self._links if not node.expects(receipt)]
        left = []
        for link, packets in zip(self._links, received, strict=True):
            _piece, node, receipt = link
            if node not in failed and (failed or node.name != culprit):
                left.append((link, packets))
            else:
                node.abandon(receipt)
        self._links = [link for link, _packets in left]
        self._sizes = self._sizes[min((packets for _link, packets in left), default=0) :]


def _culprit(failure: TransferFailed | NodeDown) -> str:
    """Return the node that is left out where none has gone down: the one that got nothing."""
    return failure.node if isinstance(failure, NodeDown) else failure.flow.destination
