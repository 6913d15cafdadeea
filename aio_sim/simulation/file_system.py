"""Wires the distributed file system of a scenario, and lets happen to it what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aio_sim.resources.demand import Demand
from aio_sim.scenario.distributed_references import data_nodes
from aio_sim.scenario.file_system import FileSystemSpec
from aio_sim.scenario.wiring import Wiring
from aio_sim.simulation.ground import Ground
from aio_sim.simulation.transporting import under

if TYPE_CHECKING:
    from aio_sim.distributed.file_system import DistributedFileSystem
    from aio_sim.resources.allocation import Allocation
    from aio_sim.resources.manager import ResourceManager
    from aio_sim.simulation.file_stories import FileStories


def file_stories(ground: Ground) -> FileStories | None:
    """Make the file system of a scenario, whose story then begins; None where it has none."""
    spec = ground.scenario.file_system
    if spec is None:
        return None
    from aio_sim.simulation.file_stories import FileStories

    lent: list[Allocation] = []
    files = file_system_of(ground, spec, lent)
    stories = FileStories(ground, spec, files, lent)
    stories.begin()
    return stories


def file_system_of(
    ground: Ground, spec: FileSystemSpec, lent: list[Allocation]
) -> DistributedFileSystem:
    """Return an empty file system on the hosts of a run, whose disks lend it its room."""
    from aio_sim.distributed.file_system import DataNode, DistributedFileSystem

    assert ground.transport is not None  # for a file system is on hosts that have a network
    wiring = Wiring(ground.scenario.hosts, ground.scenario.network)
    numbers = {host.name: number for number, host in enumerate(ground.hosts)}
    nodes = []
    for name in data_nodes(spec, wiring):
        number = numbers[name]
        capacity = _lent(ground.manager, spec, number, lent)
        disk = ground.hosts[number].disk
        nodes.append(DataNode(name, _rack(wiring, name), capacity, disk))
    return DistributedFileSystem(
        ground.env,
        under(ground.transport, spec.encryption),
        nodes,
        ground.streams.stream("file_system"),
        spec.settings(),
        {name: _rack(wiring, name) for name in wiring.hosts},
    )


def _rack(wiring: Wiring, host: str) -> str:
    """Return the rack of a host; those that are in none are in one."""
    return wiring.rack_of.get(host, "")


def _lent(
    manager: ResourceManager, spec: FileSystemSpec, number: int, lent: list[Allocation]
) -> int:
    """Return what the disk of a host gives the file system for good: all, or its `capacity`."""
    free = manager.free(number).disk
    size = free if spec.capacity is None else min(spec.capacity, free)
    allocation = manager.take(Demand(disk=size, host=number)) if size else None
    if allocation is None:
        return 0
    lent.append(allocation)
    return size
