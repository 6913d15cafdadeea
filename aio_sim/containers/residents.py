"""The processes of a running container on its Cpu: their table, their calls, their ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from simpy.events import Event

from aio_sim.containers.processes.answers import CallRefused, Happening, What
from aio_sim.containers.processes.signals import ExitStatus, Signal
from aio_sim.containers.processes.states import BLOCKED, NEW, READY, RUNNING, ProcessState
from aio_sim.containers.processes.table import INIT, OUTSIDE, ProcessTable
from aio_sim.containers.resident import ProgramBursts, Resident, ended_by
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.span_record import Record
from aio_sim.scheduling import process as on_cpu
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.process import Process

STATES = {
    on_cpu.NEW: NEW,
    on_cpu.READY: READY,
    on_cpu.RUNNING: RUNNING,
    on_cpu.BLOCKED: BLOCKED,
}
"""The states of a Cpu's processes, in the words of a process table."""


PROCESSES = " processes"
"""How the track of what happens to the processes of a container ends."""


class Line(NamedTuple):
    """One process, as `ps` shows it."""

    pid: int
    parent: int
    name: str
    state: ProcessState


class Residents:
    """The processes of one run of a container.

    `closing` is told when PID 1 has ended and all with it, `closed` once they are off the Cpu;
    `left` is told when any other process has ended.
    """

    def __init__(
        self,
        env: Environment,
        cpu: Cpu,
        table: ProcessTable,
        record: Record,
        left: Callable[[int], None],
        closing: Callable[[], None],
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
        self._story = Record(record.trace, f"{record.track}{PROCESSES}")
        self._left = left
        self._closing = closing
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
        self._here[pid] = resident
        if program is not None:
            program.resident = resident
            resident.program = program
            process.bursts = program
            parent = self.table.process(pid).parent
            self.tell([Happening(What.FORKED, pid, parent)])
        if self.table.process(pid).state is NEW:
            self.table.admit(pid)
        self._cpu.accept(process)
        self.most = max(self.most, len(self.table.processes))
        return resident

    def admit(self, name: str) -> int | None:
        """Let a process in from outside; return its PID, None where the limit is reached."""
        try:
            (entered,) = self.table.enter(name)
        except CallRefused:
            self.refused += 1
            return None
        return entered.pid

    def enter(self, process: Process, name: str) -> Resident | None:
        """Let a task in; None where the limit of processes is reached."""
        pid = self.admit(name)
        return None if pid is None else self.begin(pid, process)

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

    def tell(self, happened: list[Happening]) -> None:
        """Note what has happened to processes with programs, in a full trace."""
        if not self._story.kept:
            return
        for what, pid, other, signal, status in happened:
            if self._is_task(pid) or (what is What.REAPED and other == OUTSIDE):
                continue
            entry = self.table.processes.get(pid)
            sign = "-" if signal is None else signal.name
            code = "-" if status is None else status.reported
            name = "-" if entry is None else entry.name
            self._story.note(f"{what} {pid} {other} {sign} {code} {name}", self._env.now)

    def note(self, what: str, pid: int) -> None:
        """Note what is no answer of the table, in a full trace."""
        self._story.note(f"{what} {pid} 0 - - -", self._env.now)

    def _is_task(self, pid: int) -> bool:
        resident = self._here.get(pid)
        return resident is not None and resident.program is None

    def kill(self, pid: int, signal: Signal, sender: int = OUTSIDE) -> list[Happening]:
        """Send a signal and see to what comes of it; CallRefused where there is no such process."""
        happened = self.table.kill(sender, pid, signal)
        self.follow(happened)
        return happened

    def follow(self, happened: list[Happening]) -> None:
        """Do on the Cpu what has happened in the table."""
        self.tell(happened)
        first = next((each for each in happened if each.what is What.ENDED), None)
        if first is not None and first.pid == INIT:
            self._closing()  # first, for what is lost may be sent again at once, but not here
        for what, pid, _other, signal, _status in happened:
            if what is What.WOKE and pid in self._waiting:
                self._waiting.pop(pid).succeed()
            elif what in (What.ENDED, What.CLEARED):
                self._remove(pid, signal)
        if first is not None and first.pid == INIT and first.status is not None:
            self._closed(first.status)
        elif first is not None:
            self._left(first.pid)

    def _remove(self, pid: int, signal: Signal | None) -> None:
        self._waiting.pop(pid, None)
        resident = self._here.pop(pid, None)
        if resident is None:
            return
        self._record.span(f"process {pid}", resident.began, self._env.now, resident.process.number)
        if resident is self._acting:
            resident.dead = signal is not None
            return
        self._cpu.remove(resident.process)
        resident.tell(ended_by(signal))

    def _finished(self, resident: Resident) -> None:
        if resident.dead:
            resident.tell(ended_by(Signal.KILL))
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
