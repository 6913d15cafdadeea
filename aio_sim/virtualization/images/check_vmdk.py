"""What is wrong in a VMDK that its readers may let pass."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator

from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.grain_faults import stored_sectors
from aio_sim.virtualization.images.grain_map import GrainMap, directory_offset
from aio_sim.virtualization.images.identity import NO_CONTENT_ID
from aio_sim.virtualization.images.image import SECTOR, Fault
from aio_sim.virtualization.images.overlaps import overlapping
from aio_sim.virtualization.images.paged_entries import ENTRY, from_bytes
from aio_sim.virtualization.images.rules import Rule
from aio_sim.virtualization.images.vmdk_flat import VmdkFlat
from aio_sim.virtualization.images.vmdk_header import (
    GRAIN_DIRECTORY,
    GRAIN_MARKER,
    GRAIN_TABLE,
    MARKER,
    MARKERS,
    ZEROED_GRAINS,
)
from aio_sim.virtualization.images.vmdk_layer import Vmdk
from aio_sim.virtualization.images.vmdk_sparse import GrainImage, VmdkSparse
from aio_sim.virtualization.images.vmdk_stream import VmdkStream


def strict_sparse(image: VmdkSparse) -> Iterator[Fault]:
    """Yield directories that differ, a descriptor that says something else, unused sectors."""
    yield from _header_faults(image)
    yield from _descriptor_faults(image)
    yield from _beyond_capacity(image.entries)
    yield from _differing_tables(image.entries)
    yield from _data_faults(image)


def strict_stream(image: VmdkStream) -> Iterator[Fault]:
    """Yield grains that do not inflate or lie on something, and wrong markers."""
    yield from _header_faults(image)
    yield from _descriptor_faults(image)
    yield from _beyond_capacity(image.entries)
    yield from _grain_faults(image)
    if image.has_footer:
        yield from _marker_faults(image)
    yield from _differing_tables(image.entries)


def strict_flat(image: VmdkFlat) -> Iterator[Fault]:
    """Yield what the descriptor lacks, and bytes of the extent that belong to nothing."""
    yield from _version_faults(image)
    end = image.end_of(image.descriptor.extents[0].sectors)
    if (more := image.extent_file.size - end) > 0:
        message = _("{count} bytes follow the extent").format(count=more)
        yield Fault(message, end, "extent", "warning")


def _header_faults(image: GrainImage) -> Iterator[Fault]:
    header = image.header
    if header.unclean:
        yield Fault(_("the image was not closed properly"), 72, "unclean shutdown", "warning")
    if header.flags & ZEROED_GRAINS and header.version < 2:
        yield Fault(_("version 1 has no zeroed grains"), 8, "flags")
    if header.flags & MARKERS and not header.compressed:
        yield Fault(_("only a stream has markers"), 8, "flags")
    if any(header.padding):
        yield Fault(_("the rest of the sector is not zero"), 79, "padding", "warning")


def _descriptor_faults(image: GrainImage) -> Iterator[Fault]:
    yield from _version_faults(image)
    header, descriptor = image.header, image.descriptor
    at, extent = header.descriptor * SECTOR, descriptor.extents[0]
    kind = descriptor.create_type
    rules = [
        Rule("createType", at, kind, kind.lower() == image.variant.lower(), image.variant),
        Rule("extents", at, len(descriptor.extents), len(descriptor.extents) == 1, "1"),
        Rule("extent type", at, extent.kind, extent.kind == "SPARSE", "SPARSE"),
        Rule("access", at, extent.access, extent.access == "RW", "RW"),
        Rule(
            "extent size",
            at,
            extent.sectors,
            extent.sectors == header.capacity,
            str(header.capacity),
        ),
    ]
    yield from (rule.fault() for rule in rules if not rule.holds)


def _version_faults(image: Vmdk) -> Iterator[Fault]:
    if not re.search(r"^version\s*=\s*[123]\s*$", image.descriptor.text, re.M):
        yield Fault(_("1, 2 or 3 was expected"), -1, "version")
    if image.descriptor.content_id == NO_CONTENT_ID:
        yield Fault(_("the value means: no image"), -1, "CID")


def _beyond_capacity(grains: GrainMap) -> Iterator[Fault]:
    """Yield a fault for entries of the last table that are behind the end of the disk."""
    last = grains.directory.count - 1
    position = grains.position(last)
    used = grains.count - last * grains.page_entries
    if position is None or used == grains.page_entries:
        return
    start = position + ENTRY * used
    if any(grains.file.read(start, ENTRY * (grains.page_entries - used), "grain table")):
        message = _("entries behind the end of the disk are not zero")
        yield Fault(message, start, f"grain table {last}")


def _differing_tables(grains: GrainMap) -> Iterator[Fault]:
    """Yield tables that are not the same behind both directories."""
    if grains.redundant is None:
        return
    copy, table = grains.copy(), 0
    while table < grains.directory.count:
        blank = min(grains.blank_pages(table), copy.blank_pages(table))
        if not blank and _table(grains, table) != _table(copy, table):
            message = _("grain table {table} differs from the one of the grain directory")
            offset = directory_offset(grains.redundant, table)
            yield Fault(message.format(table=table), offset, "redundant grain directory")
        table += max(blank, 1)


def _table(grains: GrainMap, table: int) -> array[int] | None:
    """Return the entries of a table; None where it is absent or all zeros."""
    position, size = grains.position(table), ENTRY * grains.page_entries
    if position is None:
        return None
    entries = from_bytes(grains.file.read(position, size, "grain table"))
    return entries if any(entries) else None


def _data_faults(image: VmdkSparse) -> Iterator[Fault]:
    header, grains = image.header, image.entries
    starts, lengths = grains.regions()
    behind = int(lengths[starts >= header.overhead].sum())
    sectors = stored_sectors(grains, 1 if header.flags & ZEROED_GRAINS else 0)
    end = (int(sectors[-1]) + header.grain_sectors) * SECTOR if len(sectors) else 0
    if end > image.file.size:
        message = _("the last grain of the file is not whole")
        yield Fault(message, end - image.block_size, "data")
    stored = len(sectors) * header.grain_sectors
    unused = image.file.size // SECTOR - header.overhead - behind - stored
    if unused >= header.grain_sectors:
        message = _("{count} sectors of the file are used by nothing").format(count=unused)
        yield Fault(message, -1, "data", "warning")


def _grain_faults(image: VmdkStream) -> Iterator[Fault]:
    import numpy as np

    starts, lengths = array("q"), array("q")
    for run in image.runs():
        if run.position < 0:
            continue
        index = run.offset // image.block_size
        count = image.compressed_length(index, run.position)
        image.grain(index, run.position)
        starts.append(run.position)
        lengths.append(GRAIN_MARKER.size + count)
    regions, sizes = image.entries.regions()
    every = np.concatenate([np.array(starts), regions * SECTOR])
    pair = overlapping(every, np.concatenate([np.array(lengths), sizes * SECTOR]))
    if pair:
        message = _("what is stored here lies on what is stored at byte {other}")
        other, at = int(every[pair[0]]), int(every[pair[1]])
        yield Fault(message.format(other=other), at, "grain")


def _marker_faults(image: VmdkStream) -> Iterator[Fault]:
    """Yield tables and directory without the right marker in the sector before them."""
    header, grains = image.header, image.entries
    places = [(header.directory, GRAIN_DIRECTORY, header.directory_sectors)]
    tables = (grains.directory[table] for table in range(header.tables))
    places += [(sector, GRAIN_TABLE, header.table_sectors) for sector in tables if sector]
    for sector, kind, sectors in places:
        start = (sector - 1) * SECTOR
        found = MARKER.unpack(image.file.read(start, MARKER.size, "marker"))
        if found != (sectors, 0, kind):
            message = _("{found} where {expected} was expected")
            expected = (sectors, 0, kind)
            yield Fault(message.format(found=found, expected=expected), start, "marker")
