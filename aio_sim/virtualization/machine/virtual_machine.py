"""A virtual machine: a guest's Cpu and memory, and the state that it is in."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from simpy.events import Event

from aio_sim.hardware.host import Host
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.span_record import Record
from aio_sim.scheduling.completion import completion_of
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.virtual_core import VirtualCores
from aio_sim.virtualization.machine.faulting import FaultingBursts, FaultRecord, Tenant
from aio_sim.virtualization.memory.guest_memory import AddressSpace, GuestMemory, Stretch
from aio_sim.virtualization.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator


class VmState(StrEnum):
    """Where a virtual machine is in its life."""

    CREATING = "creating"
    BOOTING = "booting"
    RUNNING = "running"
    PAUSED = "paused"
    SAVING = "saving"
    SHUTTING_DOWN = "shutting down"
    OFF = "off"
    DESTROYED = "destroyed"


UP = frozenset({VmState.RUNNING, VmState.PAUSED, VmState.SAVING})
"""States in which a guest has tasks inside, whether it goes on with them or not."""

AT_WORK = frozenset({VmState.BOOTING, VmState.RUNNING, VmState.SHUTTING_DOWN})
"""States in which a guest's cores have something to do."""

OpenSpace = Callable[[GuestMemory, Process], AddressSpace | None]
"""Gives a task an address space in a guest's memory, by its locality; None where it has none."""


def _nobody_cares(_down: bool) -> None:
    pass


