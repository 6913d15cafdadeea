"""How a block is kept so that it survives: as copies, or as stripes of a Reed-Solomon code.

Either way a block has `width` pieces on as many nodes, and any `needed` of them bring it back:
copies are the code with one needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from aio_sim.distributed.file_system.reed_solomon import ReedSolomon
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


class Redundancy(Protocol):
    """What is made of the bytes of a block, and the bytes made of that again."""

    @property
    def width(self) -> int:
        """How many pieces there should be."""

    @property
    def needed(self) -> int:
        """How many pieces bring the block back."""

    @property
    def identical(self) -> bool:
        """Whether one piece is as good as any other, and one node can pass it on to the next."""

    def encode(self, data: bytes) -> list[bytes]:
        """Return the pieces of a block."""

    def decode(self, pieces: Mapping[int, bytes], size: int) -> bytes:
        """Return the `size` bytes of a block from enough pieces by their numbers."""

    def rebuild(self, number: int, pieces: Mapping[int, bytes], size: int) -> bytes:
        """Return one piece from enough others."""

    def sources(self, number: int, there: list[int]) -> list[int]:
        """Return which of the pieces that are there to read to have a piece again."""

    def piece_size(self, number: int, size: int) -> int:
        """Return the bytes of a piece of a block of `size` bytes."""

    def urgency(self, live: int) -> int:
        """Return how urgent a repair is: 0 where one more loss loses the block, up to 2."""

    def scaled(self, scale: int) -> Redundancy:
        """Return the same for bytes of which each stands for so many."""


@dataclass(frozen=True)
class Copies:
    """So many copies; a raw space of `replicas` times the data, and a repair reads one."""

    replicas: int = 3

    def __post_init__(self) -> None:
        if self.replicas < 1:
            sentence = _("expected 1 replica or more, got {count}")
            raise InputError(sentence.format(count=self.replicas))

    width = property(lambda self: self.replicas)
    needed = 1
    identical = True

    def encode(self, data: bytes) -> list[bytes]:
        return [data] * self.replicas

    def decode(self, pieces: Mapping[int, bytes], size: int) -> bytes:
        return next(iter(pieces.values()))

    def rebuild(self, number: int, pieces: Mapping[int, bytes], size: int) -> bytes:
        return next(iter(pieces.values()))

    def sources(self, number: int, there: list[int]) -> list[int]:
        return there[:1]

    def piece_size(self, number: int, size: int) -> int:
        return size

    def scaled(self, scale: int) -> Copies:
        return self

    def urgency(self, live: int) -> int:
        """LowRedundancyBlocks.getPriorityContiguous of HDFS."""
        if live <= 1:
            return 0
        return 1 if live * 3 < self.replicas else 2


@dataclass(frozen=True)
class Striped:
    """Reed-Solomon stripes: cells of data in turn on `data` nodes, parity of them on others.

    RS(6,3) with cells of 1 MiB is RS-6-3-1024k, the default of HDFS (HDFSErasureCoding.md).
    """

    data: int = 6
    parity: int = 3
    cell: int = 2**20

    def __post_init__(self) -> None:
        ReedSolomon(self.data, self.parity)  # says what is wrong with the two
        if self.cell < 1:
            sentence = _("a cell has 1 byte or more, got {cell}")
            raise InputError(sentence.format(cell=self.cell))

    @cached_property
    def _code(self) -> ReedSolomon:
        return ReedSolomon(self.data, self.parity)

    @property
    def width(self) -> int:
        return self.data + self.parity

    @property
    def needed(self) -> int:
        return self.data

    identical = False

    def encode(self, data: bytes) -> list[bytes]:
        shards = [bytearray() for _shard in range(self.data)]
        for turn, at in enumerate(range(0, len(data), self.cell)):
            shards[turn % self.data] += data[at : at + self.cell]
        pieces = [bytes(shard) for shard in shards]
        length = len(pieces[0])
        return pieces + self._code.encode([piece.ljust(length, b"\0") for piece in pieces])

    def decode(self, pieces: Mapping[int, bytes], size: int) -> bytes:
        shards = self._code.decode(self._padded(pieces, size))
        length = self.piece_size(0, size)
        rows = range(0, length, self.cell)
        return b"".join(shard[at : at + self.cell] for at in rows for shard in shards)[:size]

    def rebuild(self, number: int, pieces: Mapping[int, bytes], size: int) -> bytes:
        piece = self._code.rebuild(number, self._padded(pieces, size))
        return piece[: self.piece_size(number, size)]

    def sources(self, number: int, there: list[int]) -> list[int]:
        return [number] if number in there else there[: self.data]

    def piece_size(self, number: int, size: int) -> int:
        """Parity is as long as the longest piece of data, the first."""
        turns, rest = divmod(size, self.cell * self.data)
        place = 0 if number >= self.data else number
        return turns * self.cell + min(max(rest - place * self.cell, 0), self.cell)

    def scaled(self, scale: int) -> Striped:
        return self if scale == 1 else replace(self, cell=max(self.cell // scale, 1))

    def urgency(self, live: int) -> int:
        """LowRedundancyBlocks.getPriorityStriped of HDFS."""
        if live <= self.data:
            return 0
        return 1 if (live - self.data) * 3 < self.parity + 1 else 2

    def _padded(self, pieces: Mapping[int, bytes], size: int) -> dict[int, bytes]:
        length = self.piece_size(0, size)
        return {number: piece.ljust(length, b"\0") for number, piece in pieces.items()}


def space(code: Redundancy, size: int) -> int:
    """Return the bytes that all pieces of a block of `size` bytes take."""
    return sum(code.piece_size(number, size) for number in range(code.width))
