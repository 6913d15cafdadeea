"""A dispatcher with attendants: what comes before a task is sent, and after it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from aio_sim.distributed.dispatch_policy import DispatchPolicy
from aio_sim.distributed.dispatcher import Dispatcher, MachineGroup
from aio_sim.distributed.exclusive import ExclusiveCores
from aio_sim.distributed.machine_loads import MachineLoads
from aio_sim.distributed.task_books import FAILED, TaskBooks
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.trace import Trace
from aio_sim.resources.allocation import Rejection
from aio_sim.resources.demand import Demand
from aio_sim.resources.manager import ResourceManager
from aio_sim.scheduling.machine import Machine
from aio_sim.scheduling.policy import Moment
from aio_sim.scheduling.process import NEW, Process


class Attendant:
    """Looks after the tasks of a dispatcher; each verb may be left as it is here.

    The dispatcher hands itself over, for the attendant may want to send a task anew.
    """

    def arrived(self, task: Process, to: AttendedDispatcher) -> bool:
        """Return whether a task may go on to a machine; else the attendant calls `go_on` later."""
        return True

    def bound(self, task: Process, to: AttendedDispatcher) -> bool:
        """Return whether a task may begin on its machine; else the attendant calls `start` later.

        Asked of time-shared tasks only, and so is `sent`.
        """
        return True

    def sent(self, task: Process, to: AttendedDispatcher) -> None:
        """Note that a task is on its machine."""

    def finished(self, task: Process, to: AttendedDispatcher) -> None:
        """Note that a task has finished; what it took is free again."""

    def lost(self, task: Process, reason: str, to: AttendedDispatcher) -> bool:
        """Return whether a task that was lost with its machine goes on, as the attendant does."""
        return False

    def gone(self, task: Process, to: AttendedDispatcher) -> None:
        """Note that a task was rejected, or lost for good."""


class Beginning(NamedTuple):
    """What a task has before it at its start: CPU time, then I/O, CPU, ... in nanoseconds."""

    remaining: int
    bursts: tuple[int, ...]


class AttendedDispatcher(Dispatcher):
    """A dispatcher whose attendants hold tasks back, fetch their data, or send them again."""

    def __init__(
        self,
        env: Environment,
        trace: Trace,
        books: TaskBooks,
        group: MachineGroup,
        policy: DispatchPolicy,
        moment: Moment,
        manager: ResourceManager,
        exclusive: ExclusiveCores,
        attendants: Sequence[Attendant],
    ) -> None:
        super().__init__(env, trace, books, group, policy, moment, manager, exclusive)
        self.env = env
        self.trace = trace
        self.loads: MachineLoads = group.loads
        """The tasks on each machine."""
        self.loads.told = True
        self._attendants = attendants
        self._beginnings: dict[Process, Beginning] = {}

    def machine(self, number: int) -> Machine:
        """Return a machine by its number."""
        return self._machines[number]

    def accept(self, task: Process) -> None:
        """Take a task."""
        self._books.submitted += 1
        self._books.inside += 1
        task.owner = self
        if isinstance(task.demand, Rejection):
            self._books.reject(task, task.demand.reason)
            self._forget(task)
        else:
            bursts: Any = task.bursts or ()
            self._beginnings[task] = Beginning(task.remaining, tuple(bursts))
            self.go_on(task)

    def go_on(self, task: Process, behind: Attendant | None = None) -> None:
        """Let a task go on to a machine, unless an attendant behind that one holds it back."""
        self.held[task] = None
        for attendant in self._behind(behind):
            if not attendant.arrived(task, self):
                return
        del self.held[task]
        if task.demand is None or not self._hosts:
            self.send(task, self._choose(task))
        else:
            self._ask(task, task.demand)

    def send(self, task: Process, machine: int) -> None:
        """Send a time-shared task to that machine."""
        task.machine = machine
        self.loads.change(machine, 1)
        self.start(task)

    def start(self, task: Process, behind: Attendant | None = None) -> None:
        """Let a task begin on its machine, unless an attendant behind that one has it wait."""
        self.held[task] = None
        for attendant in self._behind(behind):
            if not attendant.bound(task, self):
                return
        del self.held[task]
        for attendant in self._attendants:
            attendant.sent(task, self)
        self._accepts[task.machine](task)

    def anew(self, task: Process) -> None:
        """Put a task that is on no machine back to its beginning; its accounts stay."""
        task.remaining, bursts = self._beginnings[task]
        left: Any = list(bursts) or None
        task.bursts = left
        task.data = None
        task.state = NEW
        task.ready_since = self.env.now

    def copy(self, task: Process, number: int, source: int) -> Process:
        """Return a process of that number and source that does a task's work from the beginning."""
        remaining, bursts = self._beginnings[task]
        return Process(
            number,
            self.env.now,
            task.work,
            task.priority,
            task.weight,
            task.deadline,
            (remaining, *bursts) if bursts else None,
            source,
            task.index,
        )

    def run(self, process: Process, machine: int) -> None:
        """Run a process that is no task, and has an owner of its own, on that machine."""
        process.machine = machine
        self.loads.change(machine, 1)
        self._accepts[machine](process)

    def left(self, process: Process) -> None:
        """Note that such a process has left its machine."""
        self.loads.change(process.machine, -1)

    def finished(self, process: Process) -> None:
        """Note that a machine has finished a task."""
        super().finished(process)
        self._tell_finished(process)

    def lost(self, process: Process, reason: str) -> None:
        """Note that a task ended unfinished with its machine; an attendant may send it again."""
        self._leave(process)
        self.lose(process, reason)

    def lose(self, task: Process, reason: str, behind: Attendant | None = None) -> None:
        """Give a task up, unless an attendant behind that one goes on with it."""
        for attendant in self._behind(behind):
            if attendant.lost(task, reason, self):
                return
        self.fail(task, reason)

    def fail(self, task: Process, reason: str) -> None:
        """Write that a task on no machine has failed, and why."""
        self.held.pop(task, None)
        machine = self._codes[task.machine] if task.machine >= 0 else -1
        self._books.end(task, FAILED, reason, machine)
        self._forget(task)

    def _behind(self, attendant: Attendant | None) -> Sequence[Attendant]:
        if attendant is None:
            return self._attendants
        return self._attendants[self._attendants.index(attendant) + 1 :]

    def _ask(self, task: Process, demand: Demand) -> None:
        super()._ask(task, demand)
        if task not in self._allocations:  # rejected
            self._forget(task)

    def _exclusive_ended(self, task: Process) -> None:
        super()._exclusive_ended(task)
        self._tell_finished(task)

    def _tell_finished(self, task: Process) -> None:
        self._beginnings.pop(task, None)
        for attendant in self._attendants:
            attendant.finished(task, self)

    def _forget(self, task: Process) -> None:
        self._beginnings.pop(task, None)
        for attendant in self._attendants:
            attendant.gone(task, self)
