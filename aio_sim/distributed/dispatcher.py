"""The Dispatcher: which machine a task goes to, what it takes there, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simpy.events import Event

from aio_sim.distributed.dispatch_policy import DispatchPolicy
from aio_sim.distributed.exclusive import ExclusiveCores
from aio_sim.distributed.machine_loads import MachineLoads
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import AuditError, PolicyError
from aio_sim.kernel.messages import _
from aio_sim.kernel.rejection import cause_of
from aio_sim.kernel.trace import Status, Trace
from aio_sim.resources.allocation import Allocation, Rejection
from aio_sim.resources.demand import Demand
from aio_sim.resources.manager import ResourceManager
from aio_sim.scheduling.machine import Machine
from aio_sim.scheduling.policy import Moment
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.ready_queue import failure

# Plain numbers, for the rows of the trace are written in the hot path.
COMPLETED, REJECTED, INSIDE = int(Status.COMPLETED), int(Status.REJECTED), int(Status.INSIDE)


class Dispatcher:
    """Sends time-shared tasks to a machine at once, and exclusive ones when cores are granted.

    A time-shared task that asks for memory goes to its machine when that is granted. What becomes
    of each task is written into the trace when it is known.
    """

    def __init__(
        self,
        env: Environment,
        trace: Trace,
        machines: Sequence[Machine],
        policy: DispatchPolicy,
        moment: Moment,
        manager: ResourceManager,
        exclusive: ExclusiveCores,
    ) -> None:
        self._env = env
        self._trace = trace
        self._append = trace.tasks.append
        self._accepts = [machine.accept for machine in machines]
        self._codes = [trace.code(machine.name) for machine in machines]
        self._policy = policy
        self._choose_by_policy = policy.choose
        self._moment = moment
        self._manager = manager
        self._memory = tuple(capacity.memory for capacity in manager.capacities)
        self._exclusive = exclusive
        self._loads = MachineLoads([machine.cores for machine in machines])
        self._allocations: dict[Process, Allocation] = {}
        self._events: dict[Process, Event] = {}
        self.on_end: Callable[[Process, Status], None] | None = None
        """Told of each task that has ended, and how."""
        self.on_empty: Callable[[], None] | None = None
        """Told whenever the last task inside has ended."""
        self.submitted = 0
        self.inside = 0
        """Tasks that have arrived and not ended."""
        self.deadlines_set = 0
        self.deadlines_missed = 0
        self._closed = False

    def submit(self, task: Process) -> Event:
        """Take a task; the event that comes back fires, with the task, when it has ended."""
        event = self._events[task] = Event(self._env)
        self.accept(task)
        return event

    def accept(self, task: Process) -> None:
        """Take a task."""
        self.submitted += 1
        self.inside += 1
        task.owner = self
        if task.demand is None:
            task.machine = machine = self._choose(task)
            self._loads.change(machine, 1)
            self._accepts[machine](task)
        elif isinstance(task.demand, Rejection):
            self._reject(task, task.demand.reason)
        else:
            self._ask(task, task.demand)

    def finished(self, process: Process) -> None:
        """Note that a machine has finished a task."""
        machine = process.machine
        if self._loads.watched:
            self._loads.change(machine, -1)
        else:
            self._loads.tasks[machine] -= 1
        if process.demand is not None:
            self._allocations.pop(process).release()
        self._end(process, COMPLETED, "", self._codes[machine])

    def close(self, unfinished: Sequence[Process]) -> None:
        """Write the tasks that the end finds inside; `unfinished` are those on machines."""
        self._closed = True
        held = self._exclusive.close()
        waiting = [task for task, allocation in self._allocations.items() if not allocation.granted]
        tasks = {task.number: task for task in (*unfinished, *held, *waiting)}
        for _number, task in sorted(tasks.items()):
            machine = self._codes[task.machine] if task.machine >= 0 else -1
            if task in held:
                machine = self._machine_of(self._allocations[task])
            if task.start > self._env.now:
                task.start = -1  # still in the switch before its first slice
            self._record(task, INSIDE, "", machine)

    def check(self, on_machines: int) -> None:
        """Audit the books, given how many tasks the machines say they have.

        Raises AuditError where submitted tasks are neither inside nor recorded as ended.
        """
        held = self._exclusive.count
        waiting = sum(not allocation.granted for allocation in self._allocations.values())
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

    def _choose(self, task: Process) -> int:
        self._moment.now = self._env._now
        try:
            machine = self._choose_by_policy(task, self._loads, self._moment)
        except (Exception, SystemExit) as error:
            raise failure(self._policy, self._choose_by_policy, error) from error
        if not 0 <= machine < len(self._accepts):
            raise PolicyError(
                _("policy {policy}: chose machine {machine!r} of {count}").format(
                    policy=type(self._policy).__name__, machine=machine, count=len(self._accepts)
                )
            )
        return machine

    def _ask(self, task: Process, demand: Demand) -> None:
        """Ask for what a task needs; it goes on when that is granted."""
        demand = demand._replace(process=task)
        if not demand.cores:
            demand = self._pinned(task, demand)
        answer = self._manager.ask(demand, self._granted)
        if isinstance(answer, Rejection):
            if task.machine >= 0:
                self._loads.change(task.machine, -1)
            self._reject(task, answer.reason)
        else:
            self._allocations[task] = answer

    def _pinned(self, task: Process, demand: Demand) -> Demand:
        """Return the demand for memory of one machine, chosen among those large enough for it."""
        machine = self._choose(task)
        if demand.memory > self._memory[machine]:
            large = [at for at, size in enumerate(self._memory) if size >= demand.memory]
            if not large:
                return demand  # which the manager rejects, with the reason
            machine = min(large, key=self._loads.of)
        task.machine = machine
        self._loads.change(machine, 1)
        return demand._replace(host=machine)

    def _granted(self, allocation: Allocation) -> None:
        task = allocation.demand.process
        assert task is not None
        if allocation.demand.cores:
            task.machine = -1
            self._exclusive.start(task, allocation, self._exclusive_ended)
        else:
            self._accepts[task.machine](task)

    def _exclusive_ended(self, task: Process) -> None:
        self._end(task, COMPLETED, "", self._machine_of(self._allocations.pop(task)))

    def _machine_of(self, allocation: Allocation) -> int:
        """Return the name, as a code, of where an exclusive task is."""
        hosts = [host for host, _cores in allocation.places]
        machine = self._codes[hosts[0]]
        if len(hosts) == 1:
            return machine
        # Not all their names, which may be thousands; the spans have them.
        return self._trace.code(f"{self._trace.text(machine)} +{len(hosts) - 1} more")

    def _reject(self, task: Process, reason: str) -> None:
        self._trace.add_total(f"tasks.rejected.{cause_of(reason)}", 1)
        self._end(task, REJECTED, str(reason))

    def _end(self, task: Process, status: int, reason: str, machine: int = -1) -> None:
        """Write what became of a task, and tell those who want to know."""
        if task.deadline is not None and status == COMPLETED:
            self.deadlines_set += 1
            self.deadlines_missed += self._env._now > task.deadline
        self._record(task, status, reason, machine)
        self.inside -= 1
        if self._events and task in self._events:
            self._events.pop(task).succeed(task)
        if self.on_end is not None:
            self.on_end(task, Status(status))
        if not self.inside and self.on_empty is not None:
            self.on_empty()

    def _record(self, task: Process, status: int, reason: str, machine: int) -> None:
        now, arrival = self._env._now, task.arrival
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
