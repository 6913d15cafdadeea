"""The machines of a run as containers see them: nodes, and a container engine on each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from aio_sim.containers.container import Container
from aio_sim.containers.engine import ContainerEngine
from aio_sim.containers.images.puller import ImagePuller
from aio_sim.containers.images.registry import Registry
from aio_sim.containers.images.store import ImageStore
from aio_sim.containers.node import Node
from aio_sim.containers.profile import RuntimeProfile
from aio_sim.kernel.span_record import Record
from aio_sim.resources.demand import Capacity
from aio_sim.resources.manager import ResourceManager
from aio_sim.scenario.containers.images import registry_of
from aio_sim.simulation.ground import Ground
from aio_sim.virtualization.machine import VirtualMachine


class ContainerNodes:
    """Gives each host or virtual machine one node, whoever has containers there.

    What a host lends is its own; what a virtual machine has, it lends by a manager of its own.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._hosts = {host.name: number for number, host in enumerate(ground.hosts)}
        self._nodes: dict[str, Node] = {}
        self._managers: list[ResourceManager] = []
        self._images = {
            name: spec.image.size
            for spec in ground.scenario.vms
            if spec.image is not None
            for name in spec.names
        }

    def node(self, name: str) -> Node:
        """Return the node that a machine is."""
        if name not in self._nodes:
            machine = self._ground.machines[name]
            if isinstance(machine, VirtualMachine):
                self._nodes[name] = self._guest(machine)
            else:
                self._nodes[name] = self._host(name)
        return self._nodes[name]

    def registry(self, images: Iterable[str]) -> Registry:
        """Return the registry; where the scenario has none, these images are everywhere."""
        return registry_of(self._ground.scenario.registry, images)

    def engine(
        self,
        name: str,
        profile: RuntimeProfile,
        registry: Registry,
        on_end: Callable[[Container], None] = lambda _container: None,
    ) -> ContainerEngine:
        """Return a container engine on a machine; `on_end` hears of containers that rest."""
        ground, node = self._ground, self.node(name)
        store = ImageStore(node, ground.scenario.container_runtime.layer_cache)
        record = Record(ground.trace, f"{name} images")
        puller = ImagePuller(node, registry, ground.transport, store, profile, record)
        streams = ground.streams.stream
        return ContainerEngine(
            node, ground.trace, profile, puller, random_stream=streams, on_end=on_end
        )

    def check(self) -> None:
        """Audit what virtual machines lend; AuditError where it does not add up."""
        for manager in self._managers:
            manager.check()

    def _host(self, name: str) -> Node:
        ground, number = self._ground, self._hosts[name]
        host = ground.hosts[number]
        numbers = ground.trace.add_processes
        return Node(
            *(ground.env, name, host.cpu, ground.manager, number, lambda: name, numbers, host.disk)
        )

    def _guest(self, machine: VirtualMachine) -> Node:
        ground = self._ground
        disk = self._images.get(machine.name, 0)
        capacity = Capacity(machine.name, machine.cores, machine.size, disk)
        manager = ResourceManager(ground.env, [capacity])
        self._managers.append(manager)
        numbers = ground.trace.add_processes
        place = partial(_place_of, machine)
        own = machine if disk else None
        return Node(ground.env, machine.name, machine.cpu, manager, 0, place, numbers, own)


def _place_of(machine: VirtualMachine) -> str:
    """Return the host that a virtual machine is on now."""
    return machine.host.name
