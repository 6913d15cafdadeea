"""A reduce task's attempt: fetch, merge, reduce, and write the output into the file system."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from aio_sim.distributed.file_system import Copies, FileSystemError
from aio_sim.distributed.mapreduce.attempt import Attempt, Story
from aio_sim.distributed.mapreduce.collector import comparisons
from aio_sim.distributed.mapreduce.merging import reduce_merge
from aio_sim.distributed.mapreduce.runner import ReduceWork, Result
from aio_sim.distributed.mapreduce.shuffle import Shuffle
from aio_sim.distributed.mapreduce.task import Task
from aio_sim.distributed.mapreduce.worker import Worker


class ReduceAttempt(Attempt):
    """Runs reduce for real, once all segments are there; its output is at `path` when it ends.

    The master renames that: only one of several attempts counts (Dean & Ghemawat 2004, 3.3).
    """

    phases: ClassVar[int] = 4

    def __init__(
        self,
        *arguments: Any,
        maps: int,
        number: int,
        unfetched: Callable[[Task, Worker], None],
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        site, index = self._site, self.task.index
        self.path = f"{site.folder}/_temporary/{index}-{number}"
        self.shuffle = Shuffle(site, index, self.worker, maps, unfetched)

    @property
    def progress(self) -> float:
        """How much is done; the shuffle is one of the phases."""
        return super().progress + (0 if self._phase else self.shuffle.progress / self.phases)

    @property
    def fetching(self) -> bool:
        """Whether it still waits for segments, and so cannot end by itself."""
        return not self.shuffle.done.triggered

    def _work(self) -> Story:
        site = self._site
        yield from self._start()
        self.shuffle.begin()
        yield self.shuffle.done
        self._phase += 1
        result = self._reduce()
        counts = result.counts
        yield from self._compute(site.costs.reduce_work(counts))
        yield from self._disk(counts.disk_read_bytes, counts.disk_written_bytes)
        if result.failure is None:
            copies = Copies(site.settings.replicas)
            data, name = result.parts[0], self.worker.name
            yield site.files.put(self.path, data, name, copies, site.settings.scale)
        return result

    def _reduce(self) -> Result:
        site, settings = self._site, self._site.settings
        segments = [self.shuffle.segments[index] for index in sorted(self.shuffle.segments)]
        skip = settings.skip_bad_records and self.task.failures >= settings.skip_after
        result = site.runner.reduce(ReduceWork(self.task.index, skip), segments)
        counts = result.counts
        sizes = [len(segment) for segment in segments if segment]
        buffer = max(settings.shuffle_buffer // settings.scale, 1)
        traffic = reduce_merge(sizes, buffer, settings.merge_factor)
        counts.merge_passes += traffic.passes
        counts.disk_read_bytes += traffic.read
        counts.disk_written_bytes += traffic.written
        counts.comparisons += comparisons(counts.reduce_input_records, len(sizes))
        return result

    def clean_up(self) -> None:
        self.shuffle.stop()
        discard(self._site.files, self.path)


def discard(files: Any, path: str) -> None:
    """Delete what an attempt wrote, if it wrote anything."""
    try:
        files.delete(path, recursive=True)
    except FileSystemError:
        return
