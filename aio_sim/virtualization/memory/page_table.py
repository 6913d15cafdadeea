"""Page tables of any number of levels, and the memory that they themselves take.

Silberschatz, Galvin and Gagne, Operating System Concepts, 10th ed., 9.3 and 9.4; R. and A.
Arpaci-Dusseau, Operating Systems: Three Easy Pieces, ch. 18 and 20.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.memory.translation import (
    FaultReason,
    Permission,
    Translation,
    power_of_two_bits,
)


@dataclass
class PageTableEntry:
    """The frame of a valid page and the bits that the hardware keeps beside it."""

    frame: int
    permission: Permission = Permission.ALL
    referenced: bool = False
    dirty: bool = False


@dataclass
class _Node:
    """One table of a level: what its valid entries lead to."""

    children: dict[int, _Node] = field(default_factory=dict)
    entries: dict[int, PageTableEntry] = field(default_factory=dict)


class PageTable:
    """A tree of tables; `level_bits` of the page number pick the entry at each level from the root.

    `page_size` and `entry_size` in bytes. A table below the outermost takes memory only while a
    page in its range is valid. InputError for a page size that is no power of two, or a level
    without bits.
    """

    def __init__(self, page_size: int, level_bits: Sequence[int], entry_size: int = 4) -> None:
        self.offset_bits = power_of_two_bits(page_size, "page size")
        if not level_bits or min(level_bits) < 1:
            raise InputError(_("a page table needs levels of at least 1 bit each"))
        self.page_size = page_size
        self.level_bits = tuple(level_bits)
        self.entry_size = entry_size
        self._root = _Node()
        self._tables = [1] + [0] * (len(level_bits) - 1)

    @classmethod
    def flat(cls, page_size: int, address_space: int, frames: Mapping[int, int]) -> PageTable:
        """Return a table of one level with the given frame of each valid page.

        `address_space` in bytes: a power of two, at least two pages. InputError for a page outside.
        """
        bits = power_of_two_bits(address_space, "address space")
        table = cls(page_size, (bits - power_of_two_bits(page_size, "page size"),))
        for page, frame in frames.items():
            table.map(page, frame)
        return table

    @property
    def pages(self) -> int:
        """The number of pages of the address space, valid or not."""
        return 1 << sum(self.level_bits)

    @property
    def address_space(self) -> int:
        """The size of the address space in bytes."""
        return self.pages * self.page_size

    @property
    def table_bytes(self) -> int:
        """The memory that the tables take, in bytes."""
        return sum(count * self._size(level) for level, count in enumerate(self._tables))

    @property
    def table_frames(self) -> int:
        """The frames that the tables take, each table beginning a frame of its own."""
        return sum(
            count * -(-self._size(level) // self.page_size)
            for level, count in enumerate(self._tables)
        )

    def map(self, page: int, frame: int, permission: Permission = Permission.ALL) -> None:
        """Make a page valid; InputError for one outside the address space or a negative frame."""
        if not 0 <= page < self.pages or frame < 0:
            raise InputError(
                _("page {page} in frame {frame}: pages go from 0 to {last}, frames from 0").format(
                    page=page, frame=frame, last=self.pages - 1
                )
            )
        *outer, last = self._indices(page)
        node = self._root
        for level, index in enumerate(outer, start=1):
            if index not in node.children:
                node.children[index] = _Node()
                self._tables[level] += 1
            node = node.children[index]
        node.entries[last] = PageTableEntry(frame, permission)

    def unmap(self, page: int) -> None:
        """Make a page invalid, and give back the tables that lead to no valid page any more.

        Raises InputError where it is not valid.
        """
        *outer, last = self._indices(page)
        path = self._walk(page)
        if len(path) <= len(outer) or last not in path[-1].entries:
            raise InputError(_("page {page} is not valid").format(page=page))
        del path[-1].entries[last]
        for level in range(len(outer), 0, -1):
            if path[level].entries or path[level].children:
                break
            del path[level - 1].children[outer[level - 1]]
            self._tables[level] -= 1

    def entry(self, page: int) -> PageTableEntry | None:
        """Return the entry of a page, None where it is not valid."""
        path = self._walk(page)
        complete = len(path) == len(self.level_bits)
        return path[-1].entries.get(self._indices(page)[-1]) if complete else None

    def translate(self, address: int, access: Permission = Permission.READ) -> Translation:
        """Return where a virtual address leads or its fault; marks the page referenced, dirty."""
        if not 0 <= address < self.address_space:
            return Translation(address, None, FaultReason.OUT_OF_RANGE)
        page, offset = divmod(address, self.page_size)
        path = (*self._indices(page), offset)
        entry = self.entry(page)
        if entry is None:
            return Translation(address, None, FaultReason.NOT_MAPPED, path)
        if access not in entry.permission:
            return Translation(address, None, FaultReason.PROTECTION, path)
        entry.referenced = True
        entry.dirty = entry.dirty or Permission.WRITE in access
        return Translation(address, entry.frame * self.page_size + offset, None, path)

    def _indices(self, page: int) -> tuple[int, ...]:
        indices = []
        for bits in reversed(self.level_bits):
            indices.append(page & ((1 << bits) - 1))
            page >>= bits
        return tuple(reversed(indices))

    def _walk(self, page: int) -> list[_Node]:
        """Return the tables on the way to a page, as many as there are."""
        path = [self._root]
        for index in self._indices(page)[:-1]:
            child = path[-1].children.get(index)
            if child is None:
                break
            path.append(child)
        return path

    def _size(self, level: int) -> int:
        return self.entry_size << self.level_bits[level]


def optimal_page_size(segment: float, entry_size: float) -> float:
    """Return the page size sqrt(2 s e) that wastes least on half-filled last pages and on entries.

    For segments of `segment` bytes on average a page size p costs s e / p + p / 2 bytes. A.
    Tanenbaum and H. Bos, Modern Operating Systems, 4th ed., 3.5.3.
    """
    return sqrt(2 * segment * entry_size)
