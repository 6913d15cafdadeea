"""What tasks take of time, from what they count: the one place of these constants."""

from __future__ import annotations

from dataclasses import dataclass

from aio_sim.distributed.mapreduce.counts import Counts
from aio_sim.kernel.environment import SECOND


@dataclass(frozen=True)
class Costs:
    """CPU time is nanoseconds of a core at speed 1.

    The speeds are of the order that Dean & Ghemawat report for machines of two cores (2004, 5.2: a
    grep over 10^10 records of 100 bytes reaches 30 GB/s on 1,764 machines, so some 17 MB/s each,
    disk and network included). The single numbers are assumptions; only their order matters
    for what a job shows.
    """

    task_start: int = 3 * SECOND
    """To start a process for a task and load the user's program (assumption; a container and a
    Java machine take one to three seconds). It is waited for and takes no CPU time."""
    input_byte: int = 10
    """To read a byte of input, split it into records and decode them: 100 MB/s (assumption)."""
    record: int = 1000
    """To call the user's function for a record or a value (assumption)."""
    output_byte: int = 5
    """To write or read a byte of an intermediate or final record: 200 MB/s (assumption)."""
    comparison: int = 100
    """To compare two keys (assumption)."""

    def map_work(self, counts: Counts) -> int:
        """Return the CPU time of a map task."""
        calls = counts.map_input_records + counts.map_output_records + counts.combine_input_records
        written = counts.map_output_bytes + counts.disk_read_bytes
        return self._work(calls, counts.map_input_bytes, written, counts.comparisons)

    def reduce_work(self, counts: Counts) -> int:
        """Return the CPU time of a reduce task, merging included."""
        calls = counts.reduce_input_records + counts.reduce_output_records
        written = counts.shuffled_bytes + counts.disk_read_bytes + counts.output_bytes
        return self._work(calls, 0, written, counts.comparisons)

    def _work(self, calls: int, read: int, written: int, comparisons: int) -> int:
        return (
            calls * self.record
            + read * self.input_byte
            + written * self.output_byte
            + comparisons * self.comparison
        )
