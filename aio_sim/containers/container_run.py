"""One run of a container: its processes, from the start of PID 1 to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from aio_sim.containers.calls import ContainerCalls
from aio_sim.containers.container_memory import ContainerMemory
from aio_sim.containers.files import ContainerFiles
from aio_sim.containers.node import Node
from aio_sim.containers.processes.program import Program
from aio_sim.containers.processes.signals import ExitStatus, Response, Signal
from aio_sim.containers.processes.table import INIT, ProcessTable
from aio_sim.containers.residents import Residents
from aio_sim.containers.spec import ContainerSpec
from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.messages import _
from aio_sim.kernel.span_record import Record
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.process import Process


class RunCounts(NamedTuple):
    """Processes killed for want of memory and kept out by the limit, and the most at once."""

    oom_kills: int
    refused: int
    most: int


class ContainerRun:
    """What runs in a container that has been started.

    `closing` is told when it lets no more tasks in, as PID 1 has ended; `closed` when all is over.
    """

    def __init__(
        self,
        node: Node,
        spec: ContainerSpec,
        cpu: Cpu,
        memory: ContainerMemory,
        files: ContainerFiles,
        record: Record,
        fork: int,
        closing: Callable[[], None],
        closed: Callable[[ExitStatus], None],
    ) -> None:
        name = spec.image if spec.program is None else spec.program.name
        self.table = table = ProcessTable(name, limit=spec.processes, reaps=spec.init)
        table.init.dispositions[Signal.TERM] = spec.on_term.disposition
        self.draining = False
        """Whether it lets no more tasks in, and ends with the last one inside."""
        self.residents = residents = Residents(
            node.env, cpu, table, record, self._left, self._close, self._end
        )
        self._calls = ContainerCalls(
            node, spec.name, residents, memory, files, fork, together=spec.oom_together
        )
        self._spec = spec
        self._memory = memory
        self._closing = closing
        self._closed = closed

    def begin(self) -> None:
        """Let PID 1 run its program, or wait for tasks."""
        table = self.table
        if self._spec.program is not None:
            self._calls.begin(INIT, self._spec.program)
        else:
            table.admit(INIT)
            table.dispatch(INIT)
            table.block(INIT)
        if self._spec.base_memory:
            self._calls.allocate(INIT, self._spec.base_memory)

    def admit(self, process: Process, size: int) -> bool:
        """Let a task in that holds so many bytes; False where the limit of processes is reached."""
        resident = self.residents.enter(process, "task")
        if resident is not None and size:
            self._calls.allocate(resident.pid, size)
        return resident is not None

    def execute(self, program: Program) -> bool:
        """Let one more process run a program; False where the limit of processes is reached."""
        pid = self.residents.admit(program.name)
        if pid is not None:
            self._calls.begin(pid, program)
        return pid is not None

    def terminate(self) -> None:
        """Ask PID 1 to end; one that drains does so once nobody else is there."""
        self.signal(Signal.TERM)
        self._end_if_drained()

    def signal(self, signal: Signal) -> None:
        """Send PID 1 a signal from outside."""
        self.residents.kill(INIT, signal)

    def collect(self) -> RunCounts:
        """Return the counts since they were collected last."""
        calls, residents = self._calls, self.residents
        counts = RunCounts(calls.oom_kills, residents.refused, residents.most)
        calls.oom_kills = residents.refused = 0
        return counts

    def check(self) -> None:
        """Raise AuditError where there are more processes than there may be."""
        limit = self._spec.processes
        if limit is not None and len(self.table.processes) > limit:
            raise AuditError(
                _("{machine} has more processes than it may").format(machine=self._spec.name)
            )

    def _left(self, pid: int) -> None:
        self._memory.forget(pid)
        self._end_if_drained()

    def _end_if_drained(self) -> None:
        """Let PID 1 end that drains, once nobody else is there."""
        if not self.draining or self.table.ended:
            return
        if all(resident.pid == INIT for resident in self.residents):
            init = self.table.init
            exits = init.disposition(Signal.TERM)._replace(response=Response.EXIT)
            init.dispositions[Signal.TERM] = exits
            self.signal(Signal.TERM)

    def _close(self) -> None:
        self.draining = True
        self._closing()

    def _end(self, status: ExitStatus) -> None:
        self._memory.clear()
        self._closed(status)
