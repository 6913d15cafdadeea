"""What a storage server counts."""

from __future__ import annotations

from dataclasses import dataclass, field

from aio_sim.storage.cost import Cost


@dataclass
class Accounts:
    """Counts of one server over a run; times in ns, sizes in bytes."""

    statements: int = 0
    restarts: int = 0
    """Transactions that were begun anew: victims of deadlocks, conflicts."""
    lock_waits: int = 0
    errors: int = 0
    """Requests that the database could not carry out."""
    refused: int = 0
    """Requests that came while it was down."""
    cpu_time: int = 0
    """ns of cores, for all requests that have ended."""
    disk_time: int = 0
    """ns for which the disk was busy with it."""
    payload: int = 0
    """Bytes that clients wrote, in transactions that were committed."""
    crashes: int = 0
    lost: int = 0
    """Transactions that were answered as committed, and are not there after a crash."""
    recoveries: list[int] = field(default_factory=list)
    """How long each recovery took."""
    cost: Cost = field(default_factory=Cost)
    """What the engine did, from the beginning of the run to its last closing or crash."""
