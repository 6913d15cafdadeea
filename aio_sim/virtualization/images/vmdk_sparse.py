"""VMDK monolithicSparse: grains of 64 KiB, two levels of tables, each of them kept twice."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.block_image import BlockImage
from aio_sim.virtualization.images.block_reader import BlockReader
from aio_sim.virtualization.images.grain_faults import grain_faults
from aio_sim.virtualization.images.grain_map import GrainMap
from aio_sim.virtualization.images.identity import NO_CONTENT_ID, identity_source, new_content_id
from aio_sim.virtualization.images.image import HOLE, SECTOR, ZERO, DiskImage, Fault
from aio_sim.virtualization.images.image_file import ImageFile, closed_on_error
from aio_sim.virtualization.images.paged_entries import to_bytes
from aio_sim.virtualization.images.rules import demand
from aio_sim.virtualization.images.vmdk_descriptor import MONOLITHIC_SPARSE, Extent, new_descriptor
from aio_sim.virtualization.images.vmdk_header import ZEROED_GRAINS, SparseHeader, new_header
from aio_sim.virtualization.images.vmdk_layer import (
    Vmdk,
    descriptor_name,
    embedded,
    read_embedded,
)

if TYPE_CHECKING:
    from aio_sim.virtualization.images.block_reader import Positions
    from aio_sim.virtualization.images.paged_entries import Entries

_LAST_SECTOR: Final = 0xFFFFFFFF
_NEVER: Final = -1
_CHUNK: Final = 1 << 18


class GrainImage(Vmdk, BlockReader):
    """An image of grains behind tables, plain or compressed."""

    entries: GrainMap

    def __init__(self, file: ImageFile, header: SparseHeader, writable: bool) -> None:
        demand(header.directory_rules(file.size // SECTOR), file)
        entries = GrainMap(file, header)
        step = _NEVER if header.compressed else header.grain_size
        super().__init__(file, entries, header.size, header.grain_size, writable, step)
        self.header = header
        self.descriptor = read_embedded(file, header)
        self._has_zero_entry = bool(header.flags & ZEROED_GRAINS)

    def decode(self, entries: Entries) -> Positions:
        import numpy as np

        positions = entries.astype(np.int64) * SECTOR
        positions[entries == 0] = HOLE
        if self._has_zero_entry:
            positions[entries == 1] = ZERO
        return positions

    def position(self, index: int) -> int:
        entry = self.entries[index]
        if entry == 0:
            return HOLE
        return ZERO if entry == 1 and self._has_zero_entry else entry * SECTOR

    def faults(self) -> Iterator[Fault]:
        """Yield tables and grains that lie past the end, in metadata or on one another."""
        found = False
        for fault in self.entries.faults():
            found = True
            yield fault
        if not found:
            yield from grain_faults(self.entries, 1 if self._has_zero_entry else 0)


class VmdkSparse(GrainImage, BlockImage):
    """A monolithicSparse image, or a child of another VMDK."""

    variant = MONOLITHIC_SPARSE

    def __init__(
        self, file: ImageFile, header: SparseHeader, writable: bool, seed: int | None
    ) -> None:
        super().__init__(file, header, writable)
        self._seed = seed

    @classmethod
    def open(cls, path: Path, writable: bool = False, seed: int | None = None) -> Self:
        """Open the file and read its header; ImageError where it is damaged."""
        file = ImageFile(path, "r+b" if writable else "rb")
        with closed_on_error(file):
            return cls(file, SparseHeader.read(file), writable, seed)

    def _reserve(self) -> int:
        end = max(self.file.size, self.header.overhead * SECTOR)
        position = -(-end // self.block_size) * self.block_size
        if position // SECTOR > _LAST_SECTOR:
            raise self.file.damaged(_("a VMDK stores no more than 2 TiB"), position)
        self.file.truncate(position + self.block_size)
        return position

    def _record(self, index: int, position: int) -> None:
        self.entries[index] = position // SECTOR

    def _renew_identity(self) -> None:
        source = identity_source(self._seed, self.path.name, self.identity)
        content_id = new_content_id(source)
        text = self.descriptor.with_content_id(content_id)
        raw = embedded(text, self.header, self.file)
        self.file.write(self.header.descriptor * SECTOR, raw)
        self.descriptor = replace(self.descriptor, content_id=content_id, text=text)

    def _write_back(self) -> None:
        if self._changed:
            self.entries.flush()


def create_sparse(
    file: ImageFile, size: int, seed: int | None = None, parent: DiskImage | None = None
) -> VmdkSparse:
    """Make an empty image of `size` bytes (a multiple of 512) in a new file, open for writing."""
    header = new_header(size)
    extent = Extent(header.capacity, "SPARSE", descriptor_name(file.shown))
    content_id = new_content_id(identity_source(seed, file.shown.name))
    text = new_descriptor(content_id, MONOLITHIC_SPARSE, extent, *_parent_of(parent))
    file.write(0, header.pack())
    file.write(header.descriptor * SECTOR, embedded(text, header, file))
    for directory in (header.redundant_directory, header.directory):
        _write_directory(file, directory, header)
    file.truncate(header.overhead * SECTOR)
    image = VmdkSparse(file, header, True, seed)
    image.parent = parent
    return image


def _parent_of(parent: DiskImage | None) -> tuple[int, str]:
    if parent is None:
        return NO_CONTENT_ID, ""
    if not isinstance(parent, Vmdk):
        raise InputError(_("{path}: the parent of a VMDK is a VMDK").format(path=parent.path))
    return parent.descriptor.content_id, descriptor_name(parent.path)


def _write_directory(file: ImageFile, sector: int, header: SparseHeader) -> None:
    """Write a directory whose tables, all empty, follow it; the tables stay holes of the file."""
    first = sector + header.directory_sectors
    for start in range(0, header.tables, _CHUNK):
        numbers = range(start, min(start + _CHUNK, header.tables))
        sectors = array("I", (first + number * header.table_sectors for number in numbers))
        file.write(sector * SECTOR + 4 * start, to_bytes(sectors))
