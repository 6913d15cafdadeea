"""Keeps every block as often as it should be there: the part of the name node that watches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simpy.events import Event

from aio_sim.distributed.file_system.block import Block, Piece
from aio_sim.distributed.file_system.block_map import BlockMap
from aio_sim.distributed.file_system.carrier import Carrier
from aio_sim.distributed.file_system.cluster import Cluster
from aio_sim.distributed.file_system.counts import Counts
from aio_sim.distributed.file_system.placement import (
    Choice,
    copies_in_racks,
    most_per_rack,
    shards_over_racks,
)
from aio_sim.distributed.file_system.repairer import Repairer
from aio_sim.distributed.file_system.settings import Settings
from aio_sim.kernel.environment import Environment

if TYPE_CHECKING:
    import numpy as np


class BlockManager:
    """Hears of nodes and pieces that come and go, and has done what follows from it."""

    def __init__(
        self,
        env: Environment,
        cluster: Cluster,
        carrier: Carrier,
        settings: Settings,
        random: np.random.Generator,
        counts: Counts,
    ) -> None:
        self._env = env
        self._cluster = cluster
        self._random = random
        self._counts = counts
        self.map = BlockMap(cluster)
        self.repairer = Repairer(
            env, cluster, self.map, carrier, self._target, self, settings, counts
        )
        self.resting = False
        """Whether nothing is repaired, as in safe mode."""
        self._unsafe: dict[str, dict[Block, None]] = {}
        """The blocks that a node that is leaving is still needed for."""
        self._left: dict[str, Event] = {}

    def choose(
        self, block: Block, wanted: int, writer: str | None, excluded: dict[str, None]
    ) -> list[str]:
        """Return nodes for `wanted` more pieces of a block, fewer where there are not so many."""
        nodes = [*block.locations, *block.pending.values()]
        live = [name for name in nodes if self._cluster.in_service(name)]
        total = len(live) + wanted
        most = most_per_rack(len(self._cluster.by_rack), total)
        size = block.piece_size(0)
        unfit = dict.fromkeys(nodes) | excluded
        choice = Choice(self._cluster, self._random, size, most, list(live), unfit)
        if block.code.identical:
            chosen = copies_in_racks(choice, writer, wanted)
        else:
            chosen = shards_over_racks(choice, wanted)
        return chosen[len(live) :]

    def register(self, block: Block, holders: Iterable[tuple[str, int]]) -> None:
        """Take in a block that was written, and which node holds which piece."""
        self.map.blocks[block.number] = block
        unknown = []
        for node, piece in holders:
            self.map.add(block, node, piece)
            if not self._cluster.alive[node]:
                unknown.append(node)
        self.note(block)
        for node in unknown:  # to a name node that has just started it says who it is
            self.node_reported(node)

    def stored(self, block: Block, node: str, piece: int) -> None:
        """Note that a node holds a piece."""
        self.map.add(block, node, piece)

    def corrupt(self, block: Block, node: str) -> None:
        """Drop a piece that has rotted, and have it made again."""
        self._counts.corrupt += 1
        self._drop(block, node)
        self.note(block)

    def move(self, block: Block, source: str, target: str) -> None:
        """Note that a piece has moved from one node to another, and delete it at the first."""
        self.map.add(block, target, block.locations[source])
        self._drop(block, source)
        self.note(block)

    def delete(self, block: Block) -> None:
        """Delete a block everywhere; nodes that are down delete it when they report."""
        for name in block.locations:
            node = self._cluster.nodes[name]
            if node.up:
                node.drop(block.number)
        self.map.forget(block)
        self.repairer.forget(block)
        block.pending.clear()
        for name in list(self._unsafe):
            self._settle(block, name)

    def node_dead(self, name: str) -> None:
        """Note that a node is dead: its pieces count no more."""
        self._cluster.alive[name] = False
        self._counts.nodes_dead += 1
        blocks, self.map.held[name] = self.map.held[name], {}
        for block in blocks:
            block.locations.pop(name, None)
        for block in blocks:
            self.note(block)
        self.repairer.nodes_changed()

    def node_reported(self, name: str) -> None:
        """Compare what a node holds with the books: take in what is wanted, delete the rest."""
        node = self._cluster.nodes[name]
        self._cluster.alive[name] = True
        for block in [block for block in self.map.held[name] if block.number not in node.pieces]:
            self.map.remove(block, name)
            self.note(block)
        for piece in list(node.pieces.values()):
            self._take_in(piece, name)
        self.repairer.nodes_changed()

    def note(self, block: Block) -> None:
        """See what a block lacks, or has too much of, now that something about it has changed."""
        if block.deleted:
            return
        self._trim(block)
        self.map.assess(block)
        for name in list(self._unsafe):
            self._settle(block, name)
        if self.resting:
            return
        if block in self.map.under:
            self.repairer.want(block)
        else:
            self.repairer.forget(block)

    def pause(self) -> None:
        """Forget who holds what, and have nothing repaired until `resume`."""
        self.resting = True
        for name, held in self.map.held.items():
            self._cluster.alive[name] = False
            held.clear()
        for block in self.map.blocks.values():
            block.locations.clear()
            self.map.assess(block)
            self.repairer.forget(block)

    def resume(self) -> None:
        """Have all repaired that lacks pieces."""
        self.resting = False
        for block in list(self.map.under):
            self.repairer.want(block)

    def decommission(self, name: str) -> Event:
        """Copy what a node holds elsewhere; the event fires, with its name, when it may go."""
        if name in self._left:
            return self._left[name]
        event = self._left[name] = self._env.event()
        self._cluster.leaving[name] = None
        blocks = list(self.map.held[name])
        self._unsafe[name] = dict.fromkeys(blocks)
        for block in blocks:
            self.note(block)
        self._settle(None, name)
        return event

    def _settle(self, block: Block | None, name: str) -> None:
        """Let a node go that is no longer needed for any block."""
        unsafe = self._unsafe.get(name)
        if unsafe is None:
            return
        if block is not None and (block.deleted or not self.map.missing(block)):
            unsafe.pop(block, None)
        if not unsafe:
            del self._unsafe[name]
            self._left[name].succeed(name)

    def _take_in(self, piece: Piece, name: str) -> None:
        block = piece.block
        if block.deleted:
            self._cluster.nodes[name].drop(block.number)
            return
        if name not in block.locations and block.code.identical:
            missing = self.map.missing(block)
            if missing and piece.number not in missing:
                piece.number = missing[0]  # a copy is as good as any other
        self.map.add(block, name, piece.number)
        self.note(block)

    def _trim(self, block: Block) -> None:
        """Delete all but one of the nodes' pieces of one number, on the fullest nodes."""
        live = [name for name in block.locations if self._cluster.in_service(name)]
        if len(live) <= block.code.width and len(self.map.live(block)) == len(live):
            return
        nodes = self._cluster.nodes
        kept: set[int] = set()
        for name in sorted(live, key=lambda name: (-nodes[name].free, name)):
            piece = block.locations[name]
            if piece in kept and nodes[name].up:
                self._drop(block, name)
            kept.add(piece)

    def _drop(self, block: Block, name: str) -> None:
        self.map.remove(block, name)
        node = self._cluster.nodes[name]
        if node.up:
            node.drop(block.number)

    def _target(self, block: Block) -> str | None:
        """Return a node for one more piece of a block; None where no node can take it."""
        return next(iter(self.choose(block, 1, None, {})), None)
