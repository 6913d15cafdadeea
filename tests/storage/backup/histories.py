"""What was written when, kept plainly, and backups of it, for tests."""

from __future__ import annotations

from aio_sim.storage.backup.catalogue import Catalogue
from aio_sim.storage.backup.manifest import BackupKind, LogManifest, Manifest
from aio_sim.storage.backup.recovery import Recovered, recover
from aio_sim.storage.backup.repository import Repository
from aio_sim.storage.backup.sealing import Sealing
from aio_sim.storage.backup.volume import Volume, restore_volume
from aio_sim.storage.backup.writing import BackupWriter, archive, back_up

FULL, INCREMENTAL, DIFFERENTIAL = BackupKind

State = dict[int, bytes]


class History:
    """A volume, its backups, and a plain list of all states by time and sequence number."""

    def __init__(
        self,
        blocks: int = 8,
        block_size: int = 16,
        capacity: int = 10**9,
        sealing: Sealing | None = None,
    ) -> None:
        self.volume = Volume(blocks, block_size)
        self.repository = Repository(capacity)
        self.catalogue = Catalogue()
        self.sealing = sealing or Sealing()
        self.now = 0
        self.states: list[tuple[int, int, State]] = [(0, 0, {})]
        self._archived = 0

    def write(self, number: int, value: int) -> None:
        """Write a block one nanosecond later."""
        self.now += 1
        block = bytes([value]) * self.volume.block_size
        self.volume.write(number, block, self.now)
        last = self.states[-1]
        self.states.append((self.now, last[1] + 1, {**last[2], number: block}))

    def back_up(self, kind: BackupKind, *, fuzzy: bool = False) -> Manifest:
        """Take a backup at once."""
        self.now += 1
        writer = BackupWriter(self.repository, self.catalogue, kind, self.now)
        reading = (
            self.volume.copy_fuzzily(writer.since)
            if fuzzy
            else self.volume.open_snapshot(writer.since, self.now)
        )
        return back_up(reading, writer, self.sealing)

    def archive(self) -> LogManifest:
        """Archive the log since the last time."""
        self.now += 1
        piece = self.volume.log_behind(self._archived, self.now)
        sealed = self.sealing.seal(piece.data)
        self._archived = piece.end.position
        return archive(piece, self.repository, self.catalogue, sealed)

    def state(self, position: int) -> State:
        """Return the state at a sequence number."""
        return self.states[position][2]

    def position(self, at: int) -> int:
        """Return the sequence number of the last change at or before a time."""
        return max(position for time, position, _state in self.states if time <= at)

    def recover(self, target: int) -> Recovered[Volume]:
        """Restore what was at a time."""
        return recover(self.repository, self.sealing, target, restore_volume)
