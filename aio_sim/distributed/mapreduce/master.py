"""The master of one round of a job: hands tasks to workers, and begins again what is lost."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial
from typing import Any

from simpy.events import Event

from aio_sim.distributed.file_system import BlocksLost, FileSystemError
from aio_sim.distributed.mapreduce.attempt import Attempt
from aio_sim.distributed.mapreduce.backups import BackupPolicy, NoBackups
from aio_sim.distributed.mapreduce.board import Board
from aio_sim.distributed.mapreduce.counters import (
    FunctionFailed,
    JobCounters,
    JobFailed,
    tried_in_vain,
)
from aio_sim.distributed.mapreduce.executions import Executions
from aio_sim.distributed.mapreduce.records import Split
from aio_sim.distributed.mapreduce.reduce_attempt import ReduceAttempt, discard
from aio_sim.distributed.mapreduce.runner import Failure, Result
from aio_sim.distributed.mapreduce.site import Site
from aio_sim.distributed.mapreduce.slots import Slots
from aio_sim.distributed.mapreduce.speculation import Speculation
from aio_sim.distributed.mapreduce.task import Task
from aio_sim.distributed.mapreduce.worker import Worker
from aio_sim.kernel.environment import DECISION, WAKE_UP, Timer
from aio_sim.kernel.errors import AioSimError
from aio_sim.kernel.messages import _
from aio_sim.resources.manager import ResourceManager


class Master:
    """Runs the maps and reduces of one round; it does not fail itself.

    A reduce that only waits for maps gives its slot up where no map could run otherwise, or all
    would wait for each other. Source: Dean & Ghemawat 2004, 3.1 to 3.3 and 3.6.
    """

    def __init__(
        self,
        site: Site,
        manager: ResourceManager,
        workers: Sequence[Worker],
        splits: Sequence[Split],
        backups: BackupPolicy,
        counters: JobCounters,
    ) -> None:
        env, settings = site.env, site.settings
        self._env = env
        self._site = site
        self._counters = counters
        self._tally = tally = counters.tally
        racks = {worker.name: worker.rack for worker in workers}
        self._board = board = Board(splits, racks, settings)
        self._speculates = not isinstance(backups, NoBackups)
        self._speculations = Speculation(backups, board.maps), Speculation(backups, board.reduces)
        self._ended = env.event()
        self._closed = False
        self._given_up: set[Worker] = set()
        self._readings = 0
        self._timer = Timer(env, self._schedule, DECISION)
        self._later = Timer(env, self._schedule, WAKE_UP)
        self._slots = slots = Slots(manager, settings.slot_memory, self._timer.soon)
        self._executions = Executions(site, board, slots, tally, racks, self, self.unfetched)
        for worker in workers:
            self._slots.ask(worker)
        tally.maps += len(board.maps)
        tally.reduces += len(board.reduces)
        self._check_slots()

    def run(self) -> Generator[Event, Any, list[bytes]]:
        """Return the output of the reduces; raises JobFailed where a task fails for good."""
        try:
            parts = None
            while parts is None:
                yield self._ended
                parts = yield from self._gather()
        finally:
            self.close()
        for task in (*self._board.maps, *self._board.reduces):
            if task.counted is not None:
                self._counters.completed(task.counted)
        return parts

    def silent(self, worker: Worker) -> None:
        """Hear no more of a worker: it is given up when that has been so for long enough."""
        self._slots.silent(worker)
        self._after(self._site.settings.node_timeout, partial(self._dead, worker))

    def joined(self, before: Worker, worker: Worker) -> None:
        """Take in a worker that is back: what it was before is given up, and it has new slots."""
        self._slots.ask(worker)  # first, for it may be the only one
        self._dead(before)
        self._timer.soon()

    def check(self) -> None:
        """Raise AuditError where tasks, attempts and slots do not add up."""
        self._board.check()
        self._executions.check()
        self._slots.check(self._executions.running)

    def close(self) -> None:
        """End what is under way, and return what was lent."""
        self._closed = True
        self._executions.close()
        self._timer.cancel()
        self._later.cancel()
        self._slots.close()

    # What attempts report

    def succeeded(self, attempt: Attempt, result: Result) -> None:
        """Take the result of a task, of the first attempt that has one."""
        task = attempt.task
        self._executions.forget(attempt)
        if task.done:
            attempt.clean_up()
            return
        try:
            self._keep(attempt)
        except FileSystemError as error:
            self.failed(attempt, error)
            return
        self._tally.backups_won += attempt.backup
        self._speculations[task.split is None].ended(self._env.now - attempt.started)
        for other in list(task.attempts):
            self._executions.withdraw(other)
        self._board.done(task, result, attempt.worker)
        if task.split is not None:
            self._executions.offer(task)
        self._end_or_go_on()

    def failed(self, attempt: Attempt, failure: Failure | AioSimError) -> None:
        """Let a task be tried again after a while; let the job fail where that is in vain."""
        task, settings = attempt.task, self._site.settings
        self._executions.forget(attempt)
        self._tally.failed += 1
        task.failures += 1
        final = isinstance(failure, Failure) and failure.final
        if final or task.failures >= settings.attempts:
            kind = FunctionFailed if isinstance(failure, Failure) else JobFailed
            self._fail(kind(tried_in_vain(str(failure), task.failures)))
        else:
            wait = settings.back_off * 2 ** (task.failures - 1)
            self._after(wait, partial(self._wait_again, task))
        self._timer.soon()

    def unfetched(self, task: Task, worker: Worker) -> None:
        """Run a map again whose output cannot be fetched."""
        self._tally.fetches_failed += 1
        if task.done and task.worker is worker:
            self._board.lose(task)
            self._timer.soon()

    # Decisions

    def _schedule(self) -> None:
        """Hand tasks to idle slots, and then backups, where nothing waits."""
        if self._ended.triggered:
            return
        if self._board.waiting:
            for worker in list(self._slots.idle):
                self._fill(worker)
            self._preempt()
            if self._slots.idle:
                self._look_again(self._board.next_change(self._env.now))
        if self._speculates and self._slots.idle:
            self._back_up(self._board.maps_done, 0)
            self._back_up(self._board.reduces_done, 1)

    def _fill(self, worker: Worker) -> None:
        while worker in self._slots.idle:
            task = self._board.next(worker, self._env.now)
            if task is None:
                return
            self._tally.reexecuted += task.tried > 0
            task.tried += 1
            self._executions.begin(task, worker)

    def _preempt(self) -> None:
        """Kill the youngest reduce that only waits, where maps wait and none can run."""
        if not self._board.maps_waiting or self._slots.idle:
            return
        if (task := self._executions.give_way()) is not None:
            task.tried -= 1
            self._wait_again(task)

    def _back_up(self, done: int, stage: int) -> None:
        """Begin backups of maps or of reduces, as many as the policy wants and slots are idle."""
        while self._slots.idle and not self._board.waiting:
            running, total, now = self._executions.running, self._slots.total, self._env.now
            attempt, again = self._speculations[stage].choose(running, done, total, now)
            self._look_again(again)
            if attempt is None:
                return
            workers = [each for each in self._slots.idle if each is not attempt.worker]
            if not workers:
                return
            split = attempt.task.split
            near = [each for each in workers if self._is_near(each, split)]
            self._tally.backups += 1
            self._executions.begin(attempt.task, (near or workers)[0], backup=True)

    def _is_near(self, worker: Worker, split: Split | None) -> bool:
        """Return whether a worker is to be preferred, for the data of a map is there."""
        return self._site.settings.locality and split is not None and worker.name in split.nodes

    def _look_again(self, at: int | None) -> None:
        if at is not None and (self._later.due < 0 or at < self._later.due):
            self._later.set(at)

    # What happens to tasks

    def _wait_again(self, task: Task) -> None:
        self._board.wait(task)
        self._timer.soon()

    def _dead(self, worker: Worker) -> None:
        """Give a worker up, with all that ran there and all map output on its disk."""
        if self._closed or worker in self._given_up:
            return
        self._given_up.add(worker)
        self._tally.nodes_dead += 1
        for task in self._executions.lost(worker):
            self._wait_again(task)
        self._slots.drop(worker)
        if not self._board.complete:
            self._lose_maps()
        self._check_slots()
        self._timer.soon()

    def _lose_maps(self) -> None:
        """Run the maps again whose output is on a node that is down."""
        for task in self._board.maps:
            if task.worker is not None and not task.worker.up:
                self._board.lose(task)

    def _check_slots(self) -> None:
        if not self._slots.total and not self._slots.pending:
            reason = self._slots.refused or _("all have failed")
            told = _("no node is left to run tasks: {reason}").format(reason=reason)
            self._fail(JobFailed(told))

    def _gather(self) -> Generator[Event, Any, list[bytes] | None]:
        """Return the output of all reduces; None where some is lost, which is run again."""
        parts, lost = [], []
        for task in self._board.reduces:
            try:
                parts.append((yield self._site.files.get(self._path(task), self._site.home)))
            except BlocksLost:
                lost.append(task)
        if not lost:
            return parts
        self._readings += 1
        self._ended = self._env.event()
        if self._readings > self._site.settings.attempts + len(self._given_up):
            # No node has died meanwhile: so it is the way to it that is cut.
            reason = _("the output of {task} cannot be read").format(task=lost[0])
            self._fail(JobFailed(tried_in_vain(reason, self._readings)))
            return None
        for task in lost:
            discard(self._site.files, self._path(task))
            self._board.lose(task)
        self._lose_maps()
        self._check_slots()
        self._timer.soon()
        return None

    def _keep(self, attempt: Attempt) -> None:
        """Give the output of a reduce the name by which it counts."""
        if isinstance(attempt, ReduceAttempt):
            self._site.files.rename(attempt.path, self._path(attempt.task))

    def _end_or_go_on(self) -> None:
        if self._board.complete and not self._ended.triggered:
            self._ended.succeed()
        self._timer.soon()

    def _after(self, time: int, callback: Any) -> None:
        Timer(self._env, callback, WAKE_UP).set(self._env.now + time)

    def _fail(self, error: JobFailed) -> None:
        if not self._ended.triggered:
            self._ended.fail(error)

    def _path(self, task: Task) -> str:
        return f"{self._site.folder}/part-{task.index:05}"
