"""The Dispatcher: which machine a task goes to, and what it takes there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import TYPE_CHECKING, NamedTuple

from simpy.events import Event

from aio_sim.distributed.dispatch_policy import DispatchPolicy
from aio_sim.distributed.exclusive import ExclusiveCores
from aio_sim.distributed.machine_loads import MachineLoads
from aio_sim.distributed.task_books import COMPLETED, FAILED, TaskBooks
from aio_sim.distributed.tasks import TaskBlock
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import PolicyError
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import Trace
from aio_sim.resources.allocation import Allocation, Rejection
from aio_sim.resources.demand import FOREVER, Demand
from aio_sim.resources.manager import ResourceManager
from aio_sim.scheduling.machine import Machine
from aio_sim.scheduling.policy import Moment
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.ready_queue import failure

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class MachineGroup(NamedTuple):
    """The machines that a dispatcher chooses from."""

    machines: Sequence[Machine]
    loads: MachineLoads
    hosts: Sequence[int]
    """The resource manager's number of each; none where some are no hosts.

    Then they have memory of their own for tasks that ask for some, as containers have."""


class Dispatcher:
    """Sends time-shared tasks to a machine at once, and exclusive ones when cores are granted.

    A time-shared task that asks for memory goes to its machine when that is granted. What becomes
    of each task is written into the books when it is known.
    """

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
    ) -> None:
        self._env = env
        self._trace = trace
        self._books = books
        self._machines = group.machines
        self._accepts = [machine.accept for machine in group.machines]
        self._codes = [trace.code(machine.name) for machine in group.machines]
        self._loads = group.loads
        self._policy = policy
        self._choose_by_policy = policy.choose
        self._moment = moment
        self._manager = manager
        self._hosts = group.hosts
        self._some = len(group.hosts) < len(manager.capacities)
        self._memory = tuple(manager.capacities[host].memory for host in group.hosts)
        self._exclusive = exclusive
        self._allocations: dict[Process, Allocation] = {}
        self.held: dict[Process, None] = {}
        """Tasks that are inside and on no machine, for something must come first."""

    def submit(self, task: Process) -> Event:
        """Take a task; the event that comes back fires, with the task, when it has ended."""
        event = self._books.events[task] = Event(self._env)
        self.accept(task)
        return event

    def accept(self, task: Process) -> None:
        """Take a task."""
        books = self._books
        books.submitted += 1
        books.inside += 1
        task.owner = self
        if task.demand is None:
            task.machine = machine = self._choose(task)
            if self._loads.told:
                self._loads.change(machine, 1)
            else:
                self._loads.tasks[machine] += 1
            self._accepts[machine](task)
        elif isinstance(task.demand, Rejection):
            books.reject(task, task.demand.reason)
        elif self._hosts:
            self._ask(task, task.demand)
        else:
            self.send(task, self._choose(task))

    def send(self, task: Process, machine: int) -> None:
        """Send a time-shared task to that machine."""
        task.machine = machine
        self._loads.change(machine, 1)
        self._accepts[machine](task)

    def withdraw(self, task: Process) -> None:
        """Take a time-shared task off its machine, unfinished."""
        self._machines[task.machine].withdraw(task)
        self._loads.change(task.machine, -1)

    def finished(self, process: Process) -> None:
        """Note that a machine has finished a task."""
        machine = process.machine
        if self._loads.told:
            self._loads.change(machine, -1)
        else:
            self._loads.tasks[machine] -= 1
        if process.demand is not None and self._hosts:
            self._allocations.pop(process).release()
        self._books.end(process, COMPLETED, "", self._codes[machine])

    def lost(self, process: Process, reason: str) -> None:
        """Note that a task ended unfinished with its machine, and why."""
        self._books.end(process, FAILED, reason, self._leave(process))

    def fits(self, block: TaskBlock) -> npt.NDArray[np.bool_]:
        """Return which tasks of a block some host (or, where they span, all of them) could hold."""
        import numpy as np

        cores = [self._manager.capacities[host].cores for host in self._hosts]
        most = sum(cores) if block.span else max(cores, default=0)
        fits = (np.asarray(block.cores) <= most) & (
            np.asarray(block.memory) <= max(self._memory, default=FOREVER)
        )
        return np.broadcast_to(fits, len(block))

    def waiting(self) -> list[Process]:
        """Return the tasks that wait for an allocation, or are held back."""
        asking = [task for task, allocation in self._allocations.items() if not allocation.granted]
        return asking + list(self.held)

    def close(self, tasks: Iterable[Process], held: Set[Process]) -> None:
        """Write those of its tasks that the end finds on machines, and those that wait.

        `held` are the tasks, of anybody's, that hold whole cores.
        """
        inside = {task.number: task for task in (*tasks, *self.waiting())}
        for _number, task in sorted(inside.items()):
            machine = self._codes[task.machine] if task.machine >= 0 else -1
            if task in held:
                machine = self._machine_of(self._allocations[task])
            self._books.close(task, machine)

    def _leave(self, task: Process) -> int:
        """Take back what an unfinished task had, and return the name, as a code, of its place."""
        if task.machine >= 0:
            self._loads.change(task.machine, -1)
        if task.demand is None or not self._hosts:
            return self._codes[task.machine]
        allocation = self._allocations.pop(task)
        allocation.release()
        return self._machine_of(allocation) if allocation.granted else self._codes[task.machine]

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
        return self._loads.up(machine) if self._loads.down else machine

    def _ask(self, task: Process, demand: Demand) -> None:
        """Ask for what a task needs; it goes on when that is granted."""
        demand = demand._replace(process=task)
        if not demand.cores:
            demand = self._pinned(task, demand)
        elif self._some and len(self._hosts) == 1:
            demand = demand._replace(host=self._hosts[0])
        answer = self._manager.ask(demand, self._granted)
        if isinstance(answer, Rejection):
            if task.machine >= 0:
                self._loads.change(task.machine, -1)
            self._books.reject(task, answer.reason)
        else:
            self._allocations[task] = answer

    def _pinned(self, task: Process, demand: Demand) -> Demand:
        """Return the demand for memory of one machine, chosen among those large enough for it."""
        machine = self._choose(task)
        if demand.memory > self._memory[machine]:
            large = [at for at, size in enumerate(self._memory) if size >= demand.memory]
            if not large:  # the manager rejects it, with the reason
                return demand._replace(host=self._hosts[machine]) if self._some else demand
            machine = min(large, key=self._loads.of)
        task.machine = machine
        self._loads.change(machine, 1)
        return demand._replace(host=self._hosts[machine])

    def _granted(self, allocation: Allocation) -> None:
        task = allocation.demand.process
        assert task is not None
        if allocation.demand.cores:
            task.machine = -1
            self._exclusive.start(task, allocation, self._exclusive_ended)
        else:
            self._accepts[task.machine](task)

    def _exclusive_ended(self, task: Process) -> None:
        machine = self._machine_of(self._allocations.pop(task))
        self._books.end(task, COMPLETED, "", machine)

    def _machine_of(self, allocation: Allocation) -> int:
        """Return the name, as a code, of where an exclusive task is."""
        hosts = [host for host, _cores in allocation.places]
        name = self._manager.capacities[hosts[0]].name
        if len(hosts) > 1:  # not all their names, which may be thousands; the spans have them
            name = f"{name} +{len(hosts) - 1} more"
        return self._trace.code(name)
