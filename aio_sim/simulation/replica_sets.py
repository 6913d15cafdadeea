"""Wires the replica sets of a scenario, their clients, and what they hear of failures."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from simpy.events import Event

from aio_sim.kernel.environment import DECISION, Timer
from aio_sim.kernel.errors import AioSimError
from aio_sim.kernel.span_record import Record
from aio_sim.kernel.units import seconds
from aio_sim.scenario.replica_sets import ReplicaClientSpec, ReplicaSetSpec
from aio_sim.simulation.part import Part, Totals
from aio_sim.storage.cost import Cost
from aio_sim.storage.document.engine import DocumentEngine
from aio_sim.storage.document.replication.group import Happening
from aio_sim.storage.document.replication.replica_set import ReplicaSet
from aio_sim.storage.document.settings import Settings, Volume
from aio_sim.storage.server.pricing import disk_use

if TYPE_CHECKING:
    from aio_sim.hardware.host import Host
    from aio_sim.simulation.ground import Ground

Story = Generator[Event, Any, None]

COLLECTION: Final = "documents"
PAGES: Final = 1 << 20
"""Pages that each member has room for: 32 GiB; only those in use take memory."""


class ReplicaClient:
    """One client of a run: what it was told of each document, and how long that took."""

    def __init__(self, ground: Ground, replicas: ReplicaSet, spec: ReplicaClientSpec) -> None:
        self._ground = ground
        self._replicas = replicas
        self._spec = spec
        self._gaps = ground.streams.stream(f"replica.{spec.name}.times")
        self._body = "x" * spec.size
        self.acknowledged: list[str] = []
        self.latencies: list[int] = []
        self.failed = 0
        self._left = spec.operations

    @property
    def is_done(self) -> bool:
        """Whether each document was answered."""
        return self._left == 0

    def run(self) -> Story:
        """Insert all documents, each at its time."""
        env = self._ground.env
        for number in range(self._spec.operations):
            gap = self._gaps.exponential(1 / self._spec.rate)
            yield env.timeout(round(gap * 1e9))
            env.process(self._insert(f"{self._spec.name}-{number}"))

    def lost(self, engine: DocumentEngine) -> int:
        """Return how many acknowledged documents an engine does not have."""
        return sum(engine.get(COLLECTION, key) is None for key in self.acknowledged)

    def totals(self, engine: DocumentEngine | None) -> Totals:
        """Return what became of the documents; times in seconds."""
        import numpy as np

        prefix = f"storage.{self._spec.name}"
        totals: dict[str, int | float] = {
            f"{prefix}.completed": len(self.acknowledged),
            f"{prefix}.failed": self.failed,
        }
        if engine is not None:
            totals[f"{prefix}.lost"] = self.lost(engine)
        if self.latencies:
            times = np.array(self.latencies) / 1e9
            totals[f"{prefix}.latency.mean"] = float(times.mean())
            for quantile in (50, 99):
                totals[f"{prefix}.latency.p{quantile}"] = float(np.percentile(times, quantile))
            totals[f"{prefix}.latency.max"] = float(times.max())
        return totals

    def _insert(self, key: str) -> Story:
        begun, spec = self._ground.env.now, self._spec
        put = partial(_put, {"_id": key, "body": self._body})
        try:
            yield self._replicas.write(spec.host, put, spec.concern(), spec.size)
        except AioSimError:
            self.failed += 1
        else:
            self.acknowledged.append(key)
            self.latencies.append(self._ground.env.now - begun)
        self._left -= 1
        self._ground.ending.check()


def _put(document: dict[str, object], engine: DocumentEngine) -> None:
    engine.put(COLLECTION, document)


class ReplicaSystem:
    """One replica set of a run, its clients, and the disks of its members."""

    def __init__(self, ground: Ground, spec: ReplicaSetSpec) -> None:
        assert ground.network is not None  # for all members are on it
        self._ground = ground
        self._spec = spec
        self._hosts: dict[str, Host] = {host.name: host for host in ground.hosts}
        self._members = {member.host for member in spec.members}
        self._settings = Settings()
        self._record = Record(ground.trace, f"replica set {spec.name}")
        self.replicas = ReplicaSet(
            ground.env,
            ground.network,
            spec.specs(),
            lambda _name: Volume(self._settings, PAGES),
            ground.streams.stream(f"replica.{spec.name}"),
            settings=spec.settings(),
            spend=self._spend,
        )
        self.clients = [ReplicaClient(ground, self.replicas, each) for each in spec.clients]
        for client in self.clients:
            ground.ending.when(lambda client=client: client.is_done)  # type: ignore[misc]
            ground.env.process(client.run())
        self._hear_of_cuts()

    @property
    def part(self) -> Part:
        """What a run asks of it."""
        return Part(
            failed=lambda host: self._tell(host, self.replicas.fail),
            repaired=lambda host: self._tell(host, self.replicas.repair),
            link_repaired=self.replicas.links_changed,
            check=self.replicas.check,
            close=self._close,
            totals=self._totals,
        )

    def _tell(self, host: str, verb: Any) -> None:
        if host in self._members:
            verb(host)

    def _hear_of_cuts(self) -> None:
        """Have the set look anew when links are cut; of repairs it hears as all parts do."""
        network = self._ground.scenario.network
        for failure in network.failures if network is not None else ():
            Timer(self._ground.env, self.replicas.links_changed, DECISION).set(failure.at)

    def _spend(self, member: str, cost: Cost) -> int:
        """Ask of the disk of a member what it did; return in how many ns that is done."""
        disk, use = self._hosts[member].disk, disk_use(Cost(), cost, self._settings.page_size)
        return use.claim(disk) if use is not None and disk is not None else 0

    def _close(self) -> None:
        self.replicas.close()
        for each in self.replicas.history:
            self._record.note(f"{each.what} {each.member} {each.term}", each.at)

    def _totals(self) -> Totals:
        replicas, prefix = self.replicas, f"storage.{self._spec.name}"
        totals: dict[str, int | float] = {
            f"{prefix}.{name}": value for name, value in replicas.totals().items()
        }
        totals[f"{prefix}.without_primary"] = seconds(replicas.totals()["without_primary"])
        if waits := failovers(replicas.history):
            totals[f"{prefix}.failovers"] = len(waits)
            totals[f"{prefix}.failover.mean"] = sum(waits) / len(waits) / 1e9
            totals[f"{prefix}.failover.max"] = seconds(max(waits))
        primary = replicas.primary
        engine = replicas.members[primary].engine if primary is not None else None
        for client in self.clients:
            totals |= client.totals(engine)
        return totals


def failovers(history: list[Happening]) -> list[int]:
    """Return the ns from each end of a primary to the election of the next one."""
    waits: list[int] = []
    primary, since = "", None
    for each in history:
        if each.what == "elected":
            if since is not None:
                waits.append(each.at - since)
            primary, since = each.member, None
        elif each.what in ("down", "step down") and each.member == primary:
            primary, since = "", each.at
    return waits


def replica_parts(ground: Ground) -> list[Part]:
    """Make the replica sets of a scenario."""
    return [ReplicaSystem(ground, spec).part for spec in ground.scenario.replica_sets]
