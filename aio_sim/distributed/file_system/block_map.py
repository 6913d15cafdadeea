"""Which node is believed to hold which piece of which block, and what is missing."""

from __future__ import annotations

from aio_sim.distributed.file_system.block import Block
from aio_sim.distributed.file_system.cluster import Cluster


class BlockMap:
    """The books of the name node: blocks, their locations, and those that lack pieces.

    `under` are the blocks that lack a piece but can be repaired, `lost` those that cannot be read.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.blocks: dict[int, Block] = {}
        self.held: dict[str, dict[Block, None]] = {name: {} for name in cluster.nodes}
        self.under: dict[Block, None] = {}
        self.lost: dict[Block, None] = {}

    @property
    def replicas(self) -> int:
        """How many pieces are believed to be there."""
        return sum(map(len, self.held.values()))

    def add(self, block: Block, node: str, piece: int) -> None:
        """Note that a node holds a piece."""
        block.locations[node] = piece
        self.held[node][block] = None

    def remove(self, block: Block, node: str) -> None:
        """Note that a node holds no piece of a block."""
        block.locations.pop(node, None)
        self.held[node].pop(block, None)

    def forget(self, block: Block) -> None:
        """Forget a block that was deleted."""
        block.deleted = True
        for node in list(block.locations):
            self.remove(block, node)
        self.blocks.pop(block.number, None)
        self.under.pop(block, None)
        self.lost.pop(block, None)

    def live(self, block: Block) -> dict[int, str]:
        """Return the pieces on nodes that stay, each with one of its nodes."""
        cluster = self._cluster
        return {piece: node for node, piece in block.locations.items() if cluster.in_service(node)}

    def readable(self, block: Block) -> dict[int, str]:
        """Return the pieces on nodes that are there, each with one of its nodes."""
        alive = self._cluster.alive
        return {piece: node for node, piece in block.locations.items() if alive[node]}

    def missing(self, block: Block) -> list[int]:
        """Return the pieces that no node in service holds."""
        live = self.live(block)
        return [piece for piece in range(block.code.width) if piece not in live]

    def assess(self, block: Block) -> None:
        """File a block under those that are whole, lack pieces, or are lost."""
        self.under.pop(block, None)
        self.lost.pop(block, None)
        if len(self.readable(block)) < block.code.needed:
            self.lost[block] = None
        elif len(self.live(block)) < block.code.width:
            self.under[block] = None
