"""A node that holds pieces of blocks: what is really on its disk, whatever the name node thinks."""

from __future__ import annotations

from typing import Protocol

from simpy.events import Event

from aio_sim.distributed.file_system.block import Piece
from aio_sim.distributed.relay import NodeDown
from aio_sim.hardware.network.transport import Flow


class Disk(Protocol):
    """What reads and writes, and is shared by everybody on the host."""

    def read(self, size: int) -> Event:
        """Return an event that fires when `size` bytes have been read."""

    def write(self, size: int) -> Event:
        """Return an event that fires when `size` bytes have been written."""


class Receipt:
    """Room that is set aside for a piece on its way; void where the node went down meanwhile."""

    __slots__ = ("size",)

    def __init__(self, size: int) -> None:
        self.size = size


class DataNode:
    """A host of the network, and its part in the file system.

    `capacity` is bytes, lent to the file system for good. A node with no disk stores at no cost.
    """

    def __init__(self, name: str, rack: str, capacity: int, disk: Disk | None = None) -> None:
        self.name = name
        self.rack = rack
        self.capacity = capacity
        self.up = True
        self.used = 0
        self.pieces: dict[int, Piece] = {}
        """By the number of the block."""
        self.flows: dict[Flow, None] = {}
        """What it sends and receives."""
        self._disk = disk
        self._receipts: dict[Receipt, None] = {}

    @property
    def promised(self) -> int:
        """Bytes that are set aside for pieces on their way."""
        return sum(receipt.size for receipt in self._receipts)

    @property
    def free(self) -> int:
        """Bytes that are neither used nor set aside."""
        return self.capacity - self.used - self.promised

    def read(self, size: int) -> Event | None:
        """Read from the disk; NodeDown where the node is down."""
        self.demand()
        return None if self._disk is None else self._disk.read(size)

    def write(self, size: int) -> Event | None:
        """Write to the disk; NodeDown where the node is down."""
        self.demand()
        return None if self._disk is None else self._disk.write(size)

    def demand(self) -> None:
        """Raise NodeDown where the node is down."""
        if not self.up:
            raise NodeDown(self.name)

    def begin(self, size: int) -> Receipt:
        """Set room aside for a piece."""
        receipt = Receipt(size)
        self._receipts[receipt] = None
        return receipt

    def expects(self, receipt: Receipt) -> bool:
        """Return whether a piece with this receipt can still be stored."""
        return receipt in self._receipts

    def commit(self, receipt: Receipt, piece: Piece) -> bool:
        """Store a piece that has come; return False where the receipt is void."""
        if receipt not in self._receipts:
            return False
        self.abandon(receipt)
        self.drop(piece.block.number)
        self.pieces[piece.block.number] = piece
        self.used += piece.size
        return True

    def abandon(self, receipt: Receipt) -> None:
        """Give up the room that was set aside."""
        self._receipts.pop(receipt, None)

    def drop(self, block: int) -> None:
        """Delete the piece of a block, if there is one."""
        piece = self.pieces.pop(block, None)
        if piece is not None:
            self.used -= piece.size

    def fail(self, disk_lost: bool) -> None:
        """Go down: all that is under way breaks off, and all is gone where the disk is lost."""
        self.up = False
        self._receipts.clear()
        for flow in list(self.flows):
            flow.cancel()
        if disk_lost:
            self.pieces.clear()
            self.used = 0
