"""What an operation of a storage engine did to its devices, as plain counts."""

from __future__ import annotations

from typing import NamedTuple


class Cost(NamedTuple):
    """Counts of device work; a model of time charges them to a host's disk.

    All are numbers of operations, but for those that end in `bytes`.
    """

    pages_read: int = 0
    """Pages read from the data file: misses of the buffer pool, and reads of recovery."""
    pages_written: int = 0
    """Pages written, those to the doublewrite area included."""
    log_writes: int = 0
    """Write calls to the log file; each is one sequential run of blocks."""
    log_bytes: int = 0
    """Bytes of records appended to the log."""
    log_written_bytes: int = 0
    """Bytes that reached the log file: whole blocks, the last one again and again."""
    flushes: int = 0
    """Barriers (fsync) on any file."""
    buffer_hits: int = 0
    """Pages found in the buffer pool."""
    page_writes: int = 0
    """Write calls to the data file and the doublewrite area; each is one sequential run."""
    messages: int = 0
    """Messages between hosts: a request and its reply are two."""
    message_bytes: int = 0
    """Bytes of documents in them."""
    sequential_reads: int = 0
    """Of the pages read, those that follow another one in the same request."""
    steps: int = 0
    """Steps of a data structure: comparisons, equality tests, hashes, moves."""

    @property
    def pages_touched(self) -> int:
        """Pages looked at, wherever they were."""
        return self.buffer_hits + self.pages_read

    def plus(self, other: Cost) -> Cost:
        """Return the sum of two accounts."""
        return Cost(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def minus(self, other: Cost) -> Cost:
        """Return what was counted since `other`."""
        return Cost(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))
