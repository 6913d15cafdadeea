"""The books of all tasks: how many came, how many are inside, and what became of each."""

from __future__ import annotations

from collections.abc import Callable

from simpy.events import Event

from aio_sim.distributed.exclusive import ExclusiveCores
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.messages import _
from aio_sim.kernel.rejection import cause_of
from aio_sim.kernel.trace import Status, Trace
from aio_sim.scheduling.process import Process

# Plain numbers, for the rows of the trace are written in the hot path.
COMPLETED, REJECTED, INSIDE = int(Status.COMPLETED), int(Status.REJECTED), int(Status.INSIDE)
FAILED = int(Status.FAILED)


class TaskBooks:
    """Counts the tasks of all dispatchers, and writes what became of each into the trace."""

    def __init__(self, env: Environment, trace: Trace, exclusive: ExclusiveCores) -> None:
        self._env = env
        self._trace = trace
        self._append = trace.tasks.append
        self._exclusive = exclusive
        self._closed = False
        self.submitted = 0
        self.inside = 0
        """Tasks that have arrived and not ended."""
        self.deadlines_set = 0
        self.deadlines_missed = 0
        self.events: dict[Process, Event] = {}
        """What happens at the end of a task, of those for which somebody waits."""
        self.on_end: Callable[[Process, Status], None] | None = None
        """Told of each task that has ended, and how."""
        self.on_empty: Callable[[], None] | None = None
        """Told whenever the last task inside has ended."""

    def reject(self, task: Process, reason: str) -> None:
        """Write that a task cannot be run, and why."""
        self._trace.add_total(f"tasks.rejected.{cause_of(reason)}", 1)
        self.end(task, REJECTED, str(reason))

    def end(self, task: Process, status: int, reason: str, machine: int = -1) -> None:
        """Write what became of a task, and tell those who want to know."""
        now, arrival = self._env._now, task.arrival
        if task.deadline is not None and status == COMPLETED:
            self.deadlines_set += 1
            self.deadlines_missed += now > task.deadline
        self._append(
            (
                task.number,
                task.source,
                task.index,
                arrival,
                task.start,
                now if status == COMPLETED else -1,
                task.work,
                now - arrival - task.received - task.blocked,
                status,
                machine,
                self._trace.code(reason) if reason else -1,
            )
        )
        if status == FAILED and self._trace.full:
            self._failed(task, machine)
        if status == INSIDE:
            return
        self.inside -= 1
        if self.events and task in self.events:
            self.events.pop(task).succeed(task)
        if self.on_end is not None:
            self.on_end(task, Status(status))
        if not self.inside and self.on_empty is not None:
            self.on_empty()

    def _failed(self, task: Process, machine: int) -> None:
        """Write when a task failed: a span without length, as its row has no such time."""
        trace, now = self._trace, self._env.now
        track = machine if machine >= 0 else trace.code("tasks")
        trace.spans.append((trace.code("failed"), track, task.number, now, now))

    def close(self, task: Process, machine: int) -> None:
        """Write a task that the end finds inside, with the code of where it is, -1 for nowhere."""
        self._closed = True
        if task.start > self._env.now:
            task.start = -1  # still in the switch before its first slice
        self.end(task, INSIDE, "", machine)

    def check(self, on_machines: int, waiting: int) -> None:
        """Audit the books, given how many tasks machines have, and how many wait to be granted.

        Raises AuditError where submitted tasks are neither inside nor recorded as ended.
        """
        held = self._exclusive.count
        ended = len(self._trace.tasks)
        known = on_machines + held + waiting
        if self.inside != known or (self.submitted != ended + self.inside and not self._closed):
            raise AuditError(
                _(
                    "{submitted} tasks submitted, {ended} ended, {inside} inside: {machines} on "
                    "machines, {held} holding cores, {waiting} waiting for an allocation"
                ).format(
                    submitted=self.submitted,
                    ended=ended,
                    inside=self.inside,
                    machines=on_machines,
                    held=held,
                    waiting=waiting,
                )
            )
