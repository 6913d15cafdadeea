"""A volume of blocks that is written to while it is backed up.

Each block knows the sequence number of its last change, as a page of a database knows its LSN; so
what changed since a backup is found without reading anything. Two ways to a consistent copy:

- `open_snapshot`: the copy is that of one instant, for what is overwritten before it was copied is
  set aside first (copy on write);
- `copy_fuzzily`: blocks are read as they come, and the log from the beginning of the copy to its
  end makes them consistent, as of its end (Mohan et al., ARIES, ACM TODS 17(1), 1992, section 9).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import attrgetter
from struct import Struct
from typing import Final, NamedTuple, Protocol

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.backup.log_piece import LogPiece, Mark
from aio_sim.storage.engine import Snapshot

KIND: Final = "volume"

_ENTRY: Final = Struct(">QQQ")
"""Sequence number, time in ns and number of the block, before the block in a written log."""


class Write(NamedTuple):
    """One change of a block."""

    position: int
    at: int
    number: int
    data: bytes


class Reading(Protocol):
    """A copy under way: each of `numbers` is read once, then it is finished, or given up."""

    @property
    def numbers(self) -> Sequence[int]: ...
    @property
    def block_size(self) -> int: ...
    def read(self, number: int) -> bytes: ...
    def finish(self) -> tuple[Snapshot, Mark]: ...
    def give_up(self) -> None: ...


class Volume:
    """Blocks of `block_size` bytes, all zeros at first, and the log of what was written to them.

    Sequence numbers begin at 1; instant 0 is that of the empty volume.
    """

    def __init__(self, blocks: int, block_size: int) -> None:
        if min(blocks, block_size) < 1:
            raise InputError(_("a volume has at least one block of at least one byte"))
        self.blocks = blocks
        self.block_size = block_size
        self.end = Mark(0, 0)
        """The last change."""
        self.set_aside = 0
        """Blocks that snapshots had to copy before they were overwritten, of all so far."""
        self._held: dict[int, bytes] = {}
        self._changed: dict[int, int] = {}
        self._log: list[Write] = []
        self._snapshots: list[SnapshotReading] = []

    def write(self, number: int, data: bytes, at: int) -> None:
        """Write a block at a time, in ns, that is not before the last one's.

        Raises InputError for a block that there is not, of another size, or too early.
        """
        if not 0 <= number < self.blocks or len(data) != self.block_size or at < self.end.at:
            raise InputError(
                _("cannot write {size} bytes to block {number} of {blocks} at {at} ns").format(
                    size=len(data), number=number, blocks=self.blocks, at=at
                )
            )
        for snapshot in self._snapshots:
            self.set_aside += snapshot.save(number)
        self._apply(Write(self.end.position + 1, at, number, data))

    def read(self, number: int) -> bytes:
        """Return a block as it is now."""
        return self._held.get(number) or bytes(self.block_size)

    def contents(self) -> dict[int, bytes]:
        """Return all blocks that were ever written, by number."""
        return {number: self._held[number] for number in sorted(self._held)}

    def changed(self, since: int) -> list[int]:
        """Return the blocks that changed behind an instant, by number."""
        return sorted(number for number, position in self._changed.items() if position > since)

    def open_snapshot(self, since: int = 0, now: int = 0) -> SnapshotReading:
        """Begin a copy of this instant, at `now` ns: of all blocks, or of what changed `since`."""
        snapshot = SnapshotReading(self, since, Mark(self.end.position, max(now, self.end.at)))
        self._snapshots.append(snapshot)
        return snapshot

    def copy_fuzzily(self, since: int = 0) -> FuzzyReading:
        """Begin a copy that is made consistent by the log up to its end."""
        return FuzzyReading(self, since)

    def close_snapshot(self, snapshot: SnapshotReading) -> None:
        """Forget a snapshot; nothing happens where that was done."""
        if snapshot in self._snapshots:
            self._snapshots.remove(snapshot)

    def log_behind(self, position: int, now: int) -> LogPiece:
        """Return what was written behind an instant up to now, in ns.

        Raises InputError where that part of the log was forgotten.
        """
        first = self._log[0].position if self._log else self.end.position + 1
        if first > position + 1:
            raise InputError(_("the log behind {position} is gone").format(position=position))
        writes = self.log(position)
        marks = [Mark(write.position, write.at) for write in writes]
        last = Mark(self.end.position, max(now, self.end.at))
        if not marks or marks[-1].at < last.at:
            marks.append(last)
        return LogPiece(position, tuple(marks), write_log(writes))

    def log(self, position: int) -> list[Write]:
        """Return the writes behind an instant, as far as they are remembered."""
        return self._log[self._index(position) :]

    def forget_log(self, position: int) -> None:
        """Keep no log up to an instant any more."""
        del self._log[: self._index(position)]

    def replay(self, writes: Iterable[Write]) -> None:
        """Apply logged writes; those that are in already are passed over."""
        for write in writes:
            if write.position > self._changed.get(write.number, 0):
                self._apply(write)

    def _apply(self, write: Write) -> None:
        self._held[write.number] = write.data
        self._changed[write.number] = write.position
        self._log.append(write)
        self.end = max(self.end, Mark(write.position, write.at))

    def _index(self, position: int) -> int:
        return bisect_right(self._log, position, key=attrgetter("position"))


class SnapshotReading:
    """A copy of one instant; the volume saves what is overwritten before it was read."""

    def __init__(self, volume: Volume, since: int, mark: Mark) -> None:
        self._volume = volume
        self._since = since
        self._mark = mark
        self.block_size = volume.block_size
        self.numbers = volume.changed(since)
        self._left = set(self.numbers)
        self._saved: dict[int, bytes] = {}
        self._copied: dict[int, bytes] = {}

    def save(self, number: int) -> bool:
        """Set a block aside that is about to change; return whether that was needed."""
        if number not in self._left or number in self._saved:
            return False
        self._saved[number] = self._volume.read(number)
        return True

    def read(self, number: int) -> bytes:
        """Return a block as it was at the instant of the snapshot."""
        saved = self._saved.pop(number, None)
        self._left.discard(number)
        self._copied[number] = self._volume.read(number) if saved is None else saved
        return self._copied[number]

    def finish(self) -> tuple[Snapshot, Mark]:
        """Return what was copied, and the instant that it is of."""
        self.give_up()
        return _snapshot(self._volume, self._since, self._mark, self._copied, b""), self._mark

    def give_up(self) -> None:
        """Save nothing any more."""
        self._volume.close_snapshot(self)


class FuzzyReading:
    """A copy of blocks as they come, with the log that they need."""

    def __init__(self, volume: Volume, since: int) -> None:
        self._volume = volume
        self._since = since
        self._begin = volume.end
        self.block_size = volume.block_size
        self.numbers = volume.changed(since)
        self._copied: dict[int, bytes] = {}

    def read(self, number: int) -> bytes:
        """Return a block as it is now."""
        self._copied[number] = self._volume.read(number)
        return self._copied[number]

    def finish(self) -> tuple[Snapshot, Mark]:
        """Return what was copied with the log since the beginning, as of now."""
        volume = self._volume
        log = volume.log_behind(self._begin.position, volume.end.at).data
        return _snapshot(volume, self._since, volume.end, self._copied, log), volume.end

    def give_up(self) -> None:
        """Do nothing: nothing was set aside."""


def _snapshot(
    volume: Volume, since: int, mark: Mark, copied: dict[int, bytes], log: bytes
) -> Snapshot:
    sizes = volume.blocks, volume.block_size
    return Snapshot(KIND, *sizes, at=mark.position, since=since, changed=copied, log=log)


def write_log(writes: Iterable[Write]) -> bytes:
    """Return writes as bytes."""
    return b"".join(
        _ENTRY.pack(write.position, write.at, write.number) + write.data for write in writes
    )


def read_log(data: bytes, block_size: int) -> list[Write]:
    """Return the writes that `write_log` made bytes of, each with a block of `block_size` bytes."""
    step = _ENTRY.size + block_size
    writes = []
    for start in range(0, len(data), step):
        position, at, number = _ENTRY.unpack_from(data, start)
        writes.append(Write(position, at, number, data[start + _ENTRY.size : start + step]))
    return writes


def restore_volume(
    snapshots: Sequence[Snapshot], pieces: Iterable[LogPiece] = (), upto: Mark | None = None
) -> Volume:
    """Return the volume that a full snapshot, those that build on it and logs give, in order.

    `upto` is where the logs are no longer applied; None: all of them are. Raises InputError where
    the snapshots do not build on each other.
    """
    if not snapshots or snapshots[0].since:
        raise InputError(_("there is no full snapshot to restore"))
    volume = Volume(snapshots[0].blocks, snapshots[0].block_size)
    at = 0
    for snapshot in snapshots:
        if snapshot.since > at:
            raise InputError(
                _("a snapshot since {since} does not follow one of {at}").format(
                    since=snapshot.since, at=at
                )
            )
        _lay(volume, snapshot)
        at = snapshot.at
    for piece in pieces:
        writes = read_log(piece.data, volume.block_size)
        last = piece.end if upto is None else upto
        volume.replay(write for write in writes if write.position <= last.position)
    return volume


def _lay(volume: Volume, snapshot: Snapshot) -> None:
    """Put the blocks of a snapshot into a volume, and replay the log that they need."""
    for number, data in snapshot.changed.items():
        volume._held[number] = data
        volume._changed[number] = snapshot.since
    volume.replay(read_log(snapshot.log, volume.block_size))
    volume.end = max(volume.end, Mark(snapshot.at, volume.end.at))
    for number in snapshot.changed:
        volume._changed[number] = snapshot.at
    volume._log.clear()
