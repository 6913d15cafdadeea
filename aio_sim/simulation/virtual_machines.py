"""Wires the virtual machines of a scenario, and lets each go through its life."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from simpy.events import Event

from aio_sim.hardware.host import Host
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.span_record import Record
from aio_sim.scenario.virtual_machines import VmSpec
from aio_sim.scenario.vm_steps import BalloonStep, Migration, StepSpec
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.cpu_quota import CpuQuota
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.virtual_core import VirtualCores
from aio_sim.simulation.ground import Ground
from aio_sim.simulation.part import Part
from aio_sim.simulation.switching import switches
from aio_sim.simulation.transporting import under
from aio_sim.simulation.virtual_report import refusals, virtual_totals
from aio_sim.virtualization.image_copier import ImageCopier
from aio_sim.virtualization.image_copy import ImageCopy
from aio_sim.virtualization.machine import VirtualMachine, VmState
from aio_sim.virtualization.machine.claim import MachineClaim
from aio_sim.virtualization.machine.moving import HostDisks, LentSpace, MachineRooms
from aio_sim.virtualization.machine.placing import HostChoice
from aio_sim.virtualization.machine.room import HostRoom
from aio_sim.virtualization.machine.vmm import Vmm
from aio_sim.virtualization.migration import Migrator
from aio_sim.virtualization.overcommit import HostLedger
from aio_sim.virtualization.profile import Profile

if TYPE_CHECKING:
    from aio_sim.virtualization.memory.guest_memory import AddressSpace, GuestMemory

LIMIT_PERIOD: Final = 100_000_000
"""The period in which a limit of cores is kept; Linux's default of cpu.cfs_period_us, in ns."""

Story = Generator[Event, Any, None]


@dataclass(frozen=True)
class VirtualSystem:
    """The virtual machines of one run, and all that works for them."""

    machines: dict[str, VirtualMachine]
    monitors: dict[str, Vmm]
    """By the name of the host."""
    quotas: dict[str, CpuQuota]
    """Of the machines with a limit of cores, by name."""
    migrator: Migrator | None
    copier: ImageCopier | None
    disks: HostDisks
    choice: HostChoice

    @property
    def part(self) -> Part:
        """What a run asks of it."""
        return Part(
            machines=self.machines,
            cpus=lambda: [machine.cpu for machine in self.machines.values()],
            held=lambda: chain.from_iterable(machine.held for machine in self.machines.values()),
            failed=self.host_failed,
            repaired=self.host_repaired,
            link_repaired=self.recover,
            close=self.close,
            totals=partial(virtual_totals, self),
            meta=partial(refusals, self),
        )

    def on(self, host: str) -> list[str]:
        """Return the names of the machines that are on a host, and of those that lose pages there.

        A machine loses pages with the host that it has come from while some are there still.
        """
        monitor = self.monitors.get(host)
        if monitor is None:
            return []
        there = [machine.name for machine in monitor.room.lodgers if monitor.runs(machine)]
        return there + (self.migrator.drawing_on(host) if self.migrator is not None else [])

    def host_failed(self, host: str) -> None:
        """Lose the machines on a host, or whose pages are there."""
        if host not in self.monitors:
            return
        lost = self.on(host)
        self.choice.take_down(host, True)
        self.monitors[host].room.down = True
        for name in lost:
            machine = self.machines[name]
            if self.migrator is not None:
                self.migrator.abandon(name)
            self.monitors[machine.host.name].lose(machine)

    def host_repaired(self, host: str) -> None:
        """Let machines be made on a host again."""
        if host in self.monitors:
            self.choice.take_down(host, False)
            self.monitors[host].room.down = False

    def recover(self) -> None:
        """Let machines go on that waited for a link to be repaired."""
        if self.migrator is not None:
            self.migrator.recover()

    def close(self) -> None:
        """Bring all accounts up to the end, and give back what the machines still have."""
        for worker in (self.migrator, self.copier):
            if worker is not None:
                worker.close()
        for machine in self.machines.values():
            machine.close()
        for monitor in self.monitors.values():
            monitor.room.close()
        self.disks.close()


def virtual_system(ground: Ground) -> VirtualSystem | None:
    """Make the machines of a scenario, whose lives then begin; None where it has none."""
    scenario = ground.scenario
    if not scenario.vms and not scenario.copies:
        return None
    monitors = _monitors(ground)
    numbers = {host.name: number for number, host in enumerate(ground.hosts)}
    disks = HostDisks(ground.manager, numbers)
    machines: dict[str, VirtualMachine] = {}
    copier, migrator = _movers(ground, machines, monitors, disks)
    choice = _choice(ground, monitors)
    system = VirtualSystem(machines, monitors, {}, migrator, copier, disks, choice)
    hosts = {host.name: host for host in ground.hosts}
    for spec in scenario.vms:
        for name in spec.names:
            host = hosts[spec.host] if spec.host else ground.hosts[0]
            machine = _machine(ground, system, name, spec, host)
            system.machines[name] = machine
            ground.ending.story(_life(ground, system, machine, spec, hosts))
    for number, copy in enumerate(scenario.copies):
        image = copy.build(f"copy-{number}", scenario.seed)
        assert copier is not None  # for hosts between which something is copied are on a network
        assert ground.transport is not None
        network = under(ground.transport, copy.encryption)
        make = partial(copier.copy, image, hosts[copy.source], hosts[copy.destination], network)
        ground.ending.story(_later(ground.env, copy.at, make))
    return system


