"""The grain tables of a VMDK behind their directory, and what may be wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.image import SECTOR, Fault
from aio_sim.virtualization.images.image_file import ImageFile
from aio_sim.virtualization.images.overlaps import overlapping
from aio_sim.virtualization.images.paged_entries import ENTRY, EntryTable, PagedEntries
from aio_sim.virtualization.images.vmdk_header import REDUNDANT, SparseHeader

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Sectors = npt.NDArray[np.int64]


_LOOK_AHEAD: Final = 1024


class GrainMap(PagedEntries):
    """One entry a grain: its sector, or 0; a page is a grain table, which may be absent."""

    def __init__(self, file: ImageFile, header: SparseHeader) -> None:
        super().__init__(file, header.grains, header.table_entries)
        self.header = header
        self.directory = EntryTable(file, header.directory * SECTOR, header.tables)
        self.redundant = (
            EntryTable(file, header.redundant_directory * SECTOR, header.tables)
            if header.has_redundant
            else None
        )

    def position(self, page: int) -> int | None:
        return self.directory[page] * SECTOR or None

    def copies(self, page: int) -> tuple[int, ...]:
        sectors = [self.directory[page]]
        if self.redundant:
            sectors.append(self.redundant[page])
        return tuple(sector * SECTOR for sector in sectors if sector)

    def make_present(self, page: int) -> None:
        """Put empty tables behind the end of the file where there are none, one a directory."""
        if self.position(page) is not None:
            return
        for directory in (self.directory, self.redundant):
            if directory and not directory[page]:
                sector = -(-self.file.size // SECTOR)
                self.file.truncate((sector + self.header.table_sectors) * SECTOR)
                directory[page] = sector

    def copy(self) -> GrainMap:
        """Return the map that the redundant directory leads to."""
        header = replace(
            self.header,
            directory=self.header.redundant_directory,
            flags=self.header.flags & ~REDUNDANT,
        )
        return GrainMap(self.file, header)

    def flush(self) -> None:
        super().flush()
        for directory in (self.directory, self.redundant):
            if directory:
                directory.flush()

    def blank_pages(self, page: int) -> int:
        """Return how many tables from this one on are absent, or holes of the file."""
        import numpy as np

        if page in self._dirty:
            return 0
        stop = min(page + _LOOK_AHEAD, self.directory.count)
        stop = min((dirty for dirty in self._dirty if page < dirty < stop), default=stop)
        _first, _count, cells = next(self.directory.arrays(page, stop))
        if cells is None:
            return stop - page
        starts = cells.astype(np.int64) * SECTOR
        hole_end = self.file.hole_end(int(starts[0]))
        ends = starts + ENTRY * self.page_entries
        blank = (starts == 0) | ((starts >= starts[0]) & (ends <= hole_end))
        return len(blank) if blank.all() else int(blank.argmin())

    def faults(self) -> Iterator[Fault]:
        """Yield tables that lie outside the file, on one another or on other metadata."""
        starts, lengths, names = self._regions()
        end = self.file.size // SECTOR
        beyond = (starts + lengths > end).nonzero()[0]
        if len(beyond):
            at = int(beyond[0])
            yield self._fault(names, at, _("it ends past the end of the file"), starts)
        elif (pair := overlapping(starts, lengths)) is not None:
            other = names(pair[0])
            yield self._fault(
                names, pair[1], _("it lies on the {other}").format(other=other), starts
            )

    def regions(self) -> tuple[Sectors, Sectors]:
        """Return where metadata is: first sectors and lengths, int64."""
        starts, lengths, _names = self._regions()
        return starts, lengths

    def _fault(self, names: _Names, at: int, message: str, starts: Sectors) -> Fault:
        return Fault(message, int(starts[at]) * SECTOR, names(at))

    def _regions(self) -> tuple[Sectors, Sectors, _Names]:
        import numpy as np

        header = self.header
        fixed = [
            ("header", 0, 1),
            ("descriptor", header.descriptor, max(header.descriptor_sectors, 1)),
            ("grain directory", header.directory, header.directory_sectors),
        ]
        if self.redundant:
            redundant = ("redundant grain directory", header.redundant_directory)
            fixed.append((*redundant, header.directory_sectors))
        tables = [_tables(each) for each in (self.directory, self.redundant) if each]
        numbers = np.concatenate([number for number, _sectors in tables])
        sectors = np.concatenate([sectors for _number, sectors in tables])
        starts = np.concatenate([[start for _name, start, _length in fixed], sectors])
        lengths = np.concatenate(
            [
                [length for _name, _start, length in fixed],
                np.full(len(sectors), header.table_sectors),
            ]
        )
        labels = [name for name, _start, _length in fixed]
        return starts.astype(np.int64), lengths.astype(np.int64), _Names(labels, numbers)


class _Names:
    """What each region is called, made only for those in an error."""

    def __init__(self, fixed: list[str], tables: Sectors) -> None:
        self._fixed, self._tables = fixed, tables

    def __call__(self, at: int) -> str:
        if at < len(self._fixed):
            return self._fixed[at]
        return f"grain table {int(self._tables[at - len(self._fixed)])}"


def _tables(directory: EntryTable) -> tuple[Sectors, Sectors]:
    """Return the numbers of the tables that are there, and their first sectors."""
    import numpy as np

    numbers, sectors = [], []
    for first, _count, cells in directory.arrays(0, directory.count):
        if cells is not None:
            there = np.flatnonzero(cells)
            numbers.append(there + first)
            sectors.append(cells[there].astype(np.int64))
    return np.concatenate(numbers), np.concatenate(sectors)


def directory_offset(directory: EntryTable, index: int) -> int:
    """Return the byte of the file where an entry of a directory is."""
    return directory.start + ENTRY * index
