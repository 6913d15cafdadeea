"""A map task's attempt: read the split, map and sort it, keep the output on the worker's disk."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar, Final

from simpy.events import Event

from aio_sim.distributed.file_system import DistributedFileSystem
from aio_sim.distributed.mapreduce.attempt import Attempt, Story
from aio_sim.distributed.mapreduce.records import NEWLINE, Split, complete
from aio_sim.distributed.mapreduce.settings import map_work

STEP: Final = 2**16
"""Bytes that are first read of the next block for the end of a line: io.file.buffer.size of
LineReader, Hadoop 3.3 (64 KiB)."""


class MapAttempt(Attempt):
    """Runs map and combine for real, once the bytes are there."""

    phases: ClassVar[int] = 3

    def _work(self) -> Story:
        site, task = self._site, self.task
        assert task.split is not None
        yield from self._start()
        data = yield from read_blocks(site.files, task.split, self.worker.name)
        self._phase += 1
        settings = site.settings
        skip = settings.skip_bad_records and task.failures >= settings.skip_after
        result = site.runner.map(map_work(task.split, settings, skip), data)
        yield from self._compute(site.costs.map_work(result.counts))
        yield from self._disk(result.counts.disk_read_bytes, result.counts.disk_written_bytes)
        return result


def read_blocks(
    files: DistributedFileSystem, split: Split, client: str
) -> Generator[Event, Any, bytes]:
    """Return the bytes of a split, and what of the blocks after it completes its last record.

    Raises BlocksLost where a block cannot be read.
    """
    data = b""
    for index in split.blocks:
        data += yield files.read(split.path, index, client)
    length = split.end - split.start
    last = files.block_count(split.path)
    index = split.blocks[-1] + 1
    while index < last and not complete(data, length):
        data += yield from _line_end(files, split.path, index, client)
        index += 1
    return data


def _line_end(
    files: DistributedFileSystem, path: str, index: int, client: str
) -> Generator[Event, Any, bytes]:
    """Return the beginning of a block with its first newline, or all of one that has none."""
    most = STEP
    while True:
        part: bytes = yield files.read(path, index, client, most)
        if NEWLINE in part or len(part) < most:
            return part
        most *= 16
