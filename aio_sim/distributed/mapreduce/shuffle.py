"""The shuffle: a reduce task fetches its segment of every map's output over the network."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from typing import Any

from simpy.events import Event

from aio_sim.distributed.mapreduce.site import Site
from aio_sim.distributed.mapreduce.task import Task
from aio_sim.distributed.mapreduce.worker import Worker
from aio_sim.hardware.network import TransferFailed


class Shuffle:
    """Fetches segments as maps end, so many at once; `done` fires when all are there.

    It fetches nothing before `begin`.

    A fetch that fails is tried again after a while, which doubles, and then given up: `unfetched`
    is told, and the map's next output is waited for.
    """

    def __init__(
        self,
        site: Site,
        partition: int,
        worker: Worker,
        maps: int,
        unfetched: Callable[[Task, Worker], None],
    ) -> None:
        self.segments: dict[int, bytes] = {}
        self.done = site.env.event()
        self._site = site
        self._partition = partition
        self._worker = worker
        self._maps = maps
        self._unfetched = unfetched
        self._offered: deque[Task] = deque()
        self._copying: dict[int, None] = {}
        self._begun = self._stopped = False

    @property
    def progress(self) -> float:
        """The part of the segments that is there."""
        return len(self.segments) / self._maps if self._maps else 1.0

    def begin(self) -> None:
        """Fetch from now on."""
        self._begun = True
        self._check()
        self._more()

    def offer(self, task: Task) -> None:
        """Say that a map's output can be fetched; nothing happens where it has been."""
        if task.index not in self.segments and not self._stopped:
            self._offered.append(task)
            self._more()

    def stop(self) -> None:
        """Fetch no more."""
        self._stopped = True
        self._offered.clear()

    def _more(self) -> None:
        if not self._begun:
            return
        while self._offered and len(self._copying) < self._site.settings.parallel_copies:
            task = self._offered.popleft()
            if task.index in self.segments or task.index in self._copying or not task.done:
                continue
            self._copying[task.index] = None
            self._site.env.process(self._copy(task))

    def _copy(self, task: Task) -> Generator[Event, Any, None]:
        """Fetch a segment, or say that it cannot be fetched."""
        source, result = task.worker, task.result
        assert source is not None
        assert result is not None
        segment = result.parts[self._partition]
        fetched = yield from self._insist(source, segment)
        del self._copying[task.index]
        if self._stopped:
            return
        if fetched:
            self.segments[task.index] = segment
            self._check()
        elif task.result is result:
            self._unfetched(task, source)
        elif task.done:
            self._offered.append(task)  # the map has been run again meanwhile
        self._more()

    def _insist(self, source: Worker, segment: bytes) -> Generator[Event, Any, bool]:
        """Fetch a segment, as often as it takes and is allowed; return whether it came."""
        settings = self._site.settings
        size = len(segment) * settings.scale
        for attempt in range(settings.fetch_attempts):
            if attempt:
                yield self._site.env.timeout(settings.back_off * 2 ** (attempt - 1))
            if self._stopped:
                return False
            if (yield from self._fetch(source, size, segment)):
                return True
        return False

    def _fetch(self, source: Worker, size: int, segment: bytes) -> Generator[Event, Any, bool]:
        """Read a segment from the disk of a worker and send it here; return whether it came."""
        if not source.up:
            return False
        if not size:
            return True
        if source.disk is not None:
            yield source.disk.read(size)
        if not (source.up and self._worker.up):
            return False
        ends = source.name, self._worker.name
        flow = self._site.network.transfer(*ends, size, name="shuffle", content=segment)
        source.flows[flow] = self._worker.flows[flow] = None
        try:
            yield flow.done
        except TransferFailed:
            return False
        finally:
            source.flows.pop(flow, None)
            self._worker.flows.pop(flow, None)
        return True

    def _check(self) -> None:
        if len(self.segments) == self._maps and not self.done.triggered:
            self.done.succeed()
