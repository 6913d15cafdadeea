"""What the sections of a scenario add to a run, each made on what those before it have made."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from aio_sim.simulation.ground import Ground
from aio_sim.simulation.part import Part
from aio_sim.simulation.spreading import spreading_part
from aio_sim.simulation.storage import storage_system

if TYPE_CHECKING:
    from aio_sim.simulation.file_stories import FileStories
    from aio_sim.simulation.virtual_machines import VirtualSystem


def section_parts(
    ground: Ground, virtual: VirtualSystem | None, files: FileStories | None
) -> list[Part]:
    """Return what the sections of a scenario add, each on what those before it have made."""
    sections = (
        [virtual.part if virtual is not None else None],
        _contained(ground),
        [files.part if files is not None else None],
        _jobs(ground, files),
        _stored(ground),
    )
    parts: list[Part] = []
    for part in chain.from_iterable(sections):
        if part is not None:
            parts.append(part)
            ground.machines.update(part.machines)
    return parts


def _contained(ground: Ground) -> Iterator[Part | None]:
    """Yield the parts that containers and the platform are, which take a while to load."""
    if not ground.scenario.has_containers:
        return
    from aio_sim.simulation.container_nodes import ContainerNodes
    from aio_sim.simulation.containers import containers_part
    from aio_sim.simulation.platform import platform_part

    nodes = ContainerNodes(ground)
    yield containers_part(ground, nodes)
    yield platform_part(ground, nodes)


def _jobs(ground: Ground, files: FileStories | None) -> Iterator[Part | None]:
    """Yield the part that jobs are, which takes a while to load."""
    if files is None or ground.scenario.mapreduce is None:
        return
    from aio_sim.simulation.mapreduce import mapreduce_part

    yield mapreduce_part(ground, ground.scenario.mapreduce, files.files)


def _stored(ground: Ground) -> Iterator[Part | None]:
    """Yield what is distributed, backed up and stored; some of that takes a while to load."""
    yield spreading_part(ground)
    storage = storage_system(ground)
    yield storage.part if storage is not None else None
    if ground.scenario.backups:
        from aio_sim.simulation.backups import backups_part

        yield backups_part(ground, storage)
    if ground.scenario.replica_sets:
        from aio_sim.simulation.replica_sets import replica_parts

        yield from replica_parts(ground)
