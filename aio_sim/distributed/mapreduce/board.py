"""The board: which tasks of a round wait, which are done, and which is next for a worker."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from fractions import Fraction

from aio_sim.distributed.mapreduce.locality import MapQueue
from aio_sim.distributed.mapreduce.records import Split
from aio_sim.distributed.mapreduce.runner import Result
from aio_sim.distributed.mapreduce.settings import Settings
from aio_sim.distributed.mapreduce.task import Task
from aio_sim.distributed.mapreduce.worker import Worker
from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.messages import _


class Board:
    """Maps go before reduces, which start when enough maps are done and none waits."""

    def __init__(
        self, splits: Sequence[Split], racks: Mapping[str, str], settings: Settings
    ) -> None:
        self.maps = [Task(index, split) for index, split in enumerate(splits)]
        self.reduces = [Task(index) for index in range(settings.reducers)]
        self.maps_done = self.reduces_done = 0
        self._slow_start: Fraction = settings.slow_start
        self._maps = MapQueue(racks, settings.locality_delay, settings.locality)
        self._reduces: deque[Task] = deque()
        for task in (*self.maps, *self.reduces):
            self.wait(task)

    @property
    def complete(self) -> bool:
        """Whether all reduces are done."""
        return self.reduces_done == len(self.reduces)

    @property
    def maps_waiting(self) -> int:
        """How many maps wait."""
        return len(self._maps)

    @property
    def waiting(self) -> int:
        """How many tasks wait."""
        return len(self._maps) + len(self._reduces)

    def check(self) -> None:
        """Raise AuditError where the numbers of tasks that are done are not those counted."""
        for tasks, done in ((self.maps, self.maps_done), (self.reduces, self.reduces_done)):
            if (found := sum(task.done for task in tasks)) != done:
                told = _("{found} tasks of a job are done, and {counted} are counted")
                raise AuditError(told.format(found=found, counted=done))

    def wait(self, task: Task) -> None:
        """Let a task wait, unless it does, or is done or under way."""
        if task.waiting or task.done or task.attempts:
            return
        task.waiting = True
        if task.split is not None:
            self._maps.add(task)
        else:
            self._reduces.append(task)

    def next(self, worker: Worker, now: int) -> Task | None:
        """Return the task that a worker is to begin, which waits no more; None for none yet."""
        task = None
        if len(self._maps):
            task = self._maps.take(worker, now)
        elif self._reduces and self.maps_done >= self._slow_start * len(self.maps):
            task = self._reduces.popleft()
        if task is not None:
            task.waiting = False
        return task

    def next_change(self, now: int) -> int | None:
        """Return when a map that waits for a place near its data will wait no more."""
        return self._maps.next_change(now)

    def done(self, task: Task, result: Result, worker: Worker) -> None:
        """Note the result of a task."""
        task.result = task.counted = result
        task.worker = worker
        self.maps_done += task.split is not None
        self.reduces_done += task.split is None

    def lose(self, task: Task) -> None:
        """Have a result be gone; the task waits again."""
        self.maps_done -= task.split is not None
        self.reduces_done -= task.split is None
        task.result = task.worker = None
        self.wait(task)
