"""Clusters of 1,000 nodes: flows across a network of three tiers, files that lose a node."""

from __future__ import annotations

from random import Random

from aio_sim.hardware.network import Link, Network, Switch, Topology
from aio_sim.kernel.environment import Environment
from aio_sim.scenario import Scenario

NODES = 1_000
GIGABIT = 10**9


def three_tiers() -> Topology:
    """Return ten pods of ten racks of ten hosts with 10 Gbit/s; uplinks are oversubscribed 5:2."""
    hosts: list[str] = []
    switches, links = [Switch("core")], []
    for pod in range(10):
        switches.append(Switch(f"pod-{pod}"))
        links.append(Link(f"pod-{pod}-up", (f"pod-{pod}", "core"), 160 * GIGABIT))
        for rack in range(10):
            name = f"rack-{pod}-{rack}"
            switches.append(Switch(name))
            links.append(Link(f"{name}-up", (name, f"pod-{pod}"), 40 * GIGABIT))
            for place in range(10):
                hosts.append(host := f"host-{pod}-{rack}-{place}")
                links.append(Link(host, (host, name), 10 * GIGABIT))
    return Topology(tuple(hosts), tuple(switches), tuple(links))


def send(topology: Topology, flows: int, rates: list[int]) -> None:
    """Send so many flows of 100 MB to 1 GB, all begun at once between random hosts, to their ends.

    Append to `rates` how many were worked out.
    """
    random, env = Random(1), Environment()
    network = Network(env, topology)
    for _ in range(flows):
        source, destination = random.sample(topology.hosts, 2)
        network.transfer(source, destination, random.randrange(10**8, 10**9))
    env.run()
    rates.append(network.recomputed)


def files_on(blocks: int) -> Scenario:
    """Return 1,000 nodes with so many blocks, three copies of each, one of which dies for good.

    It is given up after ten minutes and a half, and its blocks are copied from those that have
    them; the run goes on to the end of an hour, at which a small file is read.
    """
    disk = {"size": "4TB", "read": "200MB/s", "write": "200MB/s"}
    size = f"{blocks // 100 * 128}MiB"
    return Scenario.model_validate(
        {
            "name": "files",
            "hosts": [
                {"name": "n", "count": NODES, "disk": disk, "network": {"bandwidth": "10Gbps"}}
            ],
            "network": {
                "racks": [
                    {
                        "name": "rack",
                        "count": 50,
                        "hosts": ["n-*"],
                        "uplink": {"bandwidth": "80Gbps"},
                    }
                ]
            },
            "file_system": {
                "packet_size": "128MiB",
                "files": [
                    {"path": "/data/part", "count": 100, "size": size, "scale": 2**20},
                    {"path": "/last", "size": "1KiB"},
                ],
                "steps": [
                    {"do": "fail", "node": "n-7", "disk_lost": True, "at": "1min"},
                    {"do": "get", "path": "/last", "at": "1h"},
                ],
            },
        }
    )
