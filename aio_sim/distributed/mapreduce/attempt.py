"""One execution of a task on a worker: its story, and its end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import Any, ClassVar, Protocol

from simpy.events import Event
from simpy.exceptions import Interrupt

from aio_sim.distributed.mapreduce.runner import Failure, Result
from aio_sim.distributed.mapreduce.site import Site
from aio_sim.distributed.mapreduce.task import Task
from aio_sim.distributed.mapreduce.worker import Worker
from aio_sim.kernel.errors import AioSimError
from aio_sim.scheduling.process import SYSTEM, TERMINATED, Process

DONE, FAILED, LOST, WITHDRAWN, UNDER_WAY = "done", "failed", "lost", "withdrawn", "unfinished"
"""How an attempt or a job ends."""

Story = Generator[Event, Any, Result]


class Report(Protocol):
    """Who hears how an attempt ended."""

    def succeeded(self, attempt: Attempt, result: Result) -> None: ...
    def failed(self, attempt: Attempt, failure: Failure | AioSimError) -> None: ...


class Attempt(ABC):
    """Runs from its making on, and reports success or failure; killed, it says nothing.

    `slowdown` multiplies its CPU time. `backup` says that another attempt runs already, `again`
    that one was there before and came to nothing.
    """

    phases: ClassVar[int] = 1
    """How many parts it has, for its progress."""

    def __init__(
        self, site: Site, task: Task, worker: Worker, report: Report, backup: bool = False
    ) -> None:
        self.task = task
        self.worker = worker
        self.backup = backup
        self.again = task.tried > 1
        self.started = site.env.now
        self._site = site
        self._report = report
        self._slowdown = site.slowdown()
        self._ended = False
        self._phase = 0
        self._process: Process | None = None
        worker.attempts[self] = None
        self._life = site.env.process(self._live())

    @property
    def progress(self) -> float:
        """How much is done, from 0 to 1: whole phases, and the part of the present CPU burst."""
        part = 0.0
        if (process := self._process) is not None and process.state is not TERMINATED:
            self.worker.cpu.charge()
            part = 1 - process.remaining / process.work
        return (self._phase + min(max(part, 0.0), 1.0)) / self.phases

    def kill(self, lost: bool = False) -> None:
        """End it where it is, for its machine is lost or it is of no use any more.

        Nothing happens where it has ended.
        """
        if self._ended:
            return
        self._leave(LOST if lost else WITHDRAWN)
        if self._process is not None and self._process.state is not TERMINATED:
            self.worker.cpu.remove(self._process)
        target = self._life.target
        if target is not None and target.callbacks is not None:
            target.callbacks.append(_defuse)
        self._life.interrupt()
        self.clean_up()

    def _live(self) -> Generator[Event, Any, None]:
        try:
            result = yield from self._work()
        except Interrupt:
            return
        except AioSimError as error:
            self._leave(FAILED)
            self.clean_up()
            self._report.failed(self, error)
            return
        self._leave(DONE if result.failure is None else FAILED)
        if result.failure is None:
            self._report.succeeded(self, result)
        else:
            self._report.failed(self, result.failure)

    @abstractmethod
    def _work(self) -> Story:
        """Do what the task is; return the result."""

    def clean_up(self) -> None:  # noqa: B027  # most leave nothing
        """Leave nothing behind, where it did not come to its end."""

    def _start(self) -> Generator[Event, Any, None]:
        yield self._site.env.timeout(self._site.costs.task_start)

    def _compute(self, work: int) -> Generator[Event, Any, None]:
        """Take so much CPU time at speed 1, each byte and record counted for what it stands for."""
        time = round(work * self._site.settings.scale * self._slowdown)
        if time > 0:
            number, now = self._site.number(f"{self._site.job}/{self.task}"), self._site.env.now
            self._process = Process(number, now, time, source=SYSTEM)
            yield self.worker.cpu.submit(self._process)
            self._process = None
        self._phase += 1

    def _disk(self, read: int, written: int) -> Generator[Event, Any, None]:
        """Read and write so many bytes of its own on the worker's disk."""
        scale, disk = self._site.settings.scale, self.worker.disk
        if disk is not None and read:
            yield disk.read(read * scale)
        if disk is not None and written:
            yield disk.write(written * scale)
        self._phase += 1

    def _leave(self, outcome: str) -> None:
        self._ended = True
        self.worker.attempts.pop(self, None)
        self._site.note(self, outcome)


def _defuse(event: Event) -> None:
    event.defused = True
