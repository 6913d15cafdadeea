"""A container: a Machine whose cores, memory and files are limited parts of a node's."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from simpy.events import Event

from aio_sim.containers.container_memory import ContainerMemory
from aio_sim.containers.container_run import ContainerRun
from aio_sim.containers.container_state import BEFORE, UP, ContainerState, standing
from aio_sim.containers.cpu_group import CpuGroup
from aio_sim.containers.files import ContainerFiles
from aio_sim.containers.node import Node
from aio_sim.containers.processes.program import Program
from aio_sim.containers.processes.signals import ExitStatus, Signal
from aio_sim.containers.resident import Resident
from aio_sim.containers.residents import Line
from aio_sim.containers.served import Served
from aio_sim.containers.spec import ContainerSpec, OnTerm
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
        self.current: ContainerRun | None = None
        """What runs inside, or ran last."""
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
        run = self.current
        return self.state in UP and run is not None and not run.draining

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
        if self.current is not None:
            self.current.residents.kill(resident.pid, Signal.KILL)
        process.owner = served.owner if isinstance(served, Served) else served

    def execute(self, program: Program) -> bool:
        """Let one more process run a program, from outside; False where it may not."""
        return self.open and self.current is not None and self.current.execute(program)

    def processes(self) -> Iterator[Process]:
        """Yield the processes that are here."""
        yield from self.held
        yield from self.cpu.processes()

    def lines(self) -> list[Line]:
        """Return its processes and their states, as `ps` shows them."""
        return [] if self.current is None else self.current.residents.lines()

    def _let_in(self, process: Process) -> None:
        assert self.current is not None
        process.owner = Served(process, self._serve, self._lose)
        size = self.spec.task_memory if process.demand is None else process.demand.memory
        if not self.current.admit(process, size):
            process.owner.lost(process, _("the limit of processes is reached"))

    def _serve(self) -> None:
        self.served += 1

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
        self.memory, self.files = memory, files
        self.current = run = ContainerRun(
            self.node,
            self.spec,
            self.cpu,
            memory,
            files,
            self._record,
            self._fork,
            self._watch,
            self._closed,
        )
        self.starts += 1
        self.started_at = self.node.env.now
        self.enter(ContainerState.RUNNING)
        run.begin()
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
        run = self.current
        if run is not None:
            run.draining = self.spec.on_term is OnTerm.DRAIN
            self.enter(ContainerState.STOPPING)
            run.terminate()

    def signal(self, signal: Signal) -> None:
        """Send PID 1 a signal from outside; nothing where it has ended."""
        if self.state in UP and self.current is not None:
            self.current.signal(signal)

    def close(self) -> None:
        """Bring its accounts up to now, at the end of the run."""
        self.enter(self.state)
        self._collect()

    def check(self) -> None:
        """Audit the books; AuditError where they do not agree."""
        self.cpu.check()
        if self.memory is not None and self.state is not ContainerState.REMOVED:
            self.memory.check()
        if self.current is not None:
            self.current.check()

    def _closed(self, status: ExitStatus) -> None:
        self.status = status
        self._collect()
        self.enter(ContainerState.EXITED)
        self._ended(self, status)

    def _collect(self) -> None:
        """Take over the counts of the run that has ended, once."""
        if self.current is not None:
            counts = self.current.collect()
            self.oom_kills += counts.oom_kills
            self.refused += counts.refused
            self.most_processes = max(self.most_processes, counts.most)
