"""What a backup service asks of that which it backs up."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from aio_sim.kernel.choices import choice
from aio_sim.storage.backup.changes import ChangingVolume
from aio_sim.storage.backup.log_piece import LogPiece, Mark
from aio_sim.storage.backup.pipeline import Story
from aio_sim.storage.backup.sealing import digest
from aio_sim.storage.backup.volume import Reading, Volume, restore_volume
from aio_sim.storage.engine import Snapshot

if TYPE_CHECKING:
    import numpy as np


class Source(Protocol):
    """Something that goes on changing while it is backed up; times in ns."""

    @property
    def is_up(self) -> bool:
        """Whether it can be read, its host aside."""

    def advance(self, now: int) -> None:
        """Bring it up to a time."""

    def begin(self, since: int, now: int) -> Reading:
        """Begin a copy of all, or of what changed behind an instant."""

    @property
    def overhead(self) -> int:
        """Bytes that it has copied for the sake of backups, beside what these read."""

    def log_behind(self, position: int, now: int) -> LogPiece:
        """Return its log behind an instant."""

    def forget_log(self, position: int) -> None:
        """Keep no log up to an instant."""

    def stop(self, now: int) -> None:
        """Stop, and keep what there is."""

    def lose(self, now: int) -> None:
        """Stop, and lose what there is."""

    def resume(self, now: int) -> None:
        """Go on after a stop."""

    def corrupt(self, share: float, now: int, random: np.random.Generator) -> None:
        """Write nonsense over a share of it, as a program gone wrong does."""

    def rebuild(self, chain: Sequence[Snapshot], logs: Sequence[LogPiece], upto: Mark) -> Any:
        """Return what backups and logs give."""

    def is_as_it_was(self, state: Any, mark: Mark) -> bool:
        """Return whether a restored state is, to the byte, what there was at an instant."""

    def lost_behind(self, mark: Mark) -> int:
        """Return how many writes, or transactions, there were behind an instant."""

    def adopt(self, state: Any, mark: Mark, now: int) -> Story:
        """Go on with the restored state of an instant; the story ends once it serves again."""


class CopyMethod(StrEnum):
    """How a copy is made consistent."""

    SNAPSHOT = "snapshot"
    """By copy on write: the state at its beginning."""
    FUZZY = "fuzzy"
    """By the log: the state at its end."""

    @classmethod
    def named(cls, name: str) -> CopyMethod:
        """Return the method of that name; UnknownName for another."""
        return choice(cls, "method of copying", name)


class VolumeSource:
    """A volume that changes by a law. It knows the digest of each block at each of its writes."""

    is_up = True

    def __init__(self, changing: ChangingVolume, method: CopyMethod = CopyMethod.SNAPSHOT) -> None:
        self._changing = changing
        self._method = method
        self._history: list[tuple[int, int, str]] = []
        self._set_aside = 0
        self._note()

    @property
    def volume(self) -> Volume:
        """The volume as it is."""
        return self._changing.volume

    @property
    def overhead(self) -> int:
        """Bytes set aside by snapshots."""
        return (self._set_aside + self.volume.set_aside) * self.volume.block_size

    def advance(self, now: int) -> None:
        """Make the writes up to a time."""
        self._changing.advance(now)

    def begin(self, since: int, now: int) -> Reading:
        """Begin a copy by the method chosen."""
        if self._method is CopyMethod.FUZZY:
            return self.volume.copy_fuzzily(since)
        return self.volume.open_snapshot(since, now)

    def log_behind(self, position: int, now: int) -> LogPiece:
        """Return the log behind an instant."""
        return self.volume.log_behind(position, now)

    def forget_log(self, position: int) -> None:
        """Keep no log up to an instant; the digests of its writes are kept."""
        self._note()
        self.volume.forget_log(position)

    def stop(self, now: int) -> None:
        """Write nothing any more."""
        self.advance(now)
        self._changing.stop()

    lose = stop

    def resume(self, now: int) -> None:
        """Go on after a stop."""
        self._changing.resume(now)

    def corrupt(self, share: float, now: int, random: np.random.Generator) -> None:
        """Write noise over a share of the blocks."""
        volume = self.volume
        count = max(round(share * volume.blocks), 1)
        for number in sorted(random.permutation(volume.blocks)[:count].tolist()):
            volume.write(number, random.bytes(volume.block_size), now)

    def rebuild(self, chain: Sequence[Snapshot], logs: Sequence[LogPiece], upto: Mark) -> Volume:
        """Return the volume that backups and logs give."""
        return restore_volume(chain, logs, upto)

    def is_as_it_was(self, state: Volume, mark: Mark) -> bool:
        """Return whether each block has the digest of its last write at or before an instant."""
        self._note()
        last = {number: found for position, number, found in self._history if position <= mark[0]}
        return last == {number: digest(data) for number, data in state.contents().items()}

    def lost_behind(self, mark: Mark) -> int:
        """Return how many writes there were behind an instant."""
        return self.volume.end.position - mark.position

    def adopt(self, state: Volume, mark: Mark, now: int) -> Story:
        """Go on with a restored volume."""
        self._note()
        self._set_aside += self.volume.set_aside
        self._history = [entry for entry in self._history if entry[0] <= mark.position]
        state.end = Mark(mark.position, now)
        self._changing.resume(now, state)
        yield from ()

    def _note(self) -> None:
        """Note the digests of the writes that are in the log."""
        known = self._history[-1][0] if self._history else 0
        for write in self.volume.log(known):
            self._history.append((write.position, write.number, digest(write.data)))
