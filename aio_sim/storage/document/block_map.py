"""Where each page stands in the data file, as of the last checkpoint and as of now.

A page that changed is written to a free block, never over what the last checkpoint holds; the next
checkpoint is one header that names the blocks of the new map. So no page can be torn that anybody
would read, and nothing is written twice.

Source: Lorie, Physical Integrity in a Large Segmented Database, ACM TODS 2(1), 1977 (shadow pages);
WiredTiger's checkpoints do the same, with the map in the inner pages of its trees.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from struct import Struct
from typing import Final, NamedTuple
from zlib import crc32

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.pages.device import BlockFile
from aio_sim.storage.pages.errors import DamagedPageError

HEADERS: Final = 2
"""Blocks for headers, written in turn."""
_HEADER: Final = Struct("<IQQII")
"""Checksum, sequence number, LSN of the journal, pages that there may be, blocks of the map."""
_ADDRESS: Final = Struct("<I")
_ENTRY: Final = Struct("<IQ")
"""A page's block (0: it was never written) and LSN."""
_CHECKSUM_SIZE: Final = 4


class Header(NamedTuple):
    """A checkpoint: the journal is needed from `lsn` on."""

    sequence: int
    lsn: int
    room: int
    map_blocks: tuple[int, ...]


def entries_of(block_size: int) -> int:
    """Return how many pages a block of the map knows."""
    return (block_size - _CHECKSUM_SIZE) // _ENTRY.size


def blocks_needed(pages: int, block_size: int) -> int:
    """Return the blocks of a file for so many pages, each with a second version.

    Raises InputError where a header cannot name so large a map.
    """
    map_blocks = -(-pages // entries_of(block_size))
    most = (block_size - _HEADER.size) // _ADDRESS.size
    if map_blocks > most:
        raise InputError(
            _("a database with pages of {size} bytes has {most} pages or less, not {pages}").format(
                size=block_size, most=most * entries_of(block_size), pages=pages
            )
        )
    return HEADERS + 2 * (pages + map_blocks)


class BlockMap:
    """Blocks of the pages of a file; `room` pages may be there."""

    def __init__(self, file: BlockFile) -> None:
        self._file = file
        self._entries = entries_of(file.block_size)
        found = [header for number in range(HEADERS) if (header := self._header(number))]
        self.header = max(found, default=Header(0, 0, 0, ()))
        self.room = self.header.room
        self._places: dict[int, tuple[int, int]] = {}
        self._map_blocks = list(self.header.map_blocks)
        self._changed: set[int] = set()
        self._read()
        self._fresh: set[int] = set()
        """Blocks that were written after the checkpoint: nobody else needs what they held."""
        self._released: list[int] = []
        """Blocks that only the checkpoint needs."""
        self._free = self._unused()

    @property
    def is_new(self) -> bool:
        """Whether there never was a checkpoint."""
        return not self.header.sequence

    def block_of(self, page: int) -> int:
        """Return the block with the newest version of a page, 0 where it was never written."""
        return self._places.get(page, (0, 0))[0]

    def changed_after(self, lsn: int) -> list[int]:
        """Return the pages that were written with a later LSN."""
        return sorted(page for page, (_block, at) in self._places.items() if at > lsn)

    def place(self, page: int, lsn: int) -> int:
        """Return the block to which a changed page is to be written."""
        block = self._renew(self.block_of(page))
        self._places[page] = block, lsn
        self._changed.add(page // self._entries)
        return block

    def save(self, lsn: int) -> None:
        """Make all that was written so far a checkpoint, durable on return."""
        for index in sorted(self._changed):
            self._write_map(index)
        self._changed.clear()
        self._file.flush()
        header = Header(self.header.sequence + 1, lsn, self.room, tuple(self._map_blocks))
        self._write_header(header)
        self._file.flush()
        self.header = header
        self._fresh.clear()
        for block in self._released:
            heappush(self._free, block)
        self._released.clear()

    def vacate(self, first: int) -> list[int]:
        """Use no block from `first` on any more; return the pages that must be written anew.

        They and the map leave those blocks with the next `save`.
        """
        self._free = [block for block in self._free if block < first]
        heapify(self._free)
        for index, block in enumerate(self._map_blocks):
            if block >= first:
                self._changed.add(index)
        return sorted(page for page, (block, _lsn) in self._places.items() if block >= first)

    def resized(self) -> None:
        """Learn which blocks there are after the file has got another number of them."""
        self._free = self._unused()

    def _renew(self, block: int) -> int:
        """Return the block for a new version of what stands in a block."""
        if block in self._fresh:
            return block
        if block:
            self._released.append(block)
        new = heappop(self._free)
        self._fresh.add(new)
        return new

    def _unused(self) -> list[int]:
        used = {block for block, _lsn in self._places.values()} | set(self._map_blocks)
        return [block for block in range(HEADERS, self._file.blocks) if block not in used]

    def _write_map(self, index: int) -> None:
        while index >= len(self._map_blocks):
            self._map_blocks.append(0)
            self._changed.add(len(self._map_blocks) - 1)
        pages = range(index * self._entries, (index + 1) * self._entries)
        rest = b"".join(_ENTRY.pack(*self._places.get(page, (0, 0))) for page in pages)
        self._map_blocks[index] = self._renew(self._map_blocks[index])
        self._file.write(self._map_blocks[index], self._sealed(rest))

    def _write_header(self, header: Header) -> None:
        fields = header.sequence, header.lsn, header.room, len(header.map_blocks)
        rest = _HEADER.pack(0, *fields)[_CHECKSUM_SIZE:]
        rest += b"".join(map(_ADDRESS.pack, header.map_blocks))
        self._file.write(header.sequence % HEADERS, self._sealed(rest))

    def _sealed(self, rest: bytes) -> bytes:
        rest = rest.ljust(self._file.block_size - _CHECKSUM_SIZE, b"\0")
        return crc32(rest).to_bytes(_CHECKSUM_SIZE, "little") + rest

    def _header(self, number: int) -> Header | None:
        data = self._file.read(number)
        if not _is_whole(data):
            return None
        _checksum, sequence, lsn, room, count = _HEADER.unpack_from(data)
        end = _HEADER.size + count * _ADDRESS.size
        addresses = tuple(each[0] for each in _ADDRESS.iter_unpack(data[_HEADER.size : end]))
        return Header(sequence, lsn, room, addresses)

    def _read(self) -> None:
        for index, block in enumerate(self._map_blocks):
            data = self._file.read(block)
            if not _is_whole(data):
                raise DamagedPageError(block)
            end = _CHECKSUM_SIZE + self._entries * _ENTRY.size
            for offset, place in enumerate(_ENTRY.iter_unpack(data[_CHECKSUM_SIZE:end])):
                if place[0]:
                    self._places[index * self._entries + offset] = place[0], place[1]


def _is_whole(data: bytes) -> bool:
    return crc32(data[_CHECKSUM_SIZE:]) == int.from_bytes(data[:_CHECKSUM_SIZE], "little")
