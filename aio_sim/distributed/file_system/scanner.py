"""Finds what has rotted on disks before somebody needs it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial

from simpy.events import Event

from aio_sim.distributed.file_system.block import Block, Piece
from aio_sim.distributed.file_system.data_node import DataNode
from aio_sim.distributed.file_system.settings import Settings
from aio_sim.distributed.relay import NodeDown
from aio_sim.kernel.environment import COMPLETION, Environment, Timer


class Scanner:
    """Each piece is read once a period, counted from when it was written.

    A look at a piece that has not changed finds nothing, and so is no event; what has rotted is
    found when the scanner next comes to it. It reads in the gaps that others leave, and takes
    nothing from them (assumption; HDFS lets it read 1 MiB/s).
    """

    def __init__(
        self, env: Environment, settings: Settings, corrupt: Callable[[Block, str], None]
    ) -> None:
        self._env = env
        self._period = settings.scan_period
        self._corrupt = corrupt
        self._rotten: dict[str, dict[Piece, None]] = {}

    def rotted(self, node: DataNode, piece: Piece) -> None:
        """Note that a piece was changed on the disk of a node."""
        self._rotten.setdefault(node.name, {})[piece] = None
        self._expect(node, piece)

    def returned(self, node: DataNode) -> None:
        """Go on with a node that was down."""
        for piece in self._rotten.get(node.name, {}):
            self._expect(node, piece)

    def scan(self, node: DataNode) -> Generator[Event, object, list[int]]:
        """Read all pieces of a node now; return the numbers of the blocks that have rotted."""
        found = []
        for piece in list(node.pieces.values()):
            try:
                event = node.read(piece.size)
            except NodeDown:
                break
            if event is not None:
                yield event
            if self._look(node, piece):
                found.append(piece.block.number)
        return found

    def _expect(self, node: DataNode, piece: Piece) -> None:
        age = self._env.now - piece.written
        at = piece.written + -(-max(age, 1) // self._period) * self._period
        Timer(self._env, partial(self._come_to, node, piece), COMPLETION).set(at)

    def _come_to(self, node: DataNode, piece: Piece) -> None:
        self._look(node, piece)

    def _look(self, node: DataNode, piece: Piece) -> bool:
        """Have a piece dropped that has rotted; return whether it had."""
        if not node.up or node.pieces.get(piece.block.number) is not piece:
            return False
        self._rotten.get(node.name, {}).pop(piece, None)
        if piece.intact:
            return False
        self._corrupt(piece.block, node.name)
        return True
