"""Databases as something to be backed up: any engine of a storage system, through its snapshots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from aio_sim.storage.backup.log_archive import joined_log
from aio_sim.storage.backup.log_piece import LogPiece, Mark
from aio_sim.storage.backup.recovery import Rebuild
from aio_sim.storage.engine import Snapshot


class GivesSnapshots(Protocol):
    """A database, as a backup sees it."""

    def back_up(self, since: int = 0) -> Snapshot:
        """Return a snapshot: full, or with the blocks that changed after the instant `since`."""


def _never(_number: int, _image: bytes) -> bool:
    return False


class EngineReading:
    """A copy of a database: its snapshot of the instant `now` (ns), full or of what changed since.

    The engine makes it consistent, so that it may be written to while the copy is read.
    `overwritten` tells whether a block is not what it was any more: it was set aside before.
    """

    def __init__(
        self,
        engine: GivesSnapshots,
        since: int,
        now: int,
        overwritten: Callable[[int, bytes], bool] = _never,
    ) -> None:
        self._snapshot = engine.back_up(since)
        self._now = now
        self._overwritten = overwritten
        self.set_aside = 0
        """Blocks that were overwritten before they were read."""

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
        image = self._snapshot.changed[number]
        self.set_aside += self._overwritten(number, image)
        return image

    def finish(self) -> tuple[Snapshot, Mark]:
        """Return the snapshot, and the instant that it is of."""
        return self._snapshot, Mark(self._snapshot.at, self._now)

    def give_up(self) -> None:
        """Do nothing: the engine has forgotten the copy already."""


def engine_rebuild(
    restore: Callable[[Sequence[Snapshot], bytes], Any],
) -> Rebuild[Any]:
    """Return what makes a database's files of its backups and its archived log.

    `restore` makes them of a chain of snapshots and the log behind the last of them.
    """

    def rebuild(chain: Sequence[Snapshot], logs: Sequence[LogPiece], upto: Mark) -> Any:
        return restore(chain, joined_log(chain[-1], logs, upto.position))

    return rebuild
