"""Small replica sets for tests: a star of hosts whose links can be cut, and a client."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aio_sim.hardware.network import Link, Network, Switch, Topology
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.storage.document.replication.replica_set import ReplicaSet
from aio_sim.storage.document.replication.settings import MemberSpec, ReplicaSettings
from aio_sim.storage.document.settings import Settings, Volume

SMALL = Settings(page_size=2048, cache_pages=128, journal_size=2048 * 512)
LATENCY = 100_000
"""ns of each link, so that a message takes two of them."""


class Star:
    """A replica set, its network, and a host `x` for clients."""

    def __init__(self, members: Iterable[MemberSpec | str], seed: int = 1, **settings: Any) -> None:
        specs = [MemberSpec(each) if isinstance(each, str) else each for each in members]
        self.names = [spec.name for spec in specs]
        self.env = Environment()
        hosts = (*self.names, "x")
        links = tuple(Link(name, (name, "s"), 10**9, LATENCY) for name in hosts)
        self.network = Network(self.env, Topology(hosts, (Switch("s"),), links))
        self.set = ReplicaSet(
            self.env,
            self.network,
            specs,
            lambda _name: Volume(SMALL, 4000),
            RandomStreams(seed).stream("replicas"),
            settings=ReplicaSettings(**settings),
        )

    def cut(self, name: str) -> None:
        """Cut a host off."""
        self.network.fail(name)
        self.set.links_changed()

    def mend(self, name: str) -> None:
        """Connect a host again."""
        self.network.repair(name)
        self.set.links_changed()

    def run_to(self, at: int) -> None:
        """Let time go on to an instant, ns."""
        self.env.run(until=at)
