"""The header of a VDI 1.1 file (VirtualBox, VDICore.h; QEMU, block/vdi.c)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, fields
from typing import Final, Self

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.image import SECTOR
from aio_sim.virtualization.images.image_file import ImageFile
from aio_sim.virtualization.images.rules import Rule, demand, power_of_two

SIGNATURE: Final = 0xBEDA107F
VERSION: Final = 0x00010001
DYNAMIC: Final = 1
STATIC: Final = 2
DIFFERENCING: Final = 4
VARIANTS: Final = {DYNAMIC: "dynamic", STATIC: "static", DIFFERENCING: "differencing"}

BLOCK_SIZE: Final = 1 << 20
"""The only block size that QEMU reads."""

MAXIMUM_BLOCKS: Final = 0x1FFFFF80
MAXIMUM_SIZE: Final = MAXIMUM_BLOCKS * BLOCK_SIZE

NO_UUID: Final = bytes(16)
FREE: Final = 0xFFFFFFFF
ZEROED: Final = 0xFFFFFFFE

MAP_OFFSET: Final = SECTOR
PAGE: Final = 4096  # data begins on a page, so that holes of a block can be holes of the file
ALLOCATED_OFFSET: Final = 388
IMAGE_UUID_OFFSET: Final = 392
MODIFIED_OFFSET: Final = 408

_TITLE: Final = b"<<< Oracle VirtualBox Disk Image >>>\n"
_LAYOUT: Final = struct.Struct("<64s 4I I 256s 2I 12s I 4s Q 4I 16s 16s 16s 16s")
_GEOMETRY: Final = struct.pack("<4I", 0, 0, 0, SECTOR)
_HEADER_SIZE: Final = 400
_SMALLEST_HEADER: Final = 384
_PRE_HEADER: Final = 72


@dataclass(frozen=True)
class VdiHeader:
    """The fields in the order of the file, from byte 0."""

    title: bytes
    signature: int
    version: int
    header_size: int
    image_type: int
    flags: int
    description: bytes
    map_offset: int
    data_offset: int
    legacy_geometry: bytes
    sector_size: int
    unused: bytes
    disk_size: int
    block_size: int
    block_extra: int
    blocks: int
    allocated: int
    uuid_image: bytes
    uuid_modified: bytes
    uuid_parent: bytes
    uuid_parent_modified: bytes

    @classmethod
    def read(cls, file: ImageFile) -> Self:
        """Read the header; ImageError where it cannot be the header of an image we can use."""
        header = cls(*_LAYOUT.unpack(file.read(0, _LAYOUT.size, "header")))
        demand(header.rules(file.size), file)
        return header

    def pack(self) -> bytes:
        """Return the 512 bytes that the file begins with."""
        values = (getattr(self, field.name) for field in fields(self))
        return (_LAYOUT.pack(*values) + _GEOMETRY).ljust(SECTOR, b"\0")

    @property
    def map_end(self) -> int:
        return self.map_offset + 4 * self.blocks

    def rules(self, length: int) -> list[Rule]:
        """Return what must hold for the image to be used, given the length of its file."""
        return [*self._kind_rules(), *self._size_rules(), *self._place_rules(length)]

    def _kind_rules(self) -> list[Rule]:
        after_header = _PRE_HEADER + self.header_size
        return [
            Rule("signature", 64, hex(self.signature), self.signature == SIGNATURE, hex(SIGNATURE)),
            Rule("version", 68, hex(self.version), self.version == VERSION, hex(VERSION)),
            Rule(
                "header size",
                72,
                self.header_size,
                self.header_size >= _SMALLEST_HEADER and after_header <= self.map_offset,
                _("{least} or more, and room before the block map").format(least=_SMALLEST_HEADER),
            ),
            Rule("image type", 76, self.image_type, self.image_type in VARIANTS, "1, 2, 4"),
        ]

    def _size_rules(self) -> list[Rule]:
        limit = min(self.blocks * self.block_size, MAXIMUM_SIZE)
        return [
            Rule("sector size", 360, self.sector_size, self.sector_size == SECTOR, str(SECTOR)),
            Rule(
                "block size",
                376,
                self.block_size,
                power_of_two(self.block_size, 1 << 12, 1 << 24),
                _("a power of two from 4 KiB to 16 MiB"),
            ),
            Rule("block extra", 380, self.block_extra, self.block_extra == 0, "0"),
            Rule(
                "blocks in image", 384, self.blocks, self.blocks <= MAXIMUM_BLOCKS, "<= 0x1fffff80"
            ),
            Rule(
                "disk size",
                368,
                self.disk_size,
                0 < self.disk_size <= limit,
                _("1 to {limit}, what the blocks hold").format(limit=limit),
            ),
        ]

    def _place_rules(self, length: int) -> list[Rule]:
        return [
            Rule(
                "offset of the block map",
                340,
                self.map_offset,
                self.map_offset % SECTOR == 0 and self.map_end <= length,
                _("a multiple of 512, and the whole map in a file of {length} bytes").format(
                    length=length
                ),
            ),
            Rule(
                "offset of the data",
                344,
                self.data_offset,
                self.data_offset % SECTOR == 0 and self.data_offset >= self.map_end,
                _("a multiple of 512, {least} or more").format(least=self.map_end),
            ),
        ]


def new_header(size: int, image_type: int, uuids: tuple[bytes, bytes, bytes, bytes]) -> VdiHeader:
    """Return the header of a new image of `size` bytes: a multiple of 512.

    `uuids` are those of the image, its last change, its parent and the parent's last change.
    """
    if not 0 < size <= MAXIMUM_SIZE:
        raise InputError(
            _("a VDI holds 1 to {limit} bytes, not {size}").format(limit=MAXIMUM_SIZE, size=size)
        )
    blocks = -(-size // BLOCK_SIZE)
    data = -(-(MAP_OFFSET + 4 * blocks) // PAGE) * PAGE
    return VdiHeader(
        title=_TITLE,
        signature=SIGNATURE,
        version=VERSION,
        header_size=_HEADER_SIZE,
        image_type=image_type,
        flags=0,
        description=b"",
        map_offset=MAP_OFFSET,
        data_offset=data,
        legacy_geometry=b"",
        sector_size=SECTOR,
        unused=b"",
        disk_size=size,
        block_size=BLOCK_SIZE,
        block_extra=0,
        blocks=blocks,
        allocated=blocks if image_type == STATIC else 0,
        uuid_image=uuids[0],
        uuid_modified=uuids[1],
        uuid_parent=uuids[2],
        uuid_parent_modified=uuids[3],
    )
