"""The calls that programs in a container make, and what the kernel and the runtime do with them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from simpy.events import Event

from aio_sim.containers.container_memory import ContainerMemory
from aio_sim.containers.files import ContainerFiles
from aio_sim.containers.node import Node
from aio_sim.containers.processes.answers import CallRefused, What
from aio_sim.containers.processes.program import (
    Allocate,
    Call,
    Free,
    Handle,
    Kill,
    Program,
    Sleep,
    Spawn,
    Wait,
    Write,
)
from aio_sim.containers.processes.signals import Signal
from aio_sim.containers.processes.states import ZOMBIE
from aio_sim.containers.processes.table import INIT
from aio_sim.containers.resident import ProgramBursts, Resident, program_process
from aio_sim.containers.residents import Residents

FORK_REFUSED: Final = "fork_refused"
OUT_OF_MEMORY: Final = "out_of_memory"
"""What a full trace calls a fork that the limit forbade, and the choice of a victim."""


class ContainerCalls:
    """Carries out calls of the processes of one run of a container.

    `fork` is the CPU time of a fork and exec; `together` says that all die where memory runs out.
    """

    def __init__(
        self,
        node: Node,
        name: str,
        residents: Residents,
        memory: ContainerMemory,
        files: ContainerFiles,
        fork: int,
        *,
        together: bool,
    ) -> None:
        self.oom_kills = 0
        """Processes that were killed because memory had run out."""
        self._node = node
        self._name = name
        self._residents = residents
        self._memory = memory
        self._files = files
        self._fork = fork
        self._together = together

    def begin(self, pid: int, program: Program) -> Resident:
        """Let a process of the table run a program."""
        bursts = ProgramBursts(program, self._fork, self)
        number = self._node.numbers([f"{self._name}: {program.name}"])
        process = program_process(number, self._node.env.now, bursts, program)
        resident = self._residents.begin(pid, process, bursts)
        resident.adjustment = program.adjustment
        return resident

    def carry_out(self, resident: Resident, call: Call) -> int | Event:
        """Do what a process asks for; return what it waits for before it goes on."""
        with self._residents.acting(resident):
            self._residents.on_core(resident.pid)
            waits = _HANDLERS[type(call)](self, resident.pid, call)
        if resident.dead:
            return Event(self._node.env).succeed()
        return waits

    def allocate(self, pid: int, size: int, *, cached: bool = False) -> None:
        """Give a process memory, and kill for it where there is none, perhaps the process."""
        table = self._residents.table
        while not self._memory.charge(pid, size, cached=cached):
            alive = {each.pid: each.adjustment for each in self._residents}
            if INIT in table.processes and INIT not in alive:
                alive[INIT] = 0
            for victim in self._memory.victims(alive, together=self._together) or [pid]:
                if victim in table.processes:
                    self.oom_kills += 1
                    self._residents.note(OUT_OF_MEMORY, victim)
                    self._residents.kill(victim, Signal.KILL)
            if pid not in table.processes or table.process(pid).state is ZOMBIE:
                return

    def _sleep(self, pid: int, call: Sleep) -> int:
        self._residents.table.block(pid)
        return call.time

    def _spawn(self, pid: int, call: Spawn) -> int:
        residents, program = self._residents, call.program
        assert program is not None  # for `stretches` has put the process's own there
        try:
            forked, _replaced = residents.table.spawn(pid, program.name)
        except CallRefused:
            residents.refused += 1
            residents.note(FORK_REFUSED, pid)
            return 0
        self.begin(forked.pid, program)
        return 0

    def _wait(self, pid: int, call: Wait) -> int | Event:
        try:
            happened = self._residents.table.wait(pid, call.child)
        except CallRefused:
            return 0
        self._residents.tell(happened)
        if happened[0].what is What.BLOCKED:
            return self._residents.wait_for(pid)
        return 0

    def _kill(self, pid: int, call: Kill) -> int:
        with suppress(CallRefused):
            self._residents.kill(call.pid, call.signal, sender=pid)
        return 0

    def _handle(self, pid: int, call: Handle) -> int:
        self._residents.table.handle(pid, call.signal, call.disposition)
        return 0

    def _allocate(self, pid: int, call: Allocate) -> int:
        self.allocate(pid, call.size, cached=call.cached)
        return 0

    def _free(self, pid: int, call: Free) -> int:
        self._memory.free(pid, call.size)
        return 0

    def _write(self, pid: int, call: Write) -> Event:
        self._residents.table.block(pid)
        return self._files.write(call.file, call.length, call.offset)


_HANDLERS: Final[dict[type, Callable[[ContainerCalls, int, Any], int | Event]]] = {
    Sleep: ContainerCalls._sleep,
    Spawn: ContainerCalls._spawn,
    Wait: ContainerCalls._wait,
    Kill: ContainerCalls._kill,
    Handle: ContainerCalls._handle,
    Allocate: ContainerCalls._allocate,
    Free: ContainerCalls._free,
    Write: ContainerCalls._write,
}
