"""The header of a VMDK sparse extent, and the marker sectors of a stream."""

from __future__ import annotations

import struct
from dataclasses import dataclass, fields, replace
from typing import Final, Self

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.image import SECTOR
from aio_sim.virtualization.images.image_file import ImageFile
from aio_sim.virtualization.images.rules import Rule, demand, power_of_two

MAGIC: Final = b"KDMV"

NEWLINE_TEST: Final = 1
REDUNDANT: Final = 2
ZEROED_GRAINS: Final = 4
COMPRESSED: Final = 0x10000
MARKERS: Final = 0x20000
DEFLATE: Final = 1

AT_END: Final = 0xFFFFFFFFFFFFFFFF
"""Grain directory offset of a stream: see the footer."""

GRAIN_SECTORS: Final = 128
TABLE_ENTRIES: Final = 512
DESCRIPTOR_SECTORS: Final = 20
FIRST_TABLE_SECTOR: Final = 1 + DESCRIPTOR_SECTORS

MAXIMUM_SIZE: Final = 64 << 40
"""Bytes of the largest disk: what QEMU's limit on grain directories allows."""

END_OF_STREAM, GRAIN_TABLE, GRAIN_DIRECTORY, FOOTER = range(4)
MARKER: Final = struct.Struct("<QII")
"""Sectors that follow, 0, type. A grain's marker is its sector of the disk and its byte count."""
GRAIN_MARKER: Final = struct.Struct("<QI")

_LAYOUT: Final = struct.Struct("<4s I I Q Q Q Q I Q Q Q B 4s H 433s")
_NEWLINES: Final = b"\n \r\n"
_LARGEST_GRAIN: Final = 1 << 15  # 16 MiB: what a reader may be made to hold in memory


