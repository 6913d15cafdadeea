"""The nodes as the name node sees them: who is alive, who is leaving, who is near to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aio_sim.distributed.file_system.data_node import DataNode
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _

SAME_NODE, SAME_RACK, OTHER_RACK = 0, 2, 4
"""Distances: hops up to the common ancestor and down (NetworkTopology.getDistance of HDFS)."""


class Cluster:
    """Data nodes by name and by rack. `racks` says where hosts are that hold no data.

    Raises InputError where two nodes have one name, or there is none.
    """

    def __init__(self, nodes: Iterable[DataNode], racks: Mapping[str, str]) -> None:
        self.nodes: dict[str, DataNode] = {}
        self.by_rack: dict[str, list[str]] = {}
        for node in nodes:
            if node.name in self.nodes:
                raise InputError(_("two data nodes are named {name}").format(name=node.name))
            self.nodes[node.name] = node
            self.by_rack.setdefault(node.rack, []).append(node.name)
        if not self.nodes:
            raise InputError(_("a file system needs a data node"))
        self.names = list(self.nodes)
        self.alive = dict.fromkeys(self.nodes, True)
        """Whether the name node believes that a node is there."""
        self.leaving: dict[str, None] = {}
        """The nodes that are decommissioned, or about to be."""
        self._racks = dict(racks)

    def node(self, name: str) -> DataNode:
        """Return a node by name; UnknownName where there is none."""
        try:
            return self.nodes[name]
        except KeyError:
            raise UnknownName(_("data node"), name, self.nodes) from None

    def in_service(self, name: str) -> bool:
        """Return whether a node is believed to be there, and to stay."""
        return self.alive[name] and name not in self.leaving

    def rack(self, host: str) -> str | None:
        """Return the rack of a host, None where it is not known."""
        node = self.nodes.get(host)
        return node.rack if node is not None else self._racks.get(host)

    def distance(self, one: str, other: str) -> int:
        """Return 0 for one and the same host, 2 within a rack, 4 otherwise."""
        if one == other:
            return SAME_NODE
        rack = self.rack(one)
        return SAME_RACK if rack is not None and rack == self.rack(other) else OTHER_RACK
