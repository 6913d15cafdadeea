"""The attempts of a round that are under way: begun in a slot, and forgotten when they end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count

from aio_sim.distributed.mapreduce.attempt import Attempt, Report
from aio_sim.distributed.mapreduce.board import Board
from aio_sim.distributed.mapreduce.counters import Tally
from aio_sim.distributed.mapreduce.locality import NODE, RACK, distance
from aio_sim.distributed.mapreduce.map_attempt import MapAttempt
from aio_sim.distributed.mapreduce.reduce_attempt import ReduceAttempt
from aio_sim.distributed.mapreduce.site import Site
from aio_sim.distributed.mapreduce.slots import Slots
from aio_sim.distributed.mapreduce.task import Task
from aio_sim.distributed.mapreduce.worker import Worker
from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.messages import _


class Executions:
    """Begins attempts and counts them; who hears how they end is the `report`."""

    def __init__(
        self,
        site: Site,
        board: Board,
        slots: Slots,
        tally: Tally,
        racks: Mapping[str, str],
        report: Report,
        unfetched: Callable[[Task, Worker], None],
    ) -> None:
        self.running: dict[Attempt, None] = {}
        self._site = site
        self._board = board
        self._slots = slots
        self._tally = tally
        self._racks = racks
        self._report = report
        self._unfetched = unfetched
        self._reducing: dict[ReduceAttempt, None] = {}
        self._number = count()

    def begin(self, task: Task, worker: Worker, backup: bool = False) -> None:
        """Begin an attempt at a task in an idle slot of a worker."""
        self._slots.take(worker)
        self._tally.attempts += 1
        attempt = self._map(task, worker, backup) or self._reduce(task, worker, backup)
        task.attempts[attempt] = None
        self.running[attempt] = None

    def forget(self, attempt: Attempt) -> None:
        """Count an attempt no more among those under way; its slot is idle again."""
        if attempt in self.running:
            del self.running[attempt]
            attempt.task.attempts.pop(attempt, None)
            self._slots.give(attempt.worker)
        if isinstance(attempt, ReduceAttempt):
            self._reducing.pop(attempt, None)

    def withdraw(self, attempt: Attempt) -> None:
        """End an attempt that is of no use any more."""
        attempt.kill()
        self.forget(attempt)

    def offer(self, task: Task) -> None:
        """Say to all reduces that a map's output can be fetched."""
        for reduce in self._reducing:
            reduce.shuffle.offer(task)

    def lost(self, worker: Worker) -> list[Task]:
        """Forget all that ran on a worker that is given up; return the tasks of it."""
        gone = [each for each in self.running if each.worker is worker]
        for attempt in gone:
            self.forget(attempt)
        self._tally.lost += len(gone)
        return [attempt.task for attempt in gone]

    def give_way(self) -> Task | None:
        """Withdraw the youngest reduce that only waits, where nothing but reduces runs.

        Returns its task, None where there is none such.
        """
        if len(self._reducing) < len(self.running):
            return None
        waiting = [each for each in self._reducing if each.fetching and each.worker.up]
        if not waiting:
            return None
        self.withdraw(waiting[-1])
        self._tally.preempted += 1
        return waiting[-1].task

    def close(self) -> None:
        """End all that is under way."""
        for attempt in list(self.running):
            attempt.kill()
        self.running.clear()

    def check(self) -> None:
        """Raise AuditError where an attempt runs that its task knows nothing of."""
        for attempt in self.running:
            if attempt not in attempt.task.attempts:
                told = _("an attempt of {task} runs that the task knows nothing of")
                raise AuditError(told.format(task=attempt.task))

    def _map(self, task: Task, worker: Worker, backup: bool) -> Attempt | None:
        if task.split is None:
            return None
        near = distance(task.split, worker, self._racks)
        self._tally.local += near == NODE
        self._tally.rack += near == RACK
        self._tally.remote += near > RACK
        return MapAttempt(self._site, task, worker, self._report, backup)

    def _reduce(self, task: Task, worker: Worker, backup: bool) -> Attempt:
        attempt = ReduceAttempt(
            *(self._site, task, worker, self._report, backup),
            maps=len(self._board.maps),
            number=next(self._number),
            unfetched=self._unfetched,
        )
        self._reducing[attempt] = None
        for each in self._board.maps:
            if each.done:
                attempt.shuffle.offer(each)
        return attempt
