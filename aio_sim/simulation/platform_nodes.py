"""Nodes of a platform that die and come back with the machines that they are."""

from __future__ import annotations

from functools import partial

from aio_sim.containers.platform.platform import Platform
from aio_sim.simulation.ground import Ground
from aio_sim.simulation.node_gate import GONE
from aio_sim.virtualization.machine import VirtualMachine, VmState


class NodeLives:
    """Tells a platform of its nodes; one that is a virtual machine is there while that is up."""

    def __init__(self, ground: Ground, platform: Platform) -> None:
        self._platform = platform
        self._hosts: set[str] = set()
        for worker in platform.cluster.workers:
            machine = ground.machines[worker.name]
            if isinstance(machine, VirtualMachine):
                platform.expect(worker.name)
                machine.follow(partial(self._follow, worker.name))
            else:
                self._hosts.add(worker.name)

    def fail(self, host: str) -> None:
        """Let the node die that a host is, if it is one."""
        if host in self._hosts:
            self._platform.fail(host)

    def repair(self, host: str) -> None:
        """Let the node come back that a host is, if it is one."""
        if host in self._hosts:
            self._platform.repair(host)

    def _follow(self, name: str, state: VmState) -> None:
        """Follow a virtual machine from state to state."""
        if state is VmState.RUNNING:
            self._platform.repair(name)  # nothing where it was merely paused
        elif state in GONE:
            self._platform.fail(name)
