"""The redo log: a ring of blocks to which groups of records are appended, write-ahead.

A log sequence number (LSN) is a place in the endless stream of bytes of which the ring holds the
end. A group has a header with length, checksum, its own LSN and the epoch, so that what an earlier
lap or an earlier life left in the ring is never taken for the end of this one: each recovery
begins an epoch, and makes it durable before it appends.

Source: Mohan et al., ARIES, ACM TODS 17(1), 1992; the blocks and the two checkpoint blocks that
are written in turn are InnoDB's (MySQL Source, storage/innobase/log).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from struct import Struct
from typing import Final, NamedTuple
from zlib import crc32

from aio_sim.storage.pages.device import BlockFile

_GROUP: Final = Struct("<IIQI")
"""Checksum of all that follows, length of the payload, LSN, epoch."""
_CHECKSUM_SIZE: Final = 4
_CHECKPOINT: Final = Struct("<IQQI")
"""Checksum, sequence number, LSN from which to recover, epoch."""
_SLOTS: Final = 2

_ANY_EPOCH: Final = 2**32 - 1
"""An epoch beyond those of any life."""

LARGEST_SHARE: Final = 8
"""A group may take an eighth of the ring; a checkpoint is due when half of it is in use."""


class Checkpoint(NamedTuple):
    """Where recovery begins."""

    sequence: int
    lsn: int
    epoch: int


class Group(NamedTuple):
    """Records that are redone together; `end` is the LSN that their pages get."""

    start: int
    end: int
    payload: bytes


class RedoLog:
    """The log of one database in a file of small blocks, of which the first two are checkpoints."""

    def __init__(self, file: BlockFile) -> None:
        self._file = file
        self._block = file.block_size
        self.capacity = (file.blocks - _SLOTS) * self._block
        self.checkpoint = max(self._slots(), default=Checkpoint(0, 0, 0))
        self.end = self.durable = self.checkpoint.lsn
        self.appended = 0
        """Bytes of groups appended since the log was opened."""
        self.on_flush: Callable[[int, bytes], None] | None = None
        """Told of each piece that has become durable, and where it starts: an archive."""
        self._epoch = self.checkpoint.epoch
        self._tail = bytearray()
        self._tail_start = self.end

    @property
    def in_use(self) -> int:
        """Bytes that recovery would have to read."""
        return self.end - self.checkpoint.lsn

    @property
    def wants_checkpoint(self) -> bool:
        """Whether half of the ring is in use."""
        return 2 * self.in_use > self.capacity

    def append(self, payload: bytes) -> int:
        """Add a group to the end, in memory; return the LSN behind it."""
        rest = _GROUP.pack(0, len(payload), self.end, self._epoch)[_CHECKSUM_SIZE:] + payload
        self._tail += crc32(rest).to_bytes(_CHECKSUM_SIZE, "little") + rest
        size = _CHECKSUM_SIZE + len(rest)
        self.end += size
        self.appended += size
        return self.end

    def flush(self, lsn: int | None = None) -> bool:
        """Make the log durable up to `lsn` at least (all, where None); return whether it was not.

        Everything in memory is written, so one flush serves all commits that wait: group commit.
        """
        if self.durable >= (self.end if lsn is None else lsn):
            return False
        self._write()
        self._file.flush()
        if self.on_flush is not None:
            self.on_flush(self.durable, bytes(self._tail[self.durable - self._tail_start :]))
        self.durable = self.end
        kept = len(self._tail) % self._block
        self._tail_start += len(self._tail) - kept
        del self._tail[: len(self._tail) - kept]
        return True

    def save_checkpoint(self, lsn: int) -> None:
        """Let recovery begin at `lsn` from now on; the ring before it is free."""
        self.checkpoint = Checkpoint(self.checkpoint.sequence + 1, lsn, self._epoch)
        rest = _CHECKPOINT.pack(0, *self.checkpoint)[_CHECKSUM_SIZE:]
        block = crc32(rest).to_bytes(_CHECKSUM_SIZE, "little") + rest
        self._file.write(self.checkpoint.sequence % _SLOTS, block.ljust(self._block, b"\0"))
        self._file.flush()

    def recover(self) -> Iterator[Group]:
        """Yield the groups from the checkpoint on; the log then ends behind the last whole one."""
        epoch = 0
        for group, epoch_of_group in self._groups(self.checkpoint.lsn):
            if epoch_of_group < epoch:
                break
            epoch = epoch_of_group
            yield group
            self.end = group.end
        self.durable = self.end

    def begin_epoch(self) -> None:
        """Begin a new life at the end of the log; what the ring holds behind it counts no more."""
        self._tail_start = self.end - self.end % self._block
        self._tail[:] = self._read(self._tail_start, self.end - self._tail_start)
        self._epoch += 1
        self.save_checkpoint(self.checkpoint.lsn)

    def archive(self, start: int) -> bytes:
        """Return the durable log from `start` on, as long as nothing was written over it.

        Certain from the checkpoint on; before it, no longer than one lap of the ring.
        """
        return self._read(start, self.durable - start)

    @classmethod
    def restore(cls, file: BlockFile, start: int, archived: bytes) -> None:
        """Write to a new file what `archive` gave from `start` on, so that it can be recovered."""
        log = cls(file)
        log._tail_start = start - start % log._block
        log._tail[:] = bytes(start - log._tail_start) + archived
        log.end = start + len(archived)
        log._write()
        log._epoch = _ANY_EPOCH
        log._epoch = max((epoch for _group, epoch in log._groups(start)), default=0)
        log.save_checkpoint(start)

    def _groups(self, lsn: int) -> Iterator[tuple[Group, int]]:
        limit = lsn + self.capacity
        while lsn + _GROUP.size <= limit:
            header = self._read(lsn, _GROUP.size)
            checksum, length, own_lsn, epoch = _GROUP.unpack(header)
            end = lsn + _GROUP.size + length
            if own_lsn != lsn or end > limit or epoch > self._epoch:
                return
            payload = self._read(lsn + _GROUP.size, length)
            if crc32(header[_CHECKSUM_SIZE:] + payload) != checksum:
                return
            yield Group(lsn, end, payload), epoch
            lsn = end

    def _write(self) -> None:
        padded = bytes(self._tail) + bytes(-len(self._tail) % self._block)
        first = self._tail_start % self.capacity
        room = self.capacity - first
        for start, part in ((first, padded[:room]), (0, padded[room:])):
            if part:
                self._file.write(_SLOTS + start // self._block, part)

    def _read(self, lsn: int, size: int) -> bytes:
        first, skipped = divmod(lsn % self.capacity, self._block)
        count = -(-(skipped + size) // self._block)
        blocks = self.capacity // self._block
        data = b"".join(
            self._file.read(_SLOTS + (first + index) % blocks) for index in range(count)
        )
        return data[skipped : skipped + size]

    def _slots(self) -> Iterator[Checkpoint]:
        for number in range(_SLOTS):
            block = self._file.read(number)[: _CHECKPOINT.size]
            if crc32(block[_CHECKSUM_SIZE:]) == int.from_bytes(block[:_CHECKSUM_SIZE], "little"):
                yield Checkpoint(*_CHECKPOINT.unpack(block)[1:])
