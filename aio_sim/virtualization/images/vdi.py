"""VDI: blocks of 1 MiB in the order in which they were first written, and a map of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self

from aio_sim.kernel.errors import ImageError, InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.block_image import BlockImage
from aio_sim.virtualization.images.identity import identity_source, new_uuid, uuid_text
from aio_sim.virtualization.images.image import HOLE, ZERO, DiskImage, Fault
from aio_sim.virtualization.images.image_file import ImageFile, closed_on_error
from aio_sim.virtualization.images.overlaps import repeated, some
from aio_sim.virtualization.images.paged_entries import EntryTable, to_bytes
from aio_sim.virtualization.images.vdi_header import (
    ALLOCATED_OFFSET,
    DIFFERENCING,
    DYNAMIC,
    FREE,
    IMAGE_UUID_OFFSET,
    MODIFIED_OFFSET,
    NO_UUID,
    STATIC,
    VARIANTS,
    ZEROED,
    VdiHeader,
    new_header,
)

if TYPE_CHECKING:
    from aio_sim.virtualization.images.block_reader import Positions
    from aio_sim.virtualization.images.paged_entries import Entries

_CHUNK = 1 << 18


class Vdi(BlockImage):
    """A VDI file: dynamic, static, or differencing (a child of another VDI)."""

    format = "vdi"

    def __init__(self, file: ImageFile, writable: bool, seed: int | None) -> None:
        self.header = header = VdiHeader.read(file)
        table = EntryTable(file, header.map_offset, header.blocks)
        super().__init__(file, table, header.disk_size, header.block_size, writable)
        self.variant = VARIANTS[header.image_type]
        self._seed = seed
        self._allocated = header.allocated
        self._free_numbers = _gaps(self)

    @classmethod
    def open(cls, path: Path, writable: bool = False, seed: int | None = None) -> Self:
        """Open the file and read its header; ImageError where it is damaged."""
        file = ImageFile(path, "r+b" if writable else "rb")
        with closed_on_error(file):
            return cls(file, writable, seed)

    @property
    def identity(self) -> str:
        return f"{uuid_text(self.header.uuid_image)}/{uuid_text(self.header.uuid_modified)}"

    def decode(self, entries: Entries) -> Positions:
        import numpy as np

        positions = entries.astype(np.int64) * self.block_size + self.header.data_offset
        positions[entries == FREE] = HOLE
        positions[entries == ZEROED] = ZERO
        return positions

    def position(self, index: int) -> int:
        entry = self.entries[index]
        if entry >= ZEROED:
            return HOLE if entry == FREE else ZERO
        return self.header.data_offset + entry * self.block_size

    def parent_path(self) -> Path | None:
        if self.header.image_type != DIFFERENCING:
            return None
        wanted = self.header.uuid_parent, self.header.uuid_parent_modified
        return _find_parent(self.file, *wanted)

    def adopt(self, parent: DiskImage) -> None:
        header = parent.header if isinstance(parent, Vdi) else None
        wanted = self.header.uuid_parent_modified
        if header is None or wanted not in (NO_UUID, header.uuid_modified):
            raise self.file.damaged(
                _("{parent} was changed after this image was made from it").format(
                    parent=parent.path
                ),
                440,
                "UUID of the parent's last change",
            )
        self.parent = parent

    def faults(self) -> Iterator[Fault]:
        """Yield entries past the end or on one block, and a wrong count of them."""
        numbers, looked_at = self._used_numbers()
        yield from self._faults_of_entries(numbers, looked_at)
        if len(numbers) <= self._room and len(numbers) != self.header.allocated:
            yield Fault(
                _("{count} blocks are allocated, the map has {found}").format(
                    count=self.header.allocated, found=len(numbers)
                ),
                ALLOCATED_OFFSET,
                "blocks allocated",
            )

    def keep_uuid(self, image: Vdi) -> None:
        """Be the disk that `image` is, after a change of it."""
        self.file.write(IMAGE_UUID_OFFSET, image.header.uuid_image)

    def used_numbers(self) -> Entries:
        """Return the numbers of the stored blocks, uint32, ascending."""
        return self._used_numbers()[0]

    def _used_numbers(self) -> tuple[Entries, int]:
        """Return the numbers of the stored blocks, ascending, and how many entries were looked at.

        They end soon after there are more than the file has room for: a hole of the file where
        the map should be looks like the number 0 without end.
        """
        import numpy as np

        parts, found, looked_at = [np.empty(0, np.uint32)], 0, 0
        for first, count, entries in self.entries.arrays(0, self.header.blocks):
            if entries is not None:
                parts.append(entries[entries < ZEROED])
                found += len(parts[-1])
            looked_at = first + count
            if found > self._room:
                break
        return np.sort(np.concatenate(parts)), looked_at

    @property
    def _room(self) -> int:
        """How many blocks there can be: by the header, and by the length of the file."""
        whole = (self.file.size - self.header.data_offset) // self.block_size
        return min(self.header.blocks, max(whole, 0))

    def _faults_of_entries(self, numbers: Entries, last: int) -> Iterator[Fault]:
        limit = self._room
        if len(numbers) and int(numbers[-1]) >= limit:
            beyond = some(self.entries, lambda cells: (cells < ZEROED) & (cells >= limit), last)
            for index, entry in beyond:
                message = _("block {entry} is past the end: the file has {limit}")
                yield self._fault(index, message.format(entry=entry, limit=limit))
        if len(twice := repeated(numbers)):
            for index, entry in some(self.entries, twice, last):
                message = _("block {entry} is in the map twice").format(entry=entry)
                yield self._fault(index, message)

    def _fault(self, index: int, message: str) -> Fault:
        return Fault(message, self.header.map_offset + 4 * index, f"block map entry {index}")

    def _reserve(self) -> int:
        number = next(self._free_numbers, None)
        if number is None:
            raise self.file.damaged(_("no block is left for what is written"))
        position = self.header.data_offset + number * self.block_size
        self.file.clear(position, self.block_size)
        return position

    def _record(self, index: int, position: int) -> None:
        self.entries[index] = (position - self.header.data_offset) // self.block_size
        self._allocated += 1

    def _record_zero(self, index: int) -> bool:
        self.entries[index] = ZEROED
        return True

    def _renew_identity(self) -> None:
        source = identity_source(self._seed, self.path.name, self.identity)
        self.file.write(MODIFIED_OFFSET, new_uuid(source))

    def _write_back(self) -> None:
        if self._changed:
            self.entries.flush()
            self.file.write(ALLOCATED_OFFSET, self._allocated.to_bytes(4, "little"))


def create_vdi(
    file: ImageFile,
    size: int,
    variant: str,
    seed: int | None = None,
    parent: DiskImage | None = None,
) -> Vdi:
    """Make an empty image of `size` bytes (a multiple of 512) in a new file, open for writing."""
    image_type, uuids = STATIC if variant == "static" else DYNAMIC, (NO_UUID, NO_UUID)
    if parent is not None:
        if not isinstance(parent, Vdi):
            raise InputError(_("{path}: the parent of a VDI is a VDI").format(path=parent.path))
        image_type = DIFFERENCING
        uuids = parent.header.uuid_image, parent.header.uuid_modified
    source = identity_source(seed, file.shown.name)
    header = new_header(size, image_type, (new_uuid(source), new_uuid(source), *uuids))
    file.write(0, header.pack())
    _write_map(file, header)
    stored = header.blocks if image_type == STATIC else 0
    file.truncate(header.data_offset + stored * header.block_size)
    image = Vdi(file, True, seed)
    image.parent = parent
    return image


def _write_map(file: ImageFile, header: VdiHeader) -> None:
    identity = header.image_type == STATIC
    for first in range(0, header.blocks, _CHUNK):
        count = min(_CHUNK, header.blocks - first)
        entries = array("I", range(first, first + count) if identity else [FREE])
        cells = to_bytes(entries if identity else entries * count)
        file.write(header.map_offset + 4 * first, cells)


def _gaps(image: Vdi) -> Iterator[int]:
    """Yield the block numbers that no entry of the map has, ascending."""
    expected = 0
    for number in image.used_numbers().tolist():
        yield from range(expected, number)
        expected = number + 1
    yield from range(expected, image.header.blocks)


def _find_parent(child: ImageFile, uuid_image: bytes, uuid_modified: bytes) -> Path:
    """Return the VDI beside the child that has the UUID, the unchanged one of several."""
    changed: Path | None = None
    for path in sorted(child.path.parent.glob("*.vdi")):
        header = _header(path)
        if header is None or header.uuid_image != uuid_image:
            continue
        if header.uuid_modified == uuid_modified:
            return path
        changed = changed or path
    if changed:
        return changed
    message = _("no VDI with the parent's UUID {uuid} is beside this image")
    raise child.damaged(message.format(uuid=uuid_text(uuid_image)), 424, "UUID of the parent")


def _header(path: Path) -> VdiHeader | None:
    try:
        file = ImageFile(path)
    except InputError:
        return None
    try:
        return VdiHeader.read(file)
    except ImageError:
        return None
    finally:
        file.close()
