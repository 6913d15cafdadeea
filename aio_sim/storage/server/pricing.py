"""What counted work takes: nanoseconds of a core, and requests to a disk."""

from __future__ import annotations

from typing import Final, NamedTuple

from aio_sim.hardware.device import Disk
from aio_sim.storage.cost import Cost

_MICROSECOND: Final = 1_000


class CpuPrices(NamedTuple):
    """Nanoseconds of a core at speed 1 that an engine takes for its own work."""

    statement: int
    """To receive, parse and plan a statement, and to send the answer."""
    page: int
    """To look into a page: latch, search, copy."""
    record: int
    """To make a record of the answer."""
    commit: int
    """To commit, or to end a transaction that only read."""
    step: int = 0
    """To compare or to hash a key, or to move an item, of a data structure."""


RELATIONAL_PRICES: Final = CpuPrices(
    statement=40 * _MICROSECOND, page=_MICROSECOND, record=2 * _MICROSECOND, commit=5 * _MICROSECOND
)
"""An assumption: some 20,000 look-ups by primary key a second and core, the order of what sysbench
shows for MySQL."""

DOCUMENT_PRICES: Final = CpuPrices(
    statement=30 * _MICROSECOND, page=_MICROSECOND, record=3 * _MICROSECOND, commit=5 * _MICROSECOND
)
"""An assumption: no SQL to parse, and documents that name their fields to be read and written."""


MEMORY_REFERENCE: Final = 100
"""ns. Source: Dean, Building Software Systems at Google and Lessons Learned, Stanford 2010,
"numbers everyone should know": a main memory reference."""

STRUCTURE_PRICES: Final = CpuPrices(
    statement=500,
    page=_MICROSECOND,
    record=MEMORY_REFERENCE,
    commit=0,
    step=MEMORY_REFERENCE,
)
"""A library called by the process that it serves: 500 ns a call are an assumption. A step counts
one reference to memory, as a key or a node that is looked at is seldom in a cache; where many items
are shifted at once, as in a sorted list, a real machine is faster."""


class DiskUse(NamedTuple):
    """What is asked of a disk together."""

    reads: int
    read: int
    """Bytes."""
    writes: int
    """Write calls and flushes; each takes the disk's latency once."""
    written: int
    """Bytes."""

    def claim(self, disk: Disk) -> int:
        """Ask it of a disk; return in how many ns all is done."""
        time = 0
        if self.reads:
            time = disk.claim_reads(self.reads, self.read)
        if self.writes:
            time = disk.claim_writes(self.writes, self.written)
        return time


def disk_use(before: Cost, after: Cost, page_size: int) -> DiskUse | None:
    """Return what happened on disk from one account to a later one, None where nothing did.

    A page is read by a request of its own, but where it follows another; a run of blocks is written
    by one; a flush is one more.
    """
    if after[:3] == before[:3] and after.flushes == before.flushes:
        return None
    reads = after.pages_read - before.pages_read
    pages_written = after.pages_written - before.pages_written
    calls = after.page_writes - before.page_writes + after.log_writes - before.log_writes
    logged = after.log_written_bytes - before.log_written_bytes
    return DiskUse(
        reads - after.sequential_reads + before.sequential_reads,
        reads * page_size,
        calls + after.flushes - before.flushes,
        pages_written * page_size + logged,
    )
