"""Images that store blocks wherever there is room: writing them."""

from __future__ import annotations

from abc import abstractmethod

from aio_sim.virtualization.images.block_reader import BlockReader
from aio_sim.virtualization.images.image import HOLE, pieces
from aio_sim.virtualization.images.image_file import is_zero


class BlockImage(BlockReader):
    """Writing blocks, given how the format finds room for one and enters it in its map.

    The bytes come before the entry, so that a write that fails leaves the map as it was.
    """

    @abstractmethod
    def _reserve(self) -> int:
        """Return the position of room for a new block, which reads as zeros."""

    @abstractmethod
    def _record(self, index: int, position: int) -> None:
        """Enter in the map that a block is at `position` now."""

    def _record_zero(self, index: int) -> bool:
        """Enter in the map that a block is all zeros, if the format can say so."""
        return False

    def _write(self, offset: int, data: bytes) -> None:
        done = 0
        for index, start, count in pieces(offset, len(data), self.block_size):
            piece = data if count == len(data) else data[done : done + count]
            position = self.position(index)
            if position >= 0:
                self.file.write(position + start, piece)
            else:
                self._write_new(index, start, piece, shows_parent=position == HOLE)
            done += count

    def _write_new(self, index: int, start: int, piece: bytes, shows_parent: bool) -> None:
        below = self.parent if shows_parent else None
        whole = min(self.block_size, self.size - index * self.block_size)
        if is_zero(piece) and (below is None or (len(piece) == whole and self._record_zero(index))):
            return
        position = self._reserve()
        if below and len(piece) < whole:
            self.file.write(position, self._inherited(index * self.block_size, whole))
        self.file.write(position + start, piece)
        self._record(index, position)
