"""Databases as something to be backed up: any engine of a storage system, through its snapshots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aio_sim.storage.backup.log_piece import LogPiece, Mark
from aio_sim.storage.backup.recovery import Rebuild
from aio_sim.storage.engine import Snapshot, StorageEngine


class EngineReading:
    """A copy of a database: its snapshot of the instant `now` (ns), full or of what changed since.

    The engine makes it consistent, so that it may be written to while the copy is read.
    """

    def __init__(self, engine: StorageEngine, since: int, now: int) -> None:
        self._snapshot = engine.back_up(since)
        self._now = now

    @property
    def numbers(self) -> Sequence[int]:
        """The blocks to be read."""
        return sorted(self._snapshot.changed)

    @property
    def block_size(self) -> int:
        """Bytes of a block."""
        return self._snapshot.block_size

    def read(self, number: int) -> bytes:
        """Return a block as it was."""
        return self._snapshot.changed[number]

    def finish(self) -> tuple[Snapshot, Mark]:
        """Return the snapshot, and the instant that it is of."""
        return self._snapshot, Mark(self._snapshot.at, self._now)

    def give_up(self) -> None:
        """Do nothing: the engine has forgotten the copy already."""


def engine_rebuild(restore: Callable[[list[Snapshot]], Any]) -> Rebuild[Any]:
    """Return what makes a database's files of its backups; `restore` is that of its EngineKind."""

    def rebuild(chain: Sequence[Snapshot], _logs: Sequence[LogPiece], _upto: Mark) -> Any:
        return restore(list(chain))

    return rebuild
