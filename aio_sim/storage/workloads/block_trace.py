"""A log of requests to a disk, replayed on a host's disk."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Final, NamedTuple

from aio_sim.hardware.device import Disk
from aio_sim.kernel.environment import ARRIVAL, SECOND, Environment, Timer
from aio_sim.kernel.errors import Problem, WorkloadError
from aio_sim.kernel.messages import _
from aio_sim.storage.workloads.latencies import Latencies

KINDS: Final = ("read", "write")
READ, WRITE = range(2)

_COLUMNS: Final = ("time", "op", "size", "lbn")

_OPERATIONS: Final = {
    **dict.fromkeys((0x08, 0x28, 0xA8, 0x88), READ),
    **dict.fromkeys((0x0A, 0x2A, 0xAA, 0x8A), WRITE),
}
"""Source: SCSI Block Commands (SBC-3): READ and WRITE of 6, 10, 12 and 16 bytes."""


class BlockRequest(NamedTuple):
    """One request."""

    time: float
    """Seconds of the log."""
    kind: int
    size: int


def read_block_trace(path: Path) -> Iterator[BlockRequest]:
    """Yield the reads and writes of a log, CSV or CSV.gz; other operations are left out.

    Raises WorkloadError, with the line, for what cannot be read.
    """
    with _opened(path) as file:
        rows = csv.DictReader(file)
        missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            sentence = _("needs the columns {columns}; {missing} is missing")
            told = sentence.format(columns=", ".join(_COLUMNS), missing=missing[0])
            raise WorkloadError(Problem(told, str(path), 1))
        for line, row in enumerate(rows, 2):
            try:
                kind = _OPERATIONS.get(int(row["op"], 16))
                request = BlockRequest(float(row["time"]), kind or READ, int(row["size"]))
            except (ValueError, TypeError) as error:
                told = _("is no request: {reason}").format(reason=error)
                raise WorkloadError(Problem(told, str(path), line)) from error
            if kind is not None:
                yield request


class BlockReplay:
    """Makes the requests of a log at their times, as the first one's is 0.

    A request is served as the disk gets to it; none waits for another's answer.
    """

    def __init__(
        self,
        env: Environment,
        disk: Disk,
        requests: Iterator[BlockRequest],
        scale: float,
        over: Callable[[], None],
    ) -> None:
        self._env = env
        self._disk = disk
        self._requests = requests
        self._scale = scale * SECOND
        self._over = over
        self._comes = Timer(env, self._come, ARRIVAL)
        self.latencies = Latencies(KINDS)
        self.failed = 0
        """Requests that came while the disk's host was down."""
        self.is_down = False
        self.sizes = [0, 0]
        """Bytes read, bytes written."""
        self._ends = env.now
        self._done = Timer(env, self._end, ARRIVAL)
        self.is_over = False
        self._next = next(requests, None)
        self._first = 0.0 if self._next is None else self._next.time
        self._begun = env.now
        self._plan()

    def _plan(self) -> None:
        """Wait for the next request, or for the end of all where there is none."""
        if self._next is None:
            self._done.set(max(self._ends, self._env.now))
        else:
            at = self._begun + round((self._next.time - self._first) * self._scale)
            self._comes.set(max(at, self._env.now))

    def _come(self) -> None:
        request = self._next
        assert request is not None
        if self.is_down:
            self.failed += 1
        else:
            self._serve(request)
        self._next = next(self._requests, None)
        self._plan()

    def _serve(self, request: BlockRequest) -> None:
        claim = self._disk.claim_reads if request.kind == READ else self._disk.claim_writes
        time = claim(1, request.size)
        self._ends = self._env.now + time
        self.latencies.add(request.kind, time, self._ends)
        self.sizes[request.kind] += request.size

    def _end(self) -> None:
        self.is_over = True
        self._over()


def limited(requests: Iterator[BlockRequest], limit: int | None) -> Iterator[BlockRequest]:
    """Return the first requests, all where there is no limit."""
    return islice(requests, limit)


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", newline="")
    return path.open(newline="")