class VirtualMachine:
    """A machine whose cores are processes of a host's Cpu; a Machine as any other.

    Tasks that come before it runs for the first time wait; those that are inside when it is shut
    down or destroyed are lost, and so are those that come after that.
    """

    def __init__(
        self,
        env: Environment,
        name: str,
        host: Host,
        cpu: Cpu,
        cores: VirtualCores,
        memory: int,
        *,
        record: Record,
        guest_memory: GuestMemory | None = None,
        open_space: OpenSpace | None = None,
        dirty_rate: int = 0,
        on_down: Callable[[bool], None] = _nobody_cares,
    ) -> None:
        self.name = name
        self.host = host
        self.cpu = cpu
        self.size = memory
        """What the guest is told that it has, in bytes."""
        self.memory = memory
        """Bytes that the guest has: what it is told, or less while a balloon holds the rest."""
        self.guest_memory = guest_memory
        self.dirty_rate = dirty_rate
        """Bytes a second that it writes while it runs."""
        self.state = VmState.CREATING
        self.times = dict.fromkeys(VmState, 0)
        """Nanoseconds in each state, up to the last change."""
        self.swapped_in = self.swapped_out = 0
        """Bytes read and written by faults and balloons."""
        self._env = env
        self._virtual_cores = cores
        self._record = record
        self._cpu_efficiency = self._disk_efficiency = self._factor = Fraction(1)
        self._open_space = open_space
        self._faults = FaultRecord(env, record)
        self._on_down = on_down  # told when it takes no tasks any more, or takes some again
        self._followers: list[Callable[[VmState], None]] = []
        self._since = env.now
        self.refusal = ""
        """Why it was refused, "" where it was not."""
        self.held: list[Process] = []
        """Tasks that wait for its first run."""
        self._followed: set[Host] = set()  # whose changes of speed it hears of
        cores.park()
        self._follow(host)

    # What a Machine does

    @property
    def cores(self) -> int:
        """How many virtual cores it has."""
        return self.cpu.cores

    def run(self, process: Process) -> Event:
        """Run a process; the event fires, with the process, when it ends."""
        return completion_of(process, self._env, self.accept)

    def accept(self, process: Process) -> None:
        """Run a process; its owner hears when it ends, or that it is lost."""
        if self.state in UP:
            self._let_in(process)
        elif self.state in (VmState.CREATING, VmState.BOOTING):
            self.held.append(process)
        elif process.owner is not None:
            process.owner.lost(process, self._gone())

    def withdraw(self, process: Process) -> None:
        """Take a process away unfinished; its owner hears nothing."""
        if process in self.held:
            self.held.remove(process)
            return
        self.cpu.remove(process)
        if isinstance(process.owner, Tenant):
            process.owner.leave(process)

    def processes(self) -> Iterator[Process]:
        """Yield the processes that are here."""
        yield from self.held
        yield from self.cpu.processes()

    def _let_in(self, process: Process) -> None:
        if self.guest_memory is not None and self._open_space is not None:
            try:
                space = self._open_space(self.guest_memory, process)
            except InputError as error:  # it can never fit
                if process.owner is not None:
                    process.owner.lost(process, str(error))
                return
            if space is not None:
                process.owner = Tenant(process, space)
                swap = partial(self._faults.watch, process.number, self._swap)
                bursts = FaultingBursts(space, process.remaining, process.bursts, swap)
                process.bursts = bursts
                process.remaining = bursts.stretch()
        self.cpu.accept(process)

    def _swap(self, fault: Stretch) -> Event:
        """Have a fault's dirty victims written, then its pages read, by the host's disk."""
        self.swapped_in += fault.read
        return self._swap_out(fault.written, fault.read)

    def _swap_out(self, written: int, read: int = 0) -> Event:
        self.swapped_out += written
        return self._transfer(written, read)

    def _transfer(self, written: int, read: int = 0) -> Event:
        """Have the host's disk write, then read so many bytes; fires when it has."""
        disk = self.host.disk
        done = Event(self._env).succeed() if disk is None else None
        if disk is not None and written:
            done = disk.write(int(written / self._disk_efficiency))
        if disk is not None and read:
            done = disk.read(int(read / self._disk_efficiency))
        return done or Event(self._env).succeed()

    # What its monitor does with it

    @property
    def up(self) -> bool:
        """Whether it has something in its memory: booted, and not shut down since."""
        return self.state in UP

    @property
    def running(self) -> bool:
        """Whether it runs: not paused, not shut down."""
        return self.state is VmState.RUNNING

    @property
    def ran(self) -> int:
        """For how many nanoseconds it has run so far."""
        return self.times[VmState.RUNNING] + self.running * (self._env.now - self._since)

    def follow(self, changed: Callable[[VmState], None]) -> None:
        """Tell of each state that it comes into, before it loses its tasks, if it does."""
        self._followers.append(changed)

    def read(self, size: int) -> Event:
        """Read so many bytes from its disk, which is a part of its host's."""
        return self._transfer(0, size)

    def write(self, size: int) -> Event:
        """Write so many bytes to its disk."""
        return self._transfer(size)

    def enter(self, state: VmState) -> None:
        """Go over to a state; its virtual cores run in those that have something to run."""
        now = self._env.now
        self.times[self.state] += now - self._since
        self._record.span(str(self.state), self._since, now)
        before, self._since, self.state = self.state, now, state
        for changed in self._followers if state is not before else ():
            changed(state)
        if state in (VmState.SHUTTING_DOWN, VmState.DESTROYED):
            self._on_down(True)  # first, for what is lost may be sent again at once, but not here
            self._lose_all()
        elif state is VmState.BOOTING:
            self._on_down(False)
        if state in AT_WORK:
            self._virtual_cores.unpark()
        else:
            self._virtual_cores.park()
        if state is VmState.RUNNING:
            held, self.held = self.held, []
            for process in held:
                self._let_in(process)

    def refuse(self, reason: str) -> None:
        """End without ever having run, as there is no room for it."""
        self.refusal = reason
        self.enter(VmState.DESTROYED)
        self._record.note(f"refused by {self.host.name}: {reason}", self._env.now)

    def pause(self) -> None:
        """Stop where it is; nothing where it does not run."""
        if self.running:
            self.enter(VmState.PAUSED)

    def resume(self) -> None:
        """Go on; nothing where it is not paused."""
        if self.state is VmState.PAUSED:
            self.enter(VmState.RUNNING)

    def slow_down(self, factor: Fraction) -> None:
        """Run at this share of its full speed."""
        self._factor = factor
        self._set_speed()

    def relocate(self, host: Host, profile: Profile | None = None) -> None:
        """Run on another host from now on, as efficiently as a profile says, if one is given."""
        self.host = host
        if profile is not None:
            self._cpu_efficiency = profile.speed
            self._disk_efficiency = profile.disk_efficiency
        self._virtual_cores.move(host.cpu)
        self._follow(host)

    @property
    def stolen(self) -> int:
        """Nanoseconds that its cores had something to run and the host ran others."""
        return self._virtual_cores.waited

    def weigh(self, weight: float) -> None:
        """Have each of its virtual cores count so much against others on the host."""
        self._virtual_cores.weigh(weight)

    @property
    def least_memory(self) -> int:
        """The bytes that its present tasks cannot do without."""
        return 0 if self.guest_memory is None else self.guest_memory.least

    def resize(self, memory: int) -> Event:
        """Let the guest use so many bytes of its memory; fires when what must out is written."""
        if memory != self.memory:
            self._record.note(f"balloon {self.memory} {memory}", self._env.now)
            self.memory = memory
        dirty = 0 if self.guest_memory is None else self.guest_memory.resize(memory)
        return self._swap_out(dirty)

    def close(self) -> None:
        """Bring its accounts up to now, at the end of the run."""
        self.enter(self.state)
        self._faults.close()

    def _follow(self, host: Host) -> None:
        """Be as fast as that host allows, and go on to be where its speed changes."""
        if host not in self._followed:
            self._followed.add(host)
            host.cpu.follow_speed(self._set_speed)
        self._set_speed()

    def _set_speed(self) -> None:
        self.cpu.set_speed(self.host.cpu.speed * self._cpu_efficiency * self._factor)

    def _gone(self) -> str:
        if self.refusal:
            sentence = _("{machine} was refused: {reason}")
            return sentence.format(machine=self.name, reason=self.refusal)
        return _("{machine} is {state}").format(machine=self.name, state=str(self.state))

    def _lose_all(self) -> None:
        """Take all tasks off, and tell their owners that they are lost."""
        held, self.held = self.held, []
        inside = sorted(self.cpu.processes(), key=lambda process: process.number)
        self.cpu.charge()
        for process in inside:
            self.cpu.remove(process)
        for process in held + inside:
            if process.owner is not None:
                process.owner.lost(process, self._gone())
