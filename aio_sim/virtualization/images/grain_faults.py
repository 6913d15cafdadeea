"""What may be wrong with the grains of a VMDK, found in whole tables at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.grain_map import GrainMap
from aio_sim.virtualization.images.image import SECTOR, Fault
from aio_sim.virtualization.images.overlaps import some
from aio_sim.virtualization.images.paged_entries import ENTRY

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from aio_sim.virtualization.images.paged_entries import Entries


def grain_faults(grains: GrainMap, highest_mark: int) -> Iterator[Fault]:
    """Yield grains past the end, in metadata, or on one another.

    Entries up to `highest_mark` are no sectors. How long a compressed grain is stands with its
    bytes, so that here only its first sector counts.
    """
    sectors = stored_sectors(grains, highest_mark)
    if not len(sectors):
        return
    length = 1 if grains.header.compressed else grains.header.grain_sectors
    yield from _past_the_end(grains, sectors, length)
    inside = _in_metadata(grains, sectors, length)
    for index, sector in some(grains, inside):
        yield _fault(grains, index, _("sector {sector} is metadata").format(sector=sector))
    shared = _overlapping(sectors, length)
    for index, sector in some(grains, shared):
        message = _("the grain at sector {sector} lies on another one")
        yield _fault(grains, index, message.format(sector=sector))


def stored_sectors(grains: GrainMap, highest_mark: int) -> Entries:
    """Return the first sectors of all stored grains, uint32, ascending."""
    import numpy as np

    parts = [np.empty(0, np.uint32)]
    for _first, _count, cells in grains.arrays(0, grains.count):
        if cells is not None:
            parts.append(cells[cells > highest_mark])
    return np.sort(np.concatenate(parts))


def _past_the_end(grains: GrainMap, sectors: Entries, length: int) -> Iterator[Fault]:
    end = grains.file.size // SECTOR
    if int(sectors[-1]) + length <= end:
        return
    last, last_length = grains.count - 1, length
    if not grains.header.compressed:  # what lies beyond the end of the disk may be missing
        last_length = grains.header.capacity - last * length
    for index, sector in some(grains, lambda cells: cells > max(end - length, 0)):
        if sector + (last_length if index == last else length) > end:
            message = _("the grain at sector {sector} ends past the end of the file")
            yield _fault(grains, index, message.format(sector=sector))


def _in_metadata(grains: GrainMap, sectors: Entries, length: int) -> Entries:
    """Return the first sectors of grains that touch the header, descriptor, directory or tables."""
    import numpy as np

    starts, lengths = grains.regions()
    first = np.searchsorted(sectors, np.maximum(starts - length + 1, 0))
    touched = sectors[np.minimum(first, len(sectors) - 1)]
    hits = (first < len(sectors)) & (touched < starts + lengths)
    early = sectors[sectors < grains.header.overhead]
    return np.union1d(touched[hits], early)


def _overlapping(sectors: Entries, length: int) -> npt.NDArray[np.uint32]:
    """Return the first sectors of grains that reach into the next one."""
    import numpy as np

    close = np.diff(sectors) < length
    return np.union1d(sectors[:-1][close], sectors[1:][close])


def _fault(grains: GrainMap, index: int, message: str) -> Fault:
    table, at = divmod(index, grains.page_entries)
    position = grains.position(table)
    offset = -1 if position is None else position + ENTRY * at
    return Fault(message, offset, f"grain table {table} entry {at}")
