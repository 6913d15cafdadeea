"""Images that store blocks anywhere, and a map that says where: reading and listing them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aio_sim.virtualization.images.image import HOLE, DiskImage, Run, pieces
from aio_sim.virtualization.images.image_file import ImageFile
from aio_sim.virtualization.images.paged_entries import PagedEntries

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from aio_sim.virtualization.images.paged_entries import Entries

    Positions = npt.NDArray[np.int64]


class BlockReader(DiskImage):
    """Reading and listing blocks, given what an entry of the map means.

    `step` is the distance in the file of two blocks that count as stored in one piece.
    """

    def __init__(
        self,
        file: ImageFile,
        entries: PagedEntries,
        size: int,
        block_size: int,
        writable: bool,
        step: int | None = None,
    ) -> None:
        super().__init__(file, size, block_size, writable)
        self.entries = entries
        self._step = block_size if step is None else step

    @abstractmethod
    def decode(self, entries: Entries) -> Positions:
        """Return the positions of entries, int64 of their shape: byte of the file, HOLE or ZERO."""

    @abstractmethod
    def position(self, index: int) -> int:
        """Return the position of one block: byte of the file, HOLE or ZERO."""

    def read(self, offset: int, length: int) -> bytes:
        self._demand_inside(offset, length)
        return b"".join(
            self._read_block(index, start, count)
            for index, start, count in pieces(offset, length, self.block_size)
        )

    def runs(self, start: int = 0, end: int | None = None) -> Iterator[Run]:
        end = self.size if end is None else end
        kept: Run | None = None
        stretches = self._stretches(start, end) if start < end else ()
        for run in stretches:
            if kept and self._joined(kept, run):
                kept = kept._replace(length=kept.length + run.length)
                continue
            if kept:
                yield kept
            kept = run
        if kept:
            yield kept

    def _read_block(self, index: int, start: int, count: int) -> bytes:
        position = self.position(index)
        if position >= 0:
            return self.file.read(position + start, count)
        if position == HOLE:
            return self._inherited(index * self.block_size + start, count)
        return bytes(count)

    def _inherited(self, offset: int, length: int) -> bytes:
        if self.parent is None:
            return bytes(length)
        there = max(min(length, self.parent.size - offset), 0)
        return self.parent.read(offset, there) + bytes(length - there) if there else bytes(length)

    def _stretches(self, start: int, end: int) -> Iterator[Run]:
        first, last = start // self.block_size, -(-end // self.block_size)
        for page_first, count, entries in self.entries.arrays(first, last):
            for at, length, position in self._page_stretches(count, entries):
                block = (page_first + at) * self.block_size
                begin = max(block, start)
                stop = min(block + length * self.block_size, end)
                inside = position + begin - block if position >= 0 else position
                yield Run(begin, stop - begin, inside)

    def _page_stretches(
        self, count: int, entries: Entries | None
    ) -> Iterator[tuple[int, int, int]]:
        if entries is None:
            yield 0, count, HOLE
            return
        import numpy as np

        positions = self.decode(entries)
        steps = np.where(positions[:-1] >= 0, self._step, 0)
        breaks = np.flatnonzero(positions[1:] != positions[:-1] + steps) + 1
        starts = [0, *breaks.tolist()]
        for at, following in zip(starts, [*starts[1:], count], strict=True):
            yield at, following - at, int(positions[at])

    def _joined(self, one: Run, other: Run) -> bool:
        if one.position < 0:
            return one.position == other.position
        step = one.length if self._step == self.block_size else self._step
        return other.position == one.position + step
