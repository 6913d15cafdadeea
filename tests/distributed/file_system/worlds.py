"""File systems to test on."""

from __future__ import annotations

from typing import Any

import numpy as np
from simpy.events import Event

from aio_sim.distributed.file_system import DataNode, DistributedFileSystem, Settings
from aio_sim.hardware.device import Disk
from aio_sim.hardware.network import Link, Network, Switch, Topology
from aio_sim.kernel.environment import Environment

GIGABIT = 10**9
CLIENT = "client"


class World:
    """Racks of nodes, each rack behind a switch, and a client of its own beside them.

    Nodes are a0, a1, ... on rack a, b0, ... on rack b.
    """

    def __init__(
        self,
        racks: int = 2,
        nodes: int = 3,
        *,
        capacity: int = 10**9,
        bandwidth: int = GIGABIT,
        disk: int | None = None,
        seed: int = 0,
        **settings: Any,
    ) -> None:
        self.env = Environment()
        self.rng = np.random.default_rng(seed)
        letters = "abcdefghij"[:racks]
        self.names = [f"{rack}{place}" for rack in letters for place in range(nodes)]
        self.network = Network(self.env, topology(letters, self.names, bandwidth))
        data_nodes = [
            DataNode(name, name[0], capacity, disk_of(self.env, disk)) for name in self.names
        ]
        settings = {"block_size": 1000, "packet_size": 250} | settings
        self.system = DistributedFileSystem(
            self.env,
            self.network,
            data_nodes,
            self.rng,
            Settings(**settings),
        )

    def run(self, event: Event) -> Any:
        """Let the event come about, and return its value."""
        value = self.env.run(event)
        self.system.check()
        return value

    def settle(self, for_long: int | None = None) -> None:
        """Let all come about that is under way."""
        self.env.run(None if for_long is None else self.env.now + for_long)
        self.system.check()

    def holders(self, block: int) -> list[str]:
        """Return the nodes that are up and have a whole piece of a block on their disks."""
        return [
            name
            for name, node in self.system.cluster.nodes.items()
            if node.up and block in node.pieces and node.pieces[block].intact
        ]


def disk_of(env: Environment, rate: int | None) -> Disk | None:
    """Return a disk that reads and writes so many bytes a second, None for none."""
    return None if rate is None else Disk(env, 0, rate, rate, 0)


def topology(letters: str, names: list[str], bandwidth: int) -> Topology:
    """Return hosts on the switches of their racks, those on one core that is never full."""
    links = [Link(f"{name}-up", (name, f"rack-{name[0]}"), bandwidth) for name in names]
    links += [Link(f"{rack}-core", (f"rack-{rack}", "core"), 1000 * bandwidth) for rack in letters]
    links.append(Link("client-up", (CLIENT, "core"), bandwidth))
    switches = [Switch("core"), *(Switch(f"rack-{rack}") for rack in letters)]
    return Topology((*names, CLIENT), tuple(switches), tuple(links))


def content(size: int, seed: int = 1) -> bytes:
    """Return bytes that differ from place to place."""
    return np.random.default_rng(seed).bytes(size)
