"""A container: a Machine whose cores, memory and files are limited parts of a node's."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from simpy.events import Event

from aio_sim.containers.calls import ContainerCalls
from aio_sim.containers.container_memory import ContainerMemory
from aio_sim.containers.container_state import BEFORE, UP, ContainerState, standing
from aio_sim.containers.cpu_group import CpuGroup
from aio_sim.containers.files import ContainerFiles
from aio_sim.containers.node import Node
from aio_sim.containers.processes.program import Program
from aio_sim.containers.processes.signals import ExitStatus, Response, Signal
from aio_sim.containers.processes.table import INIT, ProcessTable
from aio_sim.containers.resident import Resident
from aio_sim.containers.residents import Line, Residents
from aio_sim.containers.spec import ContainerSpec, OnTerm
from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.messages import _
from aio_sim.kernel.span_record import Record
from aio_sim.scheduling.completion import completion_of
from aio_sim.scheduling.process import Process


class Container:
    """A machine as any other; whether it is on a host or in a virtual machine it does not know.

    Tasks are its processes. Those that come before it runs for the first time wait; those inside
    when it ends are lost, and so are those that come while it does not run, or when it drains.
    """

    def __init__(
        self,
        node: Node,
        spec: ContainerSpec,
        group: CpuGroup,
        record: Record,
        fork: int,
        ended: Callable[[Container, ExitStatus], None],
        watch: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = spec.name
        self.spec = spec
        self.node = node
        self.group = group
        self.cpu = group.cpu
        self.state = ContainerState.NEW
        self.times = dict.fromkeys(ContainerState, 0)
        """Nanoseconds in each state, up to the last change."""
        self.memory: ContainerMemory | None = None
        self.files: ContainerFiles | None = None
        self.residents: Residents | None = None
        """Its processes, from its first start on."""
        self.calls: ContainerCalls | None = None
        self.status: ExitStatus | None = None
        """How it ended last."""
        self.started_at = 0
        self.starts = self.served = self.lost = self.oom_kills = self.refused = 0
        """Starts; tasks done and lost; processes killed for memory, and kept out by the limit."""
        self.most_processes = 0
        self.held: list[Process] = []
        """Tasks that wait for its first run."""
        self._record = record
        self._fork = fork
        self._ended = ended
        self._watch = watch
        self._draining = False
        self._since = node.env.now
        group.cores.park()

    # What a Machine does

    @property
    def cores(self) -> int:
        """How many cores it may use."""
        return self.cpu.cores

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self.state is ContainerState.RUNNING

    @property
    def open(self) -> bool:
        """Whether it lets tasks in."""
        return self.state in UP and not self._draining

    @property
    def waited_for(self) -> bool:
        """Whether tasks wait for it, as it has not run yet."""
        first = self.state is ContainerState.STARTING and self.starts == 0
        return first or self.state in BEFORE

    def run(self, process: Process) -> Event:
        """Run a process; the event fires, with the process, when it ends."""
        return completion_of(process, self.node.env, self.accept)

    def accept(self, process: Process) -> None:
        """Run a process; its owner hears when it ends, or that it is lost."""
        if self.open:
            self._let_in(process)
        elif self.waited_for:
            self.held.append(process)
        else:
            self._lose(process, self._not_here())

    def withdraw(self, process: Process) -> None:
        """Take a process away unfinished; its owner hears nothing."""
        if process in self.held:
            self.held.remove(process)
            return
        resident = process.owner
        assert isinstance(resident, Resident)
        served, resident.owner = resident.owner, None
        if self.residents is not None:
            self.residents.kill(resident.pid, Signal.KILL)
        process.owner = served.owner if isinstance(served, Served) else served

    def execute(self, program: Program) -> bool:
        """Let one more process run a program, from outside; False where it may not."""
        residents, calls = self.residents, self.calls
        if not self.open or residents is None or calls is None:
            return False
        pid = residents.admit(program.name)
        if pid is not None:
            calls.begin(pid, program)
        return pid is not None

    def processes(self) -> Iterator[Process]:
        """Yield the processes that are here."""
        yield from self.held
        yield from self.cpu.processes()

    def lines(self) -> list[Line]:
        """Return its processes and their states, as `ps` shows them."""
        return [] if self.residents is None else self.residents.lines()

    def _let_in(self, process: Process) -> None:
        residents, calls = self.residents, self.calls
        assert residents is not None
        assert calls is not None
        process.owner = Served(self, process)
        resident = residents.enter(process, "task")
        if resident is None:
            process.owner.lost(process, _("the limit of processes is reached"))
            return
        size = self.spec.task_memory if process.demand is None else process.demand.memory
        if size:
            calls.allocate(resident.pid, size)

    def _lose(self, process: Process, reason: str) -> None:
        self.lost += 1
        if process.owner is not None:
            process.owner.lost(process, reason)

    def _not_here(self) -> str:
        return standing(self.name, self.state)

    # What its runtime does with it

    def enter(self, state: ContainerState) -> None:
        """Go over to a state; its cores run in those that have something to run."""
        now = self.node.env.now
        self.times[self.state] += now - self._since
        self._record.span(str(self.state), self._since, now)
        self._since, self.state = now, state
        if state in (ContainerState.RUNNING, ContainerState.STOPPING):
            self.group.cores.unpark()
        else:
            self.group.cores.park()
        if state is ContainerState.REMOVED:
            self.group.close()
        self._watch()  # first, for what is lost may be sent again at once, but not here
        if state in (ContainerState.EXITED, ContainerState.REMOVED):
            held, self.held = self.held, []
            for process in held:
                self._lose(process, self._not_here())

    def begin(self, memory: ContainerMemory, files: ContainerFiles) -> None:
        """Start its first process, with what was lent to it; it runs from now on."""
        spec, env = self.spec, self.node.env
        name = spec.image if spec.program is None else spec.program.name
        table = ProcessTable(name, limit=spec.processes, reaps=spec.init)
        table.init.dispositions[Signal.TERM] = spec.on_term.disposition
        self.memory, self.files = memory, files
        self.residents = residents = Residents(
            env, self.cpu, table, self._record, self._left, self._closing, self._closed
        )
        self.calls = ContainerCalls(
            self.node,
            self.name,
            residents,
            memory,
            files,
            self._fork,
            together=spec.oom_together,
        )
        self.starts += 1
        self.started_at = env.now
        self._draining = False
        self.enter(ContainerState.RUNNING)
        self._begin_first(table)

    def _begin_first(self, table: ProcessTable) -> None:
        """Let PID 1 run its program, or wait for tasks; then let those in that have waited."""
        assert self.calls is not None
        if self.spec.program is not None:
            self.calls.begin(INIT, self.spec.program)
        else:
            table.admit(INIT)
            table.dispatch(INIT)
            table.block(INIT)
        if self.spec.base_memory:
            self.calls.allocate(INIT, self.spec.base_memory)
        held, self.held = self.held, []
        for process in held:
            self.accept(process)

    def pause(self) -> None:
        """Stop where it is; nothing where it does not run."""
        if self.running:
            self.enter(ContainerState.PAUSED)

    def resume(self) -> None:
        """Go on; nothing where it is not paused."""
        if self.state is ContainerState.PAUSED:
            self.enter(ContainerState.RUNNING)

    def terminate(self) -> None:
        """Ask PID 1 to end, which then drains, exits, or takes no notice."""
        self._draining = self.spec.on_term is OnTerm.DRAIN
        self.enter(ContainerState.STOPPING)
        self.signal(Signal.TERM)
        self._end_if_drained()

    def signal(self, signal: Signal) -> None:
        """Send PID 1 a signal from outside; nothing where it has ended."""
        if self.state in UP and self.residents is not None:
            self.residents.kill(INIT, signal)

    def close(self) -> None:
        """Bring its accounts up to now, at the end of the run."""
        self.enter(self.state)
        self._collect()

    def check(self) -> None:
        """Audit the books; AuditError where they do not agree."""
        self.cpu.check()
        if self.memory is not None and self.state is not ContainerState.REMOVED:
            self.memory.check()
        residents = self.residents
        if residents is not None and not residents.table.ended:
            limit = self.spec.processes
            if limit is not None and len(residents.table.processes) > limit:
                raise AuditError(
                    _("{machine} has more processes than it may").format(machine=self.name)
                )

    def _left(self, pid: int) -> None:
        assert self.memory is not None
        self.memory.forget(pid)
        self._end_if_drained()

    def _end_if_drained(self) -> None:
        """Let PID 1 end that drains, once nobody else is there."""
        residents = self.residents
        if not self._draining or residents is None or residents.table.ended:
            return
        if all(resident.pid == INIT for resident in residents):
            table = residents.table
            exits = table.init.disposition(Signal.TERM)._replace(response=Response.EXIT)
            table.init.dispositions[Signal.TERM] = exits
            residents.kill(INIT, Signal.TERM)

    def _closing(self) -> None:
        self._draining = True
        self._watch()

    def _closed(self, status: ExitStatus) -> None:
        assert self.memory is not None
        self.memory.clear()
        self.status = status
        self._collect()
        self.enter(ContainerState.EXITED)
        self._ended(self, status)

    def _collect(self) -> None:
        """Take over the counts of the run that has ended, once."""
        residents, calls = self.residents, self.calls
        if residents is not None and calls is not None:
            self.oom_kills += calls.oom_kills
            self.refused += residents.refused
            self.most_processes = max(self.most_processes, residents.most)
            calls.oom_kills = residents.refused = 0


class Served:
    """The owner of a task in a container, which counts what becomes of it."""

    __slots__ = ("_container", "owner")

    def __init__(self, container: Container, process: Process) -> None:
        self._container = container
        self.owner = process.owner
        """Whose the task is."""

    def finished(self, process: Process) -> None:
        """Count it as served, and tell the task's owner."""
        self._container.served += 1
        process.owner = self.owner
        if self.owner is not None:
            self.owner.finished(process)

    def lost(self, process: Process, reason: str) -> None:
        """Count it as lost, and tell the task's owner."""
        process.owner = self.owner
        self._container._lose(process, reason)
