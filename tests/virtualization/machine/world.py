"""A world of virtual machines: hosts with a manager, a monitor each, and machines made by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from aio_sim.hardware.device import Disk
from aio_sim.hardware.host import Host
from aio_sim.kernel.environment import SECOND, Environment
from aio_sim.kernel.span_record import Record
from aio_sim.kernel.trace import Trace
from aio_sim.resources.demand import Capacity
from aio_sim.resources.manager import ResourceManager
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.policies import Fair, FirstComeFirstServed
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.virtual_core import VirtualCores
from aio_sim.virtualization.machine import VirtualMachine
from aio_sim.virtualization.machine.claim import MachineClaim
from aio_sim.virtualization.machine.room import HostRoom
from aio_sim.virtualization.machine.vmm import Vmm
from aio_sim.virtualization.memory.guest_memory import GuestMemory
from aio_sim.virtualization.overcommit import HostLedger, Overcommit
from aio_sim.virtualization.profile import ESXI, Profile

MIB, GIB = 1 << 20, 1 << 30
RATE = 500_000_000
"""Bytes a second that disks read and write; they have no latency."""


class Ends:
    """Notes when its processes finish, and why they are lost."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self.at: dict[int, int] = {}
        self.reasons: dict[int, str] = {}

    def finished(self, process: Process) -> None:
        self.at[process.number] = self._env.now

    def lost(self, process: Process, reason: str) -> None:
        self.reasons[process.number] = reason


class World:
    """Hosts of two cores; what a monitor needs for itself beside a machine is `overhead` bytes."""

    def __init__(
        self,
        hosts: int = 1,
        memory: int = 8 * GIB,
        overhead: int = 0,
        profile: Profile = ESXI,
        disk: int = 10**12,
    ) -> None:
        self.env = Environment()
        self.trace = Trace("full")
        self.profile = profile
        self.ends = Ends(self.env)
        self.numbers = 1_000
        self.hosts: list[Host] = []
        self.cpus: list[Cpu] = []
        policy = Fair.model_validate({"latency": "120ms", "granularity": "30ms"})
        for number in range(hosts):
            name = f"h-{number}"
            cpu = Cpu(self.env, self.trace, name, 2, policy)
            self.cpus.append(cpu)
            self.hosts.append(Host(name, cpu, memory, Disk(self.env, disk, RATE, RATE, 0)))
        self.manager = ResourceManager(
            self.env, [Capacity(host.name, 2, memory, disk) for host in self.hosts]
        )
        self.rooms = [
            HostRoom(
                self.env,
                host,
                number,
                self.manager,
                HostLedger(2, memory, Overcommit(Fraction(100), Fraction(100))),
                lambda _cores, _memory: overhead,
            )
            for number, host in enumerate(self.hosts)
        ]
        self.monitors = [
            Vmm(self.env, self.trace, room, profile, self.number) for room in self.rooms
        ]

    def number(self, _name: str = "") -> int:
        self.numbers += 1
        return self.numbers

    def machine(
        self, name: str = "vm", cores: int = 1, memory: GuestMemory | None = None, **options: Any
    ) -> VirtualMachine:
        """Return a machine that is to be made on the first host."""
        supply = VirtualCores(self.env, self.hosts[0].cpu, self.number() * 1000)
        cpu = Cpu(self.env, self.trace, name, cores, FirstComeFirstServed(), supply=supply)
        return VirtualMachine(
            self.env,
            name,
            self.hosts[0],
            cpu,
            supply,
            GIB,
            record=Record(self.trace, name),
            guest_memory=memory,
            **options,
        )

    def up(self, name: str = "vm", host: int = 0, **claims: Any) -> VirtualMachine:
        """Return a machine that runs, or is soon to run, by a claim of a core and a GiB."""
        own = ("guest_memory", "open_space", "on_down")
        options = {key: claims.pop(key) for key in own if key in claims}
        memory = options.pop("guest_memory", None)
        machine = self.machine(name, claims.get("cores", 1), memory, **options)
        self.monitors[host].adopt(machine, claim(**claims))
        return machine

    def task(self, number: int, work: float = 1, **options: Any) -> Process:
        """Return a task of so many seconds, whose end is noted."""
        process = Process(number, self.env.now, round(work * SECOND), **options)
        process.owner = self.ends
        return process

    def until(self, seconds: float) -> None:
        """Let time pass up to an instant, which is not part of it."""
        self.env.run(until=round(seconds * SECOND))

    def spans(self, track: str) -> list[tuple[str, float, float]]:
        """Return the spans of a track: what, from when, to when (seconds)."""
        text = self.trace.text
        return [
            (text(name), start / SECOND, end / SECOND)
            for name, where, _process, start, end in self.trace.spans.rows()
            if text(where) == track and end > start
        ]

    def allotted(self, *machines: VirtualMachine, host: int = 0) -> list[int]:
        """Return how many bytes of a host the guests may use."""
        return [self.rooms[host].lodgers[machine].allotted for machine in machines]


def claim(cores: int = 1, memory: int = GIB, **options: Any) -> MachineClaim:
    return MachineClaim(cores, memory, **options)
