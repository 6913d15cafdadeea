"""VMDK streamOptimized, read: compressed grains, each with a marker that says which it is."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.image import HOLE, SECTOR, Run
from aio_sim.virtualization.images.image_file import ImageFile, closed_on_error
from aio_sim.virtualization.images.vmdk_descriptor import STREAM_OPTIMIZED
from aio_sim.virtualization.images.vmdk_header import (
    AT_END,
    FOOTER,
    GRAIN_MARKER,
    MARKER,
    SparseHeader,
)
from aio_sim.virtualization.images.vmdk_sparse import GrainImage

_TAIL: Final = 3 * SECTOR  # footer marker, footer, end-of-stream marker
_SAME_IN_FOOTER: Final = ("capacity", "grain_sectors", "table_entries", "flags", "version")


class VmdkStream(GrainImage):
    """A streamOptimized image; it can only be read, for it was written in one go."""

    variant = STREAM_OPTIMIZED

    def __init__(self, file: ImageFile, header: SparseHeader, has_footer: bool) -> None:
        super().__init__(file, header, writable=False)
        self.has_footer = has_footer
        self._last: tuple[int, bytes] = (HOLE, b"")

    @classmethod
    def open(cls, path: Path, writable: bool = False, seed: int | None = None) -> Self:  # noqa: ARG003
        """Open the file, read header and footer; ImageError where one of them is damaged."""
        if writable:
            raise InputError(
                _("{path}: a streamOptimized image is written once; convert it").format(path=path)
            )
        file = ImageFile(path)
        with closed_on_error(file):
            header = SparseHeader.read(file)
            has_footer = header.directory == AT_END
            if has_footer:
                header = _read_footer(file, header)
            return cls(file, header, has_footer)

    def grain(self, index: int, position: int) -> bytes:
        """Return the bytes of a stored grain; ImageError where marker or stream is damaged."""
        if self._last[0] == position:
            return self._last[1]
        count = self.compressed_length(index, position)
        raw = _inflated(self.file, position, count, self.block_size)
        needed = min(self.block_size, self.size - index * self.block_size)
        if len(raw) < needed:
            message = _("{found} bytes come out of the grain, {needed} were expected")
            raise self.file.damaged(
                message.format(found=len(raw), needed=needed), position, "grain"
            )
        self._last = position, raw
        return raw

    def compressed_length(self, index: int, position: int) -> int:
        """Return how many bytes of stream follow the marker, once the marker is the right one."""
        raw = self.file.read(position, GRAIN_MARKER.size, "grain marker")
        sector, count = GRAIN_MARKER.unpack(raw)
        if sector != index * self.header.grain_sectors or not 0 < count <= 2 * self.block_size:
            message = _("the marker says {count} bytes for sector {sector}, expected sector {own}")
            own = index * self.header.grain_sectors
            raise self.file.damaged(
                message.format(count=count, sector=sector, own=own), position, "grain marker"
            )
        return int(count)

    def _read_block(self, index: int, start: int, count: int) -> bytes:
        position = self.position(index)
        if position < 0:
            return super()._read_block(index, start, count)
        return self.grain(index, position)[start : start + count]

    def _stored_ranges(self, run: Run) -> Iterator[tuple[int, int]]:
        yield run.offset, run.length


def _inflated(file: ImageFile, position: int, count: int, limit: int) -> bytes:
    stream = file.read(position + GRAIN_MARKER.size, count, "grain")
    inflater = zlib.decompressobj()
    try:
        # One byte more than may come lets the inflater go on to the checksum behind the last one.
        raw = inflater.decompress(stream, limit + 1)
    except zlib.error as error:
        message = _("the compressed grain is damaged: {error}").format(error=error)
        raise file.damaged(message, position, "grain") from error
    if len(raw) > limit or not inflater.eof or inflater.unused_data:
        message = _("the compressed grain does not end where its marker says")
        raise file.damaged(message, position, "grain")
    return raw


def _read_footer(file: ImageFile, header: SparseHeader) -> SparseHeader:
    start = file.size - _TAIL
    tail = file.read(start, _TAIL, "footer")
    sectors, size, kind = MARKER.unpack_from(tail)
    if (sectors, size, kind) != (1, 0, FOOTER) or any(tail[MARKER.size : SECTOR]):
        raise file.damaged(_("no footer marker is here"), start, "footer marker")
    footer = SparseHeader.read(file, start + SECTOR)
    for field in _SAME_IN_FOOTER:
        if getattr(footer, field) != getattr(header, field):
            message = _("header and footer differ in {field}").format(field=field)
            raise file.damaged(message, start + SECTOR, "footer")
    if any(tail[2 * SECTOR :]):
        raise file.damaged(_("no end-of-stream marker is here"), start + 2 * SECTOR, "end marker")
    return footer
