"""The files that a container writes, on its node's disk, and the space that is lent for them."""

from __future__ import annotations

from simpy.events import Event

from aio_sim.containers.images.writable_layer import WritableLayer
from aio_sim.containers.node import Node
from aio_sim.resources.allocation import Allocation


class ContainerFiles:
    """A writable layer whose bytes are lent by the node; `lent` is a granted allocation there."""

    def __init__(self, node: Node, layer: WritableLayer, lent: Allocation) -> None:
        self.layer = layer
        self.refused = 0
        """Writes for which the disk had no space (ENOSPC)."""
        self._node = node
        self._lent = lent

    def write(self, file: str, length: int, offset: int = 0) -> Event:
        """Write to a file, copied up first where it is the image's; fires when that is done.

        Where the disk has no space nothing is written. Raises InputError for a negative number.
        """
        grown = self.layer.plan(file, length, offset).grown
        if not self._lend(self.layer.used + grown):
            self.refused += 1
            return Event(self._node.env).succeed()
        cost = self.layer.write(file, length, offset)
        read = self._node.read(cost.copied)
        size = cost.copied + cost.written
        return self._node.write(size) if size else read

    def delete(self, file: str) -> None:
        """Delete a file; InputError where there is none."""
        self.layer.delete(file)
        self._lend(self.layer.used)

    def _lend(self, size: int) -> bool:
        return self._node.disk is None or self._node.manager.resize(self._lent, disk=size)
