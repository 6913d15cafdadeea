"""What the file system counts, for its totals."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass
class Counts:
    """Numbers of events and bytes since the beginning."""

    bytes_written: int = 0
    bytes_read: int = 0
    reads_local: int = 0
    reads_rack: int = 0
    reads_remote: int = 0
    repairs: int = 0
    repair_bytes: int = 0
    corrupt: int = 0
    nodes_dead: int = 0
    balance_bytes: int = 0
    failed_writes: int = 0
    failed_reads: int = 0

    def totals(self) -> dict[str, int]:
        """Return the counts by the names of their metrics."""
        return {
            f"dfs.{field.name.replace('_', '.')}": getattr(self, field.name)
            for field in fields(self)
        }
