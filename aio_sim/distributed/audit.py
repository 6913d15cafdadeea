"""Audits the books of a run as it goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aio_sim.distributed.dispatcher import Dispatcher
from aio_sim.distributed.task_books import TaskBooks
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import Status, Trace
from aio_sim.resources.manager import ResourceManager
from aio_sim.scheduling.cpu import Cpu


class Audit:
    """Checks that time never goes back, no task is lost and no capacity is lent twice.

    A whole check looks at every machine and every task inside, so there is one for as many events
    as there are of either: the audit's share of a run's time does not grow with the run.
    """

    def __init__(
        self,
        env: Environment,
        books: TaskBooks,
        dispatchers: Sequence[Dispatcher],
        manager: ResourceManager,
        cpus: Callable[[], Sequence[Cpu]],
        held: Callable[[], int] = lambda: 0,
        others: Sequence[Callable[[], None]] = (),
    ) -> None:
        self._env = env
        self._books = books
        self._dispatchers = dispatchers
        self._manager = manager
        self._cpus = cpus
        self._held = held  # how many tasks are inside that no Cpu has
        self._others = others  # further checks
        self._now = 0
        self._events = 0
        self._machines = 0

    def after_event(self) -> None:
        """Check what one event may have broken.

        Raises AuditError where an invariant does not hold.
        """
        if self._env.now < self._now:
            raise AuditError(
                _("time went back from {before} ns to {now} ns").format(
                    before=self._now, now=self._env.now
                )
            )
        self._now = self._env.now
        self._events += 1
        enough = max(self._machines, self._books.inside)
        if self._events >= enough and self._env.quiet():
            self._events = 0
            self.check()

    def check(self) -> None:
        """Check everything.

        Raises AuditError where an invariant does not hold.
        """
        self._manager.check()
        cpus = self._cpus()
        self._machines = len(cpus)
        for cpu in cpus:
            cpu.check()
        for check in self._others:
            check()
        here = self._held() + sum(cpu.tasks for cpu in cpus)
        waiting = sum(len(dispatcher.waiting()) for dispatcher in self._dispatchers)
        self._books.check(here, waiting)

    def check_end(self, trace: Trace) -> None:
        """Check everything once more, and what only holds at the end.

        Raises AuditError where an invariant does not hold, something was not returned though
        nobody is inside, a task's times in the trace are out of order, or a task was called
        completed that had less time than its work takes.
        """
        self.check()
        if not self._books.inside:
            self._manager.check_returned()
        _check_times(trace, self._env.now)
        _check_work(trace, float(max((cpu.speed for cpu in self._cpus()), default=1)))


def _check_times(trace: Trace, ended_at: int) -> None:
    """Raise AuditError unless arrival <= start <= finish <= end, of what there is, in each row."""
    import numpy as np

    column = trace.tasks.column
    arrival, start, finish = column("arrival"), column("start"), column("finish")
    completed = column("status") == Status.COMPLETED
    wrong = (arrival < 0) | (completed & ((start < 0) | (finish < 0)))
    wrong |= (start >= 0) & (start < arrival)
    wrong |= (finish >= 0) & ((finish < start) | (finish < arrival))
    wrong |= np.maximum.reduce([arrival, start, finish]) > ended_at
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise AuditError(
            _(
                "task {number} arrived at {arrival} ns, started at {start} ns and finished at "
                "{finish} ns of {ended_at} ns, which is out of order"
            ).format(
                number=column("number")[row],
                arrival=arrival[row],
                start=start[row],
                finish=finish[row],
                ended_at=ended_at,
            )
        )


def _check_work(trace: Trace, speed: float) -> None:
    """Raise AuditError unless each completed task had the time that its work takes at `speed`."""
    import numpy as np

    column = trace.tasks.column
    completed = column("status") == Status.COMPLETED
    served = column("finish") - column("arrival") - column("waiting")  # I/O included
    short = completed & (served < column("work") / speed - 1)  # a nanosecond for rounding
    if short.any():
        row = int(np.flatnonzero(short)[0])
        raise AuditError(
            _("task {number} was completed after {served} ns of {work} ns of work").format(
                number=column("number")[row], served=served[row], work=column("work")[row]
            )
        )
