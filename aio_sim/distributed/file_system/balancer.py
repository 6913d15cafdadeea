"""Moves pieces from full nodes to empty ones, until all are about equally full."""

from __future__ import annotations

from collections.abc import Generator
from fractions import Fraction

from simpy.events import AllOf, Event

from aio_sim.distributed.file_system.block import Block, sealed
from aio_sim.distributed.file_system.block_manager import BlockManager
from aio_sim.distributed.file_system.carrier import Carrier
from aio_sim.distributed.file_system.cluster import Cluster
from aio_sim.distributed.file_system.counts import Counts
from aio_sim.distributed.file_system.data_node import DataNode
from aio_sim.distributed.file_system.settings import Settings
from aio_sim.distributed.relay import Broken
from aio_sim.kernel.environment import Environment


class Balancer:
    """Goes in rounds: the fullest nodes give one piece each to the emptiest, of their rack first.

    A node is balanced whose used part differs from that of all by no more than a threshold. No move
    puts the pieces of a block on fewer racks. Source: Balancer of HDFS.
    """

    def __init__(
        self,
        env: Environment,
        cluster: Cluster,
        manager: BlockManager,
        carrier: Carrier,
        settings: Settings,
        counts: Counts,
    ) -> None:
        self._env = env
        self._cluster = cluster
        self._manager = manager
        self._carrier = carrier
        self._settings = settings
        self._counts = counts

    def run(self, threshold: Fraction) -> Generator[Event, object, int]:
        """Balance; return how many bytes were moved."""
        moved = 0
        while moves := self._round(threshold):
            stories = [self._env.process(self._move(*move)) for move in moves]
            yield AllOf(self._env, stories)
            gained = sum(int(story.value or 0) for story in stories)
            moved += gained
            if not gained:
                break
        return moved

    def _round(self, threshold: Fraction) -> list[tuple[Block, DataNode, DataNode]]:
        nodes = [node for node in self._cluster.nodes.values() if self._counts_in(node)]
        capacity = sum(node.capacity for node in nodes)
        if not capacity:
            return []
        mean = Fraction(sum(node.used for node in nodes), capacity)
        full = sorted(nodes, key=lambda node: (-_fullness(node), node.name))
        empty, moves = full[::-1], []
        for source in full:
            over = _fullness(source) - mean
            for target in sorted(empty, key=lambda node: node.rack != source.rack):
                under = mean - _fullness(target)
                if over <= 0 or under <= 0 or max(over, under) <= threshold:
                    continue
                block = self._movable(source, target)
                if block is not None:
                    moves.append((block, source, target))
                    empty.remove(target)
                    break
        return moves

    def _counts_in(self, node: DataNode) -> bool:
        return node.up and node.capacity > 0 and self._cluster.in_service(node.name)

    def _movable(self, source: DataNode, target: DataNode) -> Block | None:
        """Return a block that may move and brings the two nearer to each other."""
        for block in self._manager.map.held[source.name]:
            size = block.piece_size(block.locations[source.name])
            gap = (_fullness(source) - _fullness(target)) * min(source.capacity, target.capacity)
            if 0 < size < gap and size <= target.free and self._may(block, source, target):
                return block
        return None

    def _may(self, block: Block, source: DataNode, target: DataNode) -> bool:
        if target.name in block.locations or block.pending or block.deleted:
            return False
        racks = [self._cluster.nodes[name].rack for name in block.locations]
        after = [*racks, target.rack]
        after.remove(source.rack)
        return len(set(after)) >= len(set(racks))

    def _move(
        self, block: Block, source: DataNode, target: DataNode
    ) -> Generator[Event, object, int]:
        """Copy a piece and delete it at the source; return its bytes, 0 where it did not move."""
        piece = source.pieces.get(block.number)
        if piece is None:
            return 0
        receipt = target.begin(piece.size)
        rate, size = self._settings.balance_rate, piece.size
        relay = self._carrier.copy(
            source, target, size, rate_limit=rate, name="dfs balance", content=piece.data
        )
        try:
            yield relay.done
        except Broken:
            target.abandon(receipt)
            return 0
        if not piece.intact and source.name in block.locations:
            self._manager.corrupt(block, source.name)
        if self._gone(block, source, target) or not piece.intact:
            target.abandon(receipt)
            return 0
        copy = sealed(block, [piece.data])[0]
        copy.number, copy.written = piece.number, self._env.now
        if not target.commit(receipt, copy):
            return 0
        self._manager.move(block, source.name, target.name)
        self._counts.balance_bytes += size
        return size

    def _gone(self, block: Block, source: DataNode, target: DataNode) -> bool:
        """Return whether what was to be moved has been deleted or has come there otherwise."""
        taken = target.name in block.locations or target.name in block.pending.values()
        return block.deleted or taken or source.name not in block.locations


def _fullness(node: DataNode) -> Fraction:
    return Fraction(node.used, node.capacity)
