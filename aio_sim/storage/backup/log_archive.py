"""What a database keeps of its log until a backup service has archived it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial

from aio_sim.storage.backup.log_piece import LogPiece, Mark
from aio_sim.storage.engine import Snapshot
from aio_sim.storage.pages.redo_log import RedoLog


class LogArchive:
    """The durable log of a database from the first opening on, however often its ring goes round.

    Each flush is an instant at which a restore can stop. `now` tells the time (ns).

    Source: PostgreSQL 16 Documentation, 26.3 Continuous Archiving and Point-in-Time Recovery.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._start = 0
        self._data = bytearray()
        self._marks: list[Mark] = []

    @property
    def end(self) -> int:
        """How far the log reaches."""
        return self._start + len(self._data)

    def follow(self, log: RedoLog) -> None:
        """Take all that becomes durable in a log that was just opened, and what its opening wrote.

        Where more than its ring holds is missing, what there was is forgotten: a gap is no log.
        """
        if not self._marks or log.durable - self.end > log.capacity:
            self.restart(log.durable)
        elif log.durable > self.end:
            self._take(self.end, log.archive(self.end))
        log.on_flush = partial(self._take)

    def behind(self, position: int, now: int) -> LogPiece:
        """Return the log behind an instant, or as much of it as there is; times in ns."""
        start = max(position, self._start)
        marks = [mark for mark in self._marks if mark.position > start]
        if not marks or marks[-1].at < now:
            marks.append(Mark(self.end, now))
        return LogPiece(start, tuple(marks), bytes(self._data[start - self._start :]))

    def forget(self, position: int) -> None:
        """Keep no log up to an instant."""
        gone = min(max(position - self._start, 0), len(self._data))
        del self._data[:gone]
        self._start += gone
        del self._marks[: bisect_right(self._marks, position, key=lambda mark: mark.position) - 1]

    def cut(self, position: int) -> None:
        """Keep nothing behind an instant: the database was restored to it, and goes on from it."""
        if not self._start <= position <= self.end:
            self.restart(position)
            return
        del self._data[position - self._start :]
        self._marks = [mark for mark in self._marks if mark.position <= position]
        self._marks = self._marks or [Mark(position, self._now())]

    def restart(self, position: int) -> None:
        """Begin anew at an instant, with nothing."""
        self._start = position
        self._data.clear()
        self._marks = [Mark(position, self._now())]

    def _take(self, start: int, data: bytes) -> None:
        self._data += data
        self._marks.append(Mark(start + len(data), self._now()))


def joined_log(newest: Snapshot, pieces: Sequence[LogPiece], upto: int) -> bytes:
    """Return the log behind a snapshot up to an instant, of pieces that follow without a gap."""
    log = bytearray()
    for piece in pieces:
        skipped = newest.at + len(log) - piece.start
        log += piece.data[skipped : max(upto - piece.start, skipped)]
    return bytes(log) if len(log) > len(newest.log) else newest.log
