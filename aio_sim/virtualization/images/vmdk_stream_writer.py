"""VMDK streamOptimized, written: from the first byte to the last, never going back."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NoReturn

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.identity import identity_source, new_content_id
from aio_sim.virtualization.images.image import SECTOR, DiskImage, Run, pieces
from aio_sim.virtualization.images.image_file import ImageFile, is_zero
from aio_sim.virtualization.images.paged_entries import to_bytes
from aio_sim.virtualization.images.vmdk_descriptor import STREAM_OPTIMIZED, Extent, new_descriptor
from aio_sim.virtualization.images.vmdk_header import (
    END_OF_STREAM,
    FOOTER,
    GRAIN_DIRECTORY,
    GRAIN_MARKER,
    GRAIN_TABLE,
    MARKER,
    new_stream_header,
)
from aio_sim.virtualization.images.vmdk_layer import descriptor_name, embedded

_LAST_SECTOR: Final = 0xFFFFFFFF
_NONE: Final = -1


class StreamWriter(DiskImage):
    """A streamOptimized image in the making: takes writes in ascending order only.

    One grain and one grain table are held back; the rest is in the file already. What is zero is
    not stored. The image is complete, and readable, once it is closed.
    """

    format = "vmdk"
    variant = STREAM_OPTIMIZED

    def __init__(self, file: ImageFile, size: int, seed: int | None = None) -> None:
        self.header = header = new_stream_header(size)
        super().__init__(file, size, header.grain_size, writable=True)
        extent = Extent(header.capacity, "SPARSE", descriptor_name(file.shown))
        content_id = new_content_id(identity_source(seed, file.shown.name))
        text = new_descriptor(content_id, STREAM_OPTIMIZED, extent)
        file.write(0, header.pack())
        file.write(header.descriptor * SECTOR, embedded(text, header, file))
        file.truncate(header.overhead * SECTOR)
        self._directory = array("I", bytes(4 * header.tables))
        self._table = array("I", bytes(4 * header.table_entries))
        self._grain = bytearray(self.block_size)
        self._index = _NONE
        self._finished = False

    def read(self, offset: int, length: int) -> bytes:
        self._refuse()

    def runs(self, start: int = 0, end: int | None = None) -> Iterator[Run]:
        self._refuse()

    def _write(self, offset: int, data: bytes) -> None:
        done = 0
        for index, start, count in pieces(offset, len(data), self.block_size):
            if index != self._index:
                self._begin_grain(index)
            self._grain[start : start + count] = data[done : done + count]
            done += count

    def flush(self) -> None:
        self.file.flush()

    def _refuse(self) -> NoReturn:
        raise InputError(
            _(
                "{path}: a streamOptimized image is read once it is complete, and written in order"
            ).format(path=self.path)
        )

    def _begin_grain(self, index: int) -> None:
        if index < self._index or self._finished:
            self._refuse()
        self._end_grain()
        if self._index != _NONE and index // len(self._table) != self._index // len(self._table):
            self._end_table()
        self._index = index
        self._grain[:] = bytes(self.block_size)

    def _end_grain(self) -> None:
        if self._index == _NONE or is_zero(bytes(self._grain)):
            return
        stream = zlib.compress(self._grain)
        marker = GRAIN_MARKER.pack(self._index * self.header.grain_sectors, len(stream))
        self._table[self._index % len(self._table)] = self._append(marker + stream)

    def _end_table(self) -> None:
        if any(self._table):
            table = self._append_marked(GRAIN_TABLE, to_bytes(self._table))
            self._directory[self._index // len(self._table)] = table
            self._table = array("I", bytes(4 * len(self._table)))

    def _append(self, data: bytes) -> int:
        """Write at the end, fill up the sector, and return the first sector."""
        sector = self.file.size // SECTOR
        if sector > _LAST_SECTOR:
            raise self.file.damaged(_("a VMDK stores no more than 2 TiB"), self.file.size)
        self.file.write(self.file.size, data + bytes(-len(data) % SECTOR))
        return sector

    def _append_marked(self, kind: int, data: bytes) -> int:
        sectors = -(-len(data) // SECTOR)
        self._append(MARKER.pack(sectors, 0, kind).ljust(SECTOR, b"\0"))
        return self._append(data) if data else 0

    def _write_back(self) -> None:
        """Finish the stream; nothing can be written afterwards."""
        if self._finished:
            return
        self._end_grain()
        self._end_table()
        self._finished = True
        directory = self._append_marked(GRAIN_DIRECTORY, to_bytes(self._directory))
        footer = replace(self.header, directory=directory)
        self._append_marked(FOOTER, footer.pack())
        self._append_marked(END_OF_STREAM, b"")
