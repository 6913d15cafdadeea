"""Which nodes get the pieces of a block: pure choices, drawn from a random stream."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aio_sim.distributed.file_system.cluster import Cluster

if TYPE_CHECKING:
    import numpy as np

DRAWS: Final = 8
"""Nodes drawn at random before all are looked at: most are good for most blocks."""


def most_per_rack(racks: int, wanted: int) -> int:
    """Return how many pieces of a block may be on one rack.

    (wanted - 1) / racks + 2, but never all: BlockPlacementPolicyDefault.getMaxNodesPerRack of HDFS.
    """
    if racks <= 1 or wanted <= 1:
        return wanted
    most = (wanted - 1) // racks + 2
    return most - 1 if most == wanted else most


@dataclass
class Choice:
    """A choice in the making: the nodes so far, and what one more must be.

    `size` is the bytes of a piece, `most` how many pieces may be on one rack.
    """

    cluster: Cluster
    random: np.random.Generator
    size: int
    most: int
    nodes: list[str]
    excluded: Collection[str]

    def fits(self, name: str) -> bool:
        """Return whether a node may get a piece."""
        cluster = self.cluster
        if name in self.nodes or name in self.excluded or not cluster.in_service(name):
            return False
        node = cluster.nodes[name]
        if node.free < self.size:
            return False
        rack = node.rack
        return sum(cluster.nodes[other].rack == rack for other in self.nodes) < self.most

    def add(self, name: str | None) -> bool:
        """Take a node if it may get a piece; return whether it was taken."""
        if name is None or name not in self.cluster.nodes or not self.fits(name):
            return False
        self.nodes.append(name)
        return True

    def add_any(self, among: Sequence[str], where: Callable[[str], bool] | None = None) -> bool:
        """Take any node of some, all equally likely; return whether there was one."""

        def good(name: str) -> bool:
            return (where is None or where(name)) and self.fits(name)

        for draw in self.random.integers(len(among), size=min(DRAWS, len(among))):
            if good(among[draw]):
                return self.add(among[draw])
        left = [name for name in among if good(name)]
        return bool(left) and self.add(left[self.random.integers(len(left))])

    def add_in_rack_of(self, name: str) -> bool:
        """Take any node of the rack of a node."""
        return self.add_any(self.cluster.by_rack[self.cluster.nodes[name].rack])

    def add_out_of_rack_of(self, name: str) -> bool:
        """Take any node of another rack."""
        nodes = self.cluster.nodes
        rack = nodes[name].rack
        return self.add_any(self.cluster.names, lambda other: nodes[other].rack != rack)

    def add_anywhere(self) -> bool:
        """Take any node."""
        return self.add_any(self.cluster.names)


def copies_in_racks(choice: Choice, writer: str | None, wanted: int) -> list[str]:
    """Choose up to `wanted` more nodes: the writer's own, one in another rack, another there.

    The rest go anywhere; where there is no such node, any other will do.
    Source: BlockPlacementPolicyDefault.chooseTargetInOrder of HDFS, without the load of nodes.
    """
    total = len(choice.nodes) + wanted
    while len(choice.nodes) < total and _next_copy(choice, writer):
        pass
    return choice.nodes


def _next_copy(choice: Choice, writer: str | None) -> bool:
    nodes, cluster = choice.nodes, choice.cluster
    if not nodes:
        return choice.add(writer) or _beside(choice, writer) or choice.add_anywhere()
    if len(nodes) == 1:
        return choice.add_out_of_rack_of(nodes[0]) or choice.add_anywhere()
    if len(nodes) == 2:
        if cluster.rack(nodes[0]) == cluster.rack(nodes[1]):
            return choice.add_out_of_rack_of(nodes[0]) or choice.add_anywhere()
        return choice.add_in_rack_of(nodes[1]) or choice.add_anywhere()
    return choice.add_anywhere()


def _beside(choice: Choice, writer: str | None) -> bool:
    """Take a node of the writer's rack, where the writer holds no data or has no room."""
    rack = None if writer is None else choice.cluster.rack(writer)
    return rack in choice.cluster.by_rack and choice.add_any(choice.cluster.by_rack[rack])


def shards_over_racks(choice: Choice, wanted: int) -> list[str]:
    """Choose up to `wanted` more nodes, on every rack as evenly as can be.

    Source: BlockPlacementPolicyRackFaultTolerant of HDFS, which places striped blocks.
    """
    racks = choice.cluster.by_rack
    total = len(choice.nodes) + wanted
    choice.most = -(-total // len(racks))
    while len(choice.nodes) < total:
        if not choice.add_anywhere():
            if choice.most >= total:
                break
            choice.most += 1
    return choice.nodes


def pipeline_order(cluster: Cluster, writer: str, nodes: Sequence[str]) -> list[str]:
    """Return the nodes so that each is the nearest to the one before it, from the writer on."""
    left, order, here = list(nodes), [], writer
    while left:
        here = min(left, key=lambda name: cluster.distance(here, name))
        left.remove(here)
        order.append(here)
    return order
