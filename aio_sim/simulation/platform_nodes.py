"""Nodes of a platform that die and come back with the machines that they are."""

from __future__ import annotations

from aio_sim.containers.platform.platform import Platform
from aio_sim.scheduling.process import SYSTEM, Process
from aio_sim.simulation.ground import Ground
from aio_sim.virtualization.machine import VirtualMachine

KUBELET = 1
"""Nanoseconds of work of the process that tells that a virtual machine is up: next to nothing."""


class NodeLives:
    """Tells a platform of its nodes; one that is a virtual machine begins when that is up."""

    def __init__(self, ground: Ground, platform: Platform) -> None:
        self._ground = ground
        self._platform = platform
        self._names = {worker.name for worker in platform.cluster.workers}
        for worker in platform.cluster.workers:
            machine = ground.machines[worker.name]
            if isinstance(machine, VirtualMachine):
                platform.expect(worker.name)
                self._await(machine)

    def fail(self, machine: str) -> None:
        """Let a machine's node die, if it is one."""
        if machine in self._names:
            self._platform.fail(machine)

    def repair(self, name: str) -> None:
        """Let a machine's node come back; a virtual machine's does when it has booted."""
        if name in self._names:
            machine = self._ground.machines[name]
            if isinstance(machine, VirtualMachine):
                self._await(machine)
            else:
                self._platform.repair(name)

    def _await(self, machine: VirtualMachine) -> None:
        """Have a process wait in a virtual machine for its boot, and tell the platform."""
        ground = self._ground
        number = ground.number(f"{machine.name} kubelet")
        process = Process(number, ground.env.now, KUBELET, source=SYSTEM)
        process.owner = _Kubelet(self._platform, machine.name)
        machine.accept(process)


class _Kubelet:
    """The owner of the process that ends when a virtual machine is up."""

    def __init__(self, platform: Platform, name: str) -> None:
        self._platform = platform
        self._name = name

    def finished(self, _process: Process) -> None:
        """Let the node join the platform."""
        self._platform.repair(self._name)

    def lost(self, _process: Process, _reason: str) -> None:
        """Take no notice: the machine was lost before it was up."""