def _monitors(ground: Ground) -> dict[str, Vmm]:
    profile = Profile.named(ground.scenario.vmm.profile)
    monitors = {}
    for number, host in enumerate(ground.hosts):
        limits = ground.scenario.vmm.limits
        ledger = HostLedger(host.cores, host.memory, limits, profile.host_memory)
        room = HostRoom(ground.env, host, number, ground.manager, ledger, profile.overhead)
        monitors[host.name] = Vmm(ground.env, ground.trace, room, profile, ground.number)
    return monitors


def _choice(ground: Ground, monitors: Mapping[str, Vmm]) -> HostChoice:
    vmm = ground.scenario.vmm
    ledgers = {name: monitor.room.ledger for name, monitor in monitors.items()}
    overhead = Profile.named(vmm.profile).overhead
    return HostChoice(ground.env, vmm.placement, ground.streams, ledgers, ground.manager, overhead)


def _movers(
    ground: Ground,
    machines: Mapping[str, VirtualMachine],
    monitors: Mapping[str, Vmm],
    disks: HostDisks,
) -> tuple[ImageCopier | None, Migrator | None]:
    if ground.transport is None:
        return None, None
    number = partial(ground.number, "image copy")
    ways = ground.env, ground.trace, ground.transport
    rooms = MachineRooms({name: monitor.room for name, monitor in monitors.items()}, machines)
    migrator = Migrator(*ways, rooms, ImageCopier(*ways, LentSpace(), number))
    return ImageCopier(*ways, disks, number), migrator


def _machine(
    ground: Ground, system: VirtualSystem, name: str, spec: VmSpec, host: Host
) -> VirtualMachine:
    env, trace = ground.env, ground.trace
    first = trace.add_processes([f"{name}/{core}" for core in range(spec.cores)])
    quota = None
    if spec.limit.cores is not None and spec.limit.cores < spec.cores:
        quota = CpuQuota(env, max(round(spec.limit.cores * LIMIT_PERIOD), 1), LIMIT_PERIOD)
        system.quotas[name] = quota
    cores = VirtualCores(env, host.cpu, first, quota=quota)
    scheduler = ground.scenario.guest_scheduler(spec)
    cpu = Cpu(
        env,
        trace,
        name,
        spec.cores,
        scheduler.build(),
        switch_cost=switches(ground.scenario, scheduler, ground.streams, name),
        queue=scheduler.queue,
        random_stream=ground.streams.stream,
        supply=cores,
    )
    memory = spec.memory.build(
        lambda: env.now, partial(ground.streams.stream, f"{name}.replacement")
    )
    return VirtualMachine(
        env,
        name,
        host,
        cpu,
        cores,
        spec.memory.size,
        record=Record(trace, name),
        guest_memory=memory,
        open_space=_spaces(ground, spec.memory.page_size),
        dirty_rate=(spec.dirty_rate or 0) // 8,
        on_down=partial(ground.on_down, name),
    )


def _spaces(
    ground: Ground, page_size: int
) -> Callable[[GuestMemory, Process], AddressSpace | None]:
    """Return what opens an address space for a task, as the locality of its workload says."""
    specs, labels = ground.scenario.workload, ground.scenario.labels()

    def open_space(memory: GuestMemory, task: Process) -> AddressSpace | None:
        spec = specs[task.source].locality if task.source >= 0 else None
        if spec is None:
            return None
        # A stream of its own, for it is drawn from as the task goes on.
        random = ground.streams.stream(f"{labels[task.source]}.locality.{task.index}")
        locality = spec.build(random, page_size)
        return memory.open(task.number, task.work, locality, random)

    return open_space


def _claim(spec: VmSpec) -> MachineClaim:
    reservation, limit = spec.reservation, spec.limit
    return MachineClaim(
        spec.cores,
        spec.memory.size,
        spec.image.size if spec.image else 0,
        spec.shares,
        Fraction(repr(reservation.cores)),
        reservation.memory,
        None if limit.cores is None else Fraction(repr(limit.cores)),
        limit.memory,
    )


def _later(env: Environment, at: int, action: Callable[[], Event]) -> Story:
    if at > env.now:
        yield env.timeout(at - env.now)
    yield action()


def _life(
    ground: Ground,
    system: VirtualSystem,
    machine: VirtualMachine,
    spec: VmSpec,
    hosts: Mapping[str, Host],
) -> Story:
    """Create and boot a machine, and take its steps, each when the one before is done."""
    if spec.start:
        yield ground.env.timeout(spec.start)
    claim = _claim(spec)
    name = spec.host or system.choice.choose(claim)
    monitor = system.monitors[name]
    if spec.booted:
        reason = yield monitor.adopt(machine, claim)
    else:
        reason = yield monitor.create(machine, claim)
    if reason:
        return
    if not spec.booted:
        yield monitor.boot(machine)
    for step in spec.steps:
        if step.at > ground.env.now:
            yield ground.env.timeout(step.at - ground.env.now)
        if machine.state is VmState.DESTROYED:  # with its host
            return
        yield _take(system, machine, spec, step, hosts)


def _take(
    system: VirtualSystem,
    machine: VirtualMachine,
    spec: VmSpec,
    step: StepSpec,
    hosts: Mapping[str, Host],
) -> Event:
    """Take one step; the event fires when it is done."""
    monitor = system.monitors[machine.host.name]
    if isinstance(step, Migration):
        assert system.migrator is not None  # for hosts between which machines move have a network
        image = ImageCopy(f"{machine.name} image", spec.image.size) if spec.image else None
        options = step.options(spec.working_set, image)
        return system.migrator.migrate(machine, hosts[step.to], options)
    if isinstance(step, BalloonStep):
        return monitor.balloon(machine, step.memory)
    verb: Callable[[VirtualMachine], Event] = getattr(monitor, step.do)
    return verb(machine)
