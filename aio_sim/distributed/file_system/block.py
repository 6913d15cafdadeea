"""Blocks, and the pieces of them that nodes hold."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from aio_sim.distributed.file_system.checksums import checksums, first_difference
from aio_sim.distributed.file_system.redundancy import Redundancy


class Block:
    """A part of a file, as the name node knows it.

    `length` is the bytes that are really held, each of which stands for `scale` in all that is
    counted and timed; `locations` is the piece that each node is believed to hold.
    """

    __slots__ = ("code", "deleted", "length", "locations", "number", "pending", "scale")

    def __init__(self, number: int, length: int, scale: int, code: Redundancy) -> None:
        self.number = number
        self.length = length
        self.scale = scale
        self.code = code
        self.locations: dict[str, int] = {}
        self.pending: dict[int, str] = {}
        """The pieces under repair, and the nodes that they go to."""
        self.deleted = False

    @property
    def size(self) -> int:
        """The bytes that it stands for."""
        return self.length * self.scale

    def piece_size(self, number: int) -> int:
        """Return the bytes that a piece stands for."""
        return self.code.piece_size(number, self.length) * self.scale


class Piece:
    """A replica or a shard of a block, with the checksums that it was written with."""

    __slots__ = ("block", "data", "number", "sums", "written")

    def __init__(self, block: Block, number: int, data: bytes, sums: array[int]) -> None:
        self.block = block
        self.number = number
        self.data = data
        self.sums = sums
        self.written = 0
        """When it was written, in nanoseconds."""

    @property
    def size(self) -> int:
        """The bytes that it stands for."""
        return len(self.data) * self.block.scale

    @property
    def intact(self) -> bool:
        """Whether its bytes are those that were written."""
        return first_difference(self.data, self.sums) is None

    def flip(self, byte: int, bit: int) -> None:
        """Change one bit, as a disk that rots does."""
        data = bytearray(self.data)
        data[byte] ^= 1 << bit
        self.data = bytes(data)

    def copy(self) -> Piece:
        """Return a piece of the same bytes, for another node."""
        return Piece(self.block, self.number, self.data, self.sums)


def pieces_of(block: Block, data: bytes) -> list[Piece]:
    """Return all pieces of a block of these bytes; copies share bytes and checksums."""
    return sealed(block, block.code.encode(data))


def sealed(block: Block, contents: Sequence[bytes]) -> list[Piece]:
    """Return the pieces with these contents, in order, with their checksums."""
    sums = {id(content): checksums(content) for content in {id(c): c for c in contents}.values()}
    return [
        Piece(block, number, content, sums[id(content)]) for number, content in enumerate(contents)
    ]
