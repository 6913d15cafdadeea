"""The virtual machine monitor of one host: what it does with machines, and what that costs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any

from simpy import Interrupt
from simpy.events import Event
from simpy.events import Process as Running

from aio_sim.hardware.host import Host
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.messages import _
from aio_sim.kernel.span_record import Record
from aio_sim.kernel.trace import Trace
from aio_sim.scheduling.process import SYSTEM, Process
from aio_sim.virtualization.machine.claim import MachineClaim
from aio_sim.virtualization.machine.room import HostRoom
from aio_sim.virtualization.machine.virtual_machine import VirtualMachine, VmState
from aio_sim.virtualization.profile import Profile, Stage

Story = Generator[Event, Any, Any]


class Vmm:
    """Creates, boots, pauses, resumes, snapshots, shuts down and destroys machines of a host.

    Every verb returns an event that fires when it is done; each is gone through in stages, whose
    costs are the profile's. `number` gives the guest's own work at boot and end its number as a
    process.
    """

    def __init__(
        self,
        env: Environment,
        trace: Trace,
        room: HostRoom,
        profile: Profile,
        number: Callable[[str], int],
    ) -> None:
        self.room = room
        self.profile = profile
        self.boots: list[int] = []
        """How long each boot took, in nanoseconds."""
        self.refused = 0
        """Machines for which there was no room."""
        self.lost = 0
        """Machines that died with the host."""
        self._env = env
        self._trace = trace
        self._number = number
        self._verbs: dict[VirtualMachine, Running] = {}  # what is being done with each

    @property
    def host(self) -> Host:
        """The host whose monitor it is."""
        return self.room.host

    def create(self, machine: VirtualMachine, claim: MachineClaim) -> Event:
        """Make a machine; the event's value is why there is no room for it, or "".

        Its room is promised before this returns.
        """
        return self._do(machine, self._create(machine, self._admit(machine, claim)))

    def adopt(self, machine: VirtualMachine, claim: MachineClaim) -> Event:
        """Have a machine that is up already, at no cost; the event's value is as for `create`."""
        return self._do(machine, self._adopt(machine, self._admit(machine, claim)))

    def boot(self, machine: VirtualMachine) -> Event:
        """Turn a machine on: memory, devices, the image read, the guest's system started."""
        return self._do(machine, self._boot(machine))

    def pause(self, machine: VirtualMachine) -> Event:
        """Take a machine's cores off the host; it keeps its memory."""
        return self._do(machine, self._pause(machine))

    def resume(self, machine: VirtualMachine) -> Event:
        """Let a paused machine go on."""
        return self._do(machine, self._resume(machine))

    def snapshot(self, machine: VirtualMachine) -> Event:
        """Write a machine's state to the host's disk, while it stands still."""
        return self._do(machine, self._snapshot(machine))

    def shut_down(self, machine: VirtualMachine) -> Event:
        """Let a machine's system end, and take back its memory; its tasks are lost."""
        return self._do(machine, self._shut_down(machine))

    def destroy(self, machine: VirtualMachine) -> Event:
        """Take back at once all that a machine has; its tasks are lost."""
        return self._do(machine, self._destroy(machine))

    def balloon(self, machine: VirtualMachine, memory: int) -> Event:
        """Leave a machine at most so much memory; fires when what must out is on the disk."""
        return self.room.inflate(machine, memory)

    def runs(self, machine: VirtualMachine) -> bool:
        """Return whether a machine is on this host, and something of it is in its memory."""
        return machine.host is self.host and machine.state not in (VmState.OFF, VmState.DESTROYED)

    def lose(self, machine: VirtualMachine) -> None:
        """Note that a machine died with its host, or with the host where its pages were."""
        self.lost += 1
        if machine in self._verbs:
            self._verbs[machine].interrupt()
        machine.enter(VmState.DESTROYED)
        self.room.dismiss(machine)

    def _do(self, machine: VirtualMachine, story: Story) -> Event:
        """Do something with a machine, unless it dies meanwhile."""
        self._verbs[machine] = verb = self._env.process(self._until_lost(machine, story))
        return verb

    def _until_lost(self, machine: VirtualMachine, story: Story) -> Story:
        try:
            return (yield from story)
        except Interrupt:
            return _("{host} failed").format(host=self.host.name)
        finally:
            self._verbs.pop(machine, None)

    def _create(self, machine: VirtualMachine, reason: str) -> Story:
        if not reason:
            yield from self._go_through(machine, self.profile.create_cost())
        return reason

    def _adopt(self, machine: VirtualMachine, reason: str) -> Story:
        if not reason:
            yield from self.room.let_in(machine)
            machine.enter(VmState.RUNNING)
        return reason

    def _admit(self, machine: VirtualMachine, claim: MachineClaim) -> str:
        """Promise a machine its room; return why there is none, or ""."""
        reason = self.room.admit(machine, claim)
        if reason:
            self.refused += 1
            machine.refuse(reason)
        else:
            machine.relocate(self.host, self.profile)
        return reason

    def _boot(self, machine: VirtualMachine) -> Story:
        begun = self._env.now
        machine.enter(VmState.BOOTING)
        yield from self.room.let_in(machine)
        claim = self.room.lodgers[machine].claim
        yield from self._go_through(machine, self.profile.boot_cost(claim.image, claim.memory))
        machine.enter(VmState.RUNNING)
        self.boots.append(self._env.now - begun)

    def _pause(self, machine: VirtualMachine) -> Story:
        yield from self._go_through(machine, self.profile.pause_cost())
        machine.pause()

    def _resume(self, machine: VirtualMachine) -> Story:
        yield from self._go_through(machine, self.profile.resume_cost())
        machine.resume()

    def _snapshot(self, machine: VirtualMachine) -> Story:
        before = machine.state
        if machine.up:
            machine.enter(VmState.SAVING)
        memory = self.room.lodgers[machine].allotted
        yield from self._go_through(machine, self.profile.snapshot_cost(memory))
        if machine.up:
            machine.enter(before)

    def _shut_down(self, machine: VirtualMachine) -> Story:
        machine.enter(VmState.SHUTTING_DOWN)
        yield from self._go_through(machine, self.profile.shut_down_cost())
        machine.enter(VmState.OFF)
        self.room.put_out(machine)

    def _destroy(self, machine: VirtualMachine) -> Story:
        machine.enter(VmState.DESTROYED)
        yield from self._go_through(machine, self.profile.destroy_cost())
        self.room.dismiss(machine)

    def _go_through(self, machine: VirtualMachine, stages: Iterable[Stage]) -> Story:
        """Take the time that stages take, each a span on the machine's track of stages."""
        record = Record(self._trace, f"{machine.name} stages")
        for stage in stages:
            begun = self._env.now
            yield from self._take(machine, stage)
            if self._env.now > begun:
                record.span(stage.name, begun, self._env.now)

    def _take(self, machine: VirtualMachine, stage: Stage) -> Story:
        if stage.time:
            yield self._env.timeout(stage.time)
        disk, efficiency = self.host.disk, self.profile.disk_efficiency
        if disk is not None and stage.read:
            yield disk.read(int(stage.read / efficiency))
        if disk is not None and stage.written:
            yield disk.write(int(stage.written / efficiency))
        if stage.work:
            number = self._number(f"{machine.name}: {stage.name}")
            work = Process(number, self._env.now, stage.work, source=SYSTEM)
            yield machine.cpu.submit(work)
