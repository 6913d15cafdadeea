"""One process of a container on its Cpu: a task, or one that runs a program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, SupportsIndex

from simpy.events import Event

from aio_sim.containers.processes.program import Call, Exit, Program, Stretch, stretches
from aio_sim.containers.processes.signals import Signal
from aio_sim.kernel.messages import _
from aio_sim.scheduling.process import SYSTEM, Owner, Process


class Calls(Protocol):
    """What carries out the calls of programs."""

    def carry_out(self, resident: Resident, call: Call) -> int | Event:
        """Do what a process asks for; return what it waits for before it goes on."""


class ProgramBursts:
    """The bursts of a process that runs a program: CPU time, a call, CPU time, a call, ..."""

    __slots__ = ("_at", "_call", "_calls", "_repeat", "_stretches", "resident")

    def __init__(self, program: Program, fork: int, calls: Calls) -> None:
        self._stretches: tuple[Stretch, ...] = stretches(program, fork)
        self._repeat = program.repeat
        self._calls = calls
        self._at = 0
        self._call: Call | None = None
        self.resident: Resident | None = None

    @property
    def code(self) -> int:
        """What it exits with, now that it does."""
        return self._call.code if isinstance(self._call, Exit) else 0

    def __bool__(self) -> bool:
        resident = self.resident
        return not (resident is not None and resident.dead) and not isinstance(self._call, Exit)

    def stretch(self) -> int:
        """Begin the next stretch, and return its CPU time."""
        work, self._call = self._stretches[self._at]
        self._at += 1
        if self._repeat:
            self._at %= len(self._stretches)
        return work

    def pop(self, _index: SupportsIndex, /) -> Any:
        """Return what comes next: what the call waits for, then the CPU time of a stretch."""
        if self._call is None:
            return self.stretch()
        call, self._call = self._call, None
        assert self.resident is not None
        return self._calls.carry_out(self.resident, call)


class Resident:
    """A process of a container, and of the Cpu that runs it: a task, or one with a program."""

    __slots__ = ("_ended", "adjustment", "began", "dead", "owner", "pid", "process", "program")

    def __init__(
        self, pid: int, process: Process, began: int, ended: Callable[[Resident], None]
    ) -> None:
        self.pid = pid
        self.process = process
        self.began = began
        self.owner: Owner | None = process.owner
        """Who wants to hear of its end, beside the container."""
        self.program: ProgramBursts | None = None
        self.adjustment = 0
        self.dead = False
        """Whether it was ended while its Cpu was asking it what to do next."""
        self._ended = ended
        process.owner = self

    def finished(self, _process: Process) -> None:
        """Hear from the Cpu that nothing is left to do."""
        self._ended(self)

    def lost(self, process: Process, reason: str) -> None:
        """Hear that the Cpu is no more."""
        self.tell(reason)

    def tell(self, reason: str | None) -> None:
        """Tell its owner that it has finished, or why it has not."""
        self.process.owner = owner = self.owner
        if owner is None:
            return
        if reason is None:
            owner.finished(self.process)
        else:
            owner.lost(self.process, reason)


def ended_by(signal: Signal | None) -> str:
    """Return why a process was lost that a signal has ended, or the end of PID 1."""
    name = Signal.KILL.name if signal is None else signal.name
    return _("the process was ended by {signal}").format(signal=name)


def program_process(number: int, now: int, program: ProgramBursts, like: Program) -> Process:
    """Return the process of a Cpu that runs a program from its beginning."""
    work = program.stretch()
    process = Process(number, now, work, like.priority, like.weight, source=SYSTEM)
    process.bursts = program
    return process