@dataclass(frozen=True)
class SparseHeader:
    """The fields in the order of the file; offsets and sizes in sectors."""

    magic: bytes
    version: int
    flags: int
    capacity: int
    grain_sectors: int
    descriptor: int
    descriptor_sectors: int
    table_entries: int
    redundant_directory: int
    directory: int
    overhead: int
    unclean: int
    newlines: bytes
    compression: int
    padding: bytes = b""

    @classmethod
    def read(cls, file: ImageFile, offset: int = 0) -> Self:
        """Read the header at `offset`; ImageError where it is not that of an image we can use."""
        header = cls(*_LAYOUT.unpack(file.read(offset, SECTOR, "header")))
        demand(header.rules(file.size // SECTOR, offset), file)
        return header

    def pack(self) -> bytes:
        """Return the sector."""
        return _LAYOUT.pack(*(getattr(self, field.name) for field in fields(self)))

    @property
    def compressed(self) -> bool:
        return self.compression == DEFLATE

    @property
    def has_redundant(self) -> bool:
        return bool(self.flags & REDUNDANT)

    @property
    def size(self) -> int:
        return self.capacity * SECTOR

    @property
    def grain_size(self) -> int:
        return self.grain_sectors * SECTOR

    @property
    def grains(self) -> int:
        return -(-self.capacity // self.grain_sectors)

    @property
    def tables(self) -> int:
        return -(-self.grains // self.table_entries)

    @property
    def table_sectors(self) -> int:
        return -(-4 * self.table_entries // SECTOR)

    @property
    def directory_sectors(self) -> int:
        return -(-4 * self.tables // SECTOR)

    def rules(self, length: int, at: int = 0) -> list[Rule]:
        """Return what must hold for the image to be used, given the sectors of its file."""
        return [*self._size_rules(at), *self._place_rules(length, at), *self._mode_rules(at)]

    def _size_rules(self, at: int) -> list[Rule]:
        return [
            Rule("magic", at, self.magic, self.magic == MAGIC, repr(MAGIC)),
            Rule("version", at + 4, self.version, 1 <= self.version <= 3, "1, 2, 3"),
            Rule(
                "capacity",
                at + 12,
                self.capacity,
                0 < self.capacity <= MAXIMUM_SIZE // SECTOR,
                _("1 to {limit} sectors").format(limit=MAXIMUM_SIZE // SECTOR),
            ),
            Rule(
                "grain size",
                at + 20,
                self.grain_sectors,
                power_of_two(self.grain_sectors, 8, _LARGEST_GRAIN),
                _("a power of two from 8 to {limit} sectors").format(limit=_LARGEST_GRAIN),
            ),
            Rule(
                "entries of a grain table",
                at + 44,
                self.table_entries,
                1 <= self.table_entries <= TABLE_ENTRIES,
                "1..512",
            ),
        ]

    def _place_rules(self, length: int, at: int) -> list[Rule]:
        return [
            Rule(
                "descriptor",
                at + 28,
                self.descriptor,
                0 < self.descriptor <= self.descriptor + self.descriptor_sectors <= length
                and self.descriptor_sectors <= 2048,
                _("sectors in a file of {length}").format(length=length),
            ),
            Rule(
                "overhead",
                at + 64,
                self.overhead,
                0 < self.overhead <= length,
                _("sectors in a file of {length}").format(length=length),
            ),
        ]

    def _mode_rules(self, at: int) -> list[Rule]:
        flagged = bool(self.flags & COMPRESSED)
        newlines_needed = bool(self.flags & NEWLINE_TEST)
        return [
            Rule(
                "newline test",
                at + 73,
                self.newlines,
                not newlines_needed or self.newlines == _NEWLINES,
                repr(_NEWLINES),
            ),
            Rule(
                "compression",
                at + 77,
                self.compression,
                self.compression == (DEFLATE if flagged else 0),
                _("what the flags {flags:#x} say").format(flags=self.flags),
            ),
        ]

    def directory_rules(self, length: int, at: int = 0) -> list[Rule]:
        """Return what must hold for the grain directories, given the sectors of the file."""
        expected = _("{count} whole sectors in a file of {length}").format(
            count=self.directory_sectors, length=length
        )
        latest = length - self.directory_sectors
        redundant, has_redundant = self.redundant_directory, self.has_redundant
        return [
            Rule(
                "grain directory",
                at + 56,
                self.directory,
                0 < self.directory <= latest,
                expected,
            ),
            Rule(
                "redundant grain directory",
                at + 48,
                redundant,
                not has_redundant or 0 < redundant <= latest,
                expected,
            ),
        ]


def new_header(size: int) -> SparseHeader:
    """Return the header of a monolithicSparse image of `size` bytes: a multiple of 512."""
    if not 0 < size <= MAXIMUM_SIZE:
        raise InputError(
            _("a VMDK holds 1 to {limit} bytes, not {size}").format(limit=MAXIMUM_SIZE, size=size)
        )
    header = SparseHeader(
        magic=MAGIC,
        version=1,
        flags=NEWLINE_TEST | REDUNDANT,
        capacity=size // SECTOR,
        grain_sectors=GRAIN_SECTORS,
        descriptor=1,
        descriptor_sectors=DESCRIPTOR_SECTORS,
        table_entries=TABLE_ENTRIES,
        redundant_directory=FIRST_TABLE_SECTOR,
        directory=0,
        overhead=0,
        unclean=0,
        newlines=_NEWLINES,
        compression=0,
    )
    metadata = header.directory_sectors + header.table_sectors * header.tables
    directory = FIRST_TABLE_SECTOR + metadata
    overhead = -(-(directory + metadata) // GRAIN_SECTORS) * GRAIN_SECTORS
    return replace(header, directory=directory, overhead=overhead)


def new_stream_header(size: int) -> SparseHeader:
    """Return the header of a streamOptimized image of `size` bytes: a multiple of 512."""
    return replace(
        new_header(size),
        version=3,
        flags=NEWLINE_TEST | COMPRESSED | MARKERS,
        redundant_directory=0,
        directory=AT_END,
        overhead=GRAIN_SECTORS,
        compression=DEFLATE,
    )
