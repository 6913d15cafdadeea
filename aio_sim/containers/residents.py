"""The processes of a running container on its Cpu: their table, their calls, their ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol, SupportsIndex

from simpy.events import Event

from aio_sim.containers.processes.answers import CallRefused, Happening, What
from aio_sim.containers.processes.program import Call, Exit, Program, Stretch, stretches
from aio_sim.containers.processes.signals import ExitStatus, Signal
from aio_sim.containers.processes.states import BLOCKED, NEW, READY, RUNNING, ProcessState
from aio_sim.containers.processes.table import INIT, OUTSIDE, ProcessTable
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.messages import _
from aio_sim.kernel.span_record import Record
from aio_sim.scheduling import process as on_cpu
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.process import SYSTEM, Owner, Process

STATES = {
    on_cpu.NEW: NEW,
    on_cpu.READY: READY,
    on_cpu.RUNNING: RUNNING,
    on_cpu.BLOCKED: BLOCKED,
}
"""The states of a Cpu's processes, in the words of a process table."""


class Line(NamedTuple):
    """One process, as `ps` shows it."""

    pid: int
    parent: int
    name: str
    state: ProcessState


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


class Residents:
    """The processes of one run of a container.

    `closed` is told when PID 1 has ended, and all with it; `left` when any other process has.
    """

    def __init__(
        self,
        env: Environment,
        cpu: Cpu,
        table: ProcessTable,
        record: Record,
        left: Callable[[int], None],
        closed: Callable[[ExitStatus], None],
    ) -> None:
        self.table = table
        self.refused = 0
        """Processes that the limit kept from beginning."""
        self.most = 1
        """The most processes that there were at once, zombies included."""
        self._env = env
        self._cpu = cpu
        self._record = record
        self._left = left
        self._closed = closed
        self._here: dict[int, Resident] = {}
        self._acting: Resident | None = None  # the one that its Cpu just asks, or has let go
        self._waiting: dict[int, Event] = {}

    def __len__(self) -> int:
        return len(self._here)

    def __iter__(self) -> Iterator[Resident]:
        return iter(self._here.values())

    def lines(self) -> list[Line]:
        """Return all processes and their states, by PID."""
        return [
            Line(each.pid, each.parent, each.name, self._state(each.pid, each.state))
            for each in self.table.processes.values()
        ]

    def _state(self, pid: int, state: ProcessState) -> ProcessState:
        resident = self._here.get(pid)
        return state if resident is None else STATES.get(resident.process.state, state)

    def begin(self, pid: int, process: Process, program: ProgramBursts | None = None) -> Resident:
        """Let a process of the table run on the Cpu."""
        resident = Resident(pid, process, self._env.now, self._finished)
        if program is not None:
            program.resident = resident
            resident.program = program
            process.bursts = program
        self._here[pid] = resident
        if self.table.process(pid).state is NEW:
            self.table.admit(pid)
        self._cpu.accept(process)
        self.most = max(self.most, len(self.table.processes))
        return resident

    def enter(self, process: Process, name: str) -> Resident | None:
        """Let a task in; None where the limit of processes is reached."""
        try:
            (entered,) = self.table.enter(name)
        except CallRefused:
            self.refused += 1
            return None
        return self.begin(entered.pid, process)

    def acting(self, resident: Resident) -> _Acting:
        """Return a context in which a process acts, and is only marked where that ends it."""
        return _Acting(self, resident)

    def on_core(self, pid: int) -> None:
        """See to it that the table has a process running, which is about to act."""
        entry = self.table.process(pid)
        if entry.state is BLOCKED:
            self.table.wake(pid)
        if entry.state is READY:
            self.table.dispatch(pid)

    def wait_for(self, pid: int) -> Event:
        """Return an event that fires when the wait of a process for a child is over."""
        self._waiting[pid] = event = Event(self._env)
        return event

    def kill(self, pid: int, signal: Signal, sender: int = OUTSIDE) -> list[Happening]:
        """Send a signal and see to what comes of it; CallRefused where there is no such process."""
        happened = self.table.kill(sender, pid, signal)
        self.follow(happened)
        return happened

    def follow(self, happened: list[Happening]) -> None:
        """Do on the Cpu what has happened in the table."""
        for what, pid, _other, signal, _status in happened:
            if what is What.WOKE and pid in self._waiting:
                self._waiting.pop(pid).succeed()
            elif what in (What.ENDED, What.CLEARED):
                self._remove(pid, signal)
        first = next((each for each in happened if each.what is What.ENDED), None)
        if first is not None and first.pid == INIT and first.status is not None:
            self._closed(first.status)
        elif first is not None:
            self._left(first.pid)

    def _remove(self, pid: int, signal: Signal | None) -> None:
        self._waiting.pop(pid, None)
        resident = self._here.pop(pid, None)
        if resident is None:
            return
        name = self.table_name(resident)
        self._record.span(name, resident.began, self._env.now, resident.process.number)
        if resident is self._acting:
            resident.dead = signal is not None
            return
        self._cpu.remove(resident.process)
        resident.tell(_ended_by(signal))

    def table_name(self, resident: Resident) -> str:
        """Return what a trace calls a process."""
        return f"process {resident.pid}"

    def _finished(self, resident: Resident) -> None:
        if resident.dead:
            resident.tell(_ended_by(Signal.KILL))
            return
        code = 0 if resident.program is None else resident.program.code
        with self.acting(resident):
            self.on_core(resident.pid)
            self.follow(self.table.exit(resident.pid, code))
        resident.tell(None)


class _Acting:
    """While a process acts, what ends it only marks it: its Cpu is in the middle of asking."""

    __slots__ = ("_before", "_resident", "_residents")

    def __init__(self, residents: Residents, resident: Resident) -> None:
        self._residents = residents
        self._resident = resident
        self._before: Resident | None = None

    def __enter__(self) -> None:
        self._before = self._residents._acting
        self._residents._acting = self._resident

    def __exit__(self, *_error: object) -> None:
        self._residents._acting = self._before


def _ended_by(signal: Signal | None) -> str:
    name = Signal.KILL.name if signal is None else signal.name
    return _("the process was ended by {signal}").format(signal=name)


def program_process(number: int, now: int, program: ProgramBursts, like: Program) -> Process:
    """Return the process of a Cpu that runs a program from its beginning."""
    work = program.stretch()
    process = Process(number, now, work, like.priority, like.weight, source=SYSTEM)
    process.bursts = program
    return process
