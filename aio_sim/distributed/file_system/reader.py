"""Reads blocks: from the nearest nodes, and from the next where bytes are missing or rotten."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from simpy.events import AllOf, Event

from aio_sim.distributed.file_system.block import Block
from aio_sim.distributed.file_system.carrier import Carrier
from aio_sim.distributed.file_system.cluster import SAME_NODE, SAME_RACK, Cluster
from aio_sim.distributed.file_system.counts import Counts
from aio_sim.distributed.relay import Broken
from aio_sim.kernel.environment import Environment

if TYPE_CHECKING:
    import numpy as np


class Reader:
    """Brings the bytes of a block to a client. `corrupt` is told of pieces that have rotted."""

    def __init__(
        self,
        env: Environment,
        cluster: Cluster,
        carrier: Carrier,
        corrupt: Callable[[Block, str], None],
        random: np.random.Generator,
        counts: Counts,
    ) -> None:
        self._env = env
        self._cluster = cluster
        self._carrier = carrier
        self._corrupt = corrupt
        self._random = random
        self._counts = counts

    def read(
        self, block: Block, client: str, most: int | None = None
    ) -> Generator[Event, object, bytes | None]:
        """Read a block; return its bytes, or None where too few whole pieces can be had.

        With `most` only so many bytes are asked for, in equal parts of the pieces. As many pieces
        are read at once as are needed, each node is asked once.
        """
        length = block.length if most is None else min(most, block.length)
        tried: set[str] = set()
        have: dict[int, bytes] = {}
        code = block.code
        while len(have) < code.needed:
            batch = self._nearest(block, client, tried, set(have), code.needed - len(have))
            if len(have) + len(batch) < code.needed:
                return None
            tried.update(batch)
            stories = [
                self._env.process(self._piece(block, name, client, length)) for name in batch
            ]
            yield AllOf(self._env, stories)
            have.update(story.value for story in stories if story.value is not None)
        self._counts.bytes_read += length * block.scale
        return code.decode(have, block.length)[:length]

    def _nearest(
        self, block: Block, client: str, tried: set[str], have: set[int], most: int
    ) -> list[str]:
        """Return the nodes to ask next: of stripes, data before parity; then nearest first.

        Nodes that are equally near come in any order, so that they share the load.
        """
        names = [name for name in block.locations if name not in tried]
        if len(names) > 1:
            names = [names[place] for place in self._random.permutation(len(names))]
        code = block.code

        def order(name: str) -> tuple[bool, int]:
            parity = not code.identical and block.locations[name] >= code.needed
            return parity, self._cluster.distance(client, name)

        by_piece: dict[int, str] = {}
        for name in sorted(names, key=order):
            if block.locations[name] not in have:
                by_piece.setdefault(block.locations[name], name)
        return list(by_piece.values())[:most]

    def _piece(
        self, block: Block, name: str, client: str, length: int
    ) -> Generator[Event, object, tuple[int, bytes] | None]:
        """Read a piece's part of the first bytes of a block; None where it cannot be had.

        Returned are its number and all its bytes: only the time is that of the part.
        """
        node = self._cluster.nodes[name]
        piece = node.pieces.get(block.number)
        if piece is None or not node.up:
            return None
        try:
            size = -(-piece.size * length // max(block.length, 1))
            yield self._carrier.read(node, client, size, piece.data).done
        except Broken:
            return None
        if not piece.intact:
            if node.pieces.get(block.number) is piece and name in block.locations:
                self._corrupt(block, name)
            return None
        self._count(client, name)
        return piece.number, piece.data

    def _count(self, client: str, name: str) -> None:
        distance = self._cluster.distance(client, name)
        counts = self._counts
        counts.reads_local += distance == SAME_NODE
        counts.reads_rack += distance == SAME_RACK
        counts.reads_remote += distance > SAME_RACK
