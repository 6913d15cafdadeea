"""What is asked of storage servers and bare disks: fills them, begins, counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aio_sim.hardware.host import Host
from aio_sim.kernel.environment import ARRIVAL, SECOND, Timer
from aio_sim.scenario.storage import (
    BlockTraceLoad,
    CatalogueLoad,
    EngineSpec,
    LedgerLoad,
    OrderEntryLoad,
    ServerLoad,
    StorageSpec,
    YcsbLoad,
)
from aio_sim.simulation.ground import Ground
from aio_sim.simulation.part import Totals
from aio_sim.storage.server.database import Installation
from aio_sim.storage.server.server import Server
from aio_sim.storage.workloads.block_trace import BlockReplay, limited, read_block_trace
from aio_sim.storage.workloads.clients import ClosedClient, Load, OpenClients
from aio_sim.storage.workloads.latencies import Latencies
from aio_sim.storage.workloads.workload import Workload

if TYPE_CHECKING:
    import numpy as np

    from aio_sim.storage.backup.truth import Truth

DRAWN_TOGETHER: Final = 1024

TRACE: Final = "block_trace"


class Loads:
    """The loads of a scenario, each under its label."""

    def __init__(self, ground: Ground, spec: StorageSpec) -> None:
        self._ground = ground
        self._specs = dict(zip(spec.labels(), spec.loads, strict=True))
        engines = {engine.name: engine for engine in spec.engines}
        self._workloads = {
            label: self._workload(label, load, engines[load.on].engine == "document")
            for label, load in self._specs.items()
            if isinstance(load, ServerLoad)
        }
        self._loads: dict[str, Load] = {}
        self._replays: dict[str, BlockReplay] = {}
        self._waiting = len(self._specs)  # those that have not begun
        self._violations: dict[str, list[str]] = {}
        ground.ending.when(self._over)

    def fill(
        self, engine: EngineSpec, installation: Installation, truth: Truth | None = None
    ) -> None:
        """Make the stores that an engine's loads need, with what is in them at first.

        A truth, if there is one, is told of that.
        """
        database = installation.open()
        for label, workload in self._workloads.items():
            if self._specs[label].on == engine.name:
                for definition in workload.definitions:
                    database.define(definition)
                    records = workload.records(definition.name)
                    if truth is not None:
                        records = truth.loaded(definition, records)
                    database.load(definition.name, records)
        database.close()

    def begin(self, servers: Mapping[str, Server], hosts: Mapping[str, Host]) -> None:
        """Let each load begin at its time."""
        for label, spec in self._specs.items():
            if isinstance(spec, BlockTraceLoad):
                story = partial(self._replay, label, spec, hosts[spec.on])
            else:
                assert isinstance(spec, ServerLoad)
                story = partial(self._ask, label, spec, servers[spec.on])
            Timer(self._ground.env, story, ARRIVAL).set(spec.start)

    def note(self, host: str, down: bool) -> None:
        """Note that a host is down, or up again: its disk serves nobody meanwhile."""
        for label, replay in self._replays.items():
            if self._specs[label].on == host:
                replay.is_down = down

    def close(self, servers: Mapping[str, Server]) -> None:
        """Look whether what always holds of the data does, where a server is up."""
        for label, workload in self._workloads.items():
            server = servers[self._specs[label].on]
            if server.is_up and not server.inside:
                self._violations[label] = workload.violations(server.database)

    def totals(self) -> Totals:
        """Return what became of each load."""
        totals: dict[str, int | float] = {}
        for label, load in self._loads.items():
            totals |= load.latencies.totals(f"storage.{label}")
            totals[f"storage.{label}.failed"] = load.failed
        for label, replay in self._replays.items():
            totals |= replay.latencies.totals(f"storage.{label}")
            totals[f"storage.{label}.failed"] = replay.failed
            totals[f"storage.{label}.read.bytes"] = replay.sizes[0]
            totals[f"storage.{label}.write.bytes"] = replay.sizes[1]
        for label, found in self._violations.items():
            totals[f"storage.{label}.violations"] = len(found)
        return totals

    def meta(self) -> Mapping[str, Any]:
        """Return the names of loads and servers, and what does not hold of the data."""
        servers = dict.fromkeys(load.on for load in self._specs.values() if load.kind != TRACE)
        names = {"loads": list(self._specs), "servers": list(servers)}
        found = {label: sentences for label, sentences in self._violations.items() if sentences}
        told = {"storage": names}
        return {**told, "storage_violations": found} if found else told

    def _workload(self, label: str, spec: ServerLoad, nested: bool) -> Workload:
        generator = self._ground.streams.stream(f"storage.{label}")
        return _workload(spec, generator, nested)

    def _ask(self, label: str, spec: ServerLoad, server: Server) -> None:
        ground, workload = self._ground, self._workloads[label]
        self._waiting -= 1
        latencies = Latencies(workload.kinds, spec.warm_up)
        latencies.begun = ground.env.now
        load = Load(workload.draw, spec.operations, latencies, ground.ending.check)
        self._loads[label] = load
        generator = ground.streams.stream(f"storage.{label}.times")
        if spec.rate is not None:
            gap = 1 / spec.rate
            OpenClients(
                ground.env, server, load, _drawer(lambda n: gap * generator.standard_exponential(n))
            )
            return
        think = _no_time if spec.think is None else _drawer(partial(spec.think.sample, generator))
        for _client in range(spec.clients or 1):
            ClosedClient(ground.env, server, load, think)

    def _replay(self, label: str, spec: BlockTraceLoad, host: Host) -> None:
        assert host.disk is not None  # for each host of a scenario with storage has one
        self._waiting -= 1
        requests = limited(read_block_trace(spec.path), spec.limit)
        ground = self._ground
        self._replays[label] = BlockReplay(
            ground.env, host.disk, requests, spec.time_scale, ground.ending.check
        )

    def _over(self) -> bool:
        asked = all(load.is_over for load in self._loads.values())
        return not self._waiting and asked and all(each.is_over for each in self._replays.values())


def _workload(spec: ServerLoad, generator: np.random.Generator, nested: bool) -> Workload:
    """Return the workload of a load; with `nested`, the engine keeps records within records."""
    if isinstance(spec, YcsbLoad):
        from aio_sim.storage.workloads.ycsb import MIXES, Shape, Ycsb, mix_of

        shape = Shape(spec.records, spec.fields, spec.field_length)
        if spec.workload is not None:
            mix = MIXES[spec.workload]
        else:
            assert spec.mix is not None  # for a load has one of the two
            mix = mix_of(spec.mix.weights)
        return Ycsb(mix, shape, generator, spec.popularity)
    if isinstance(spec, OrderEntryLoad):
        from aio_sim.storage.workloads.order_entry import OrderEntry, OrderEntryShape

        return OrderEntry(OrderEntryShape(spec.warehouses, spec.customers, spec.items), generator)
    if isinstance(spec, CatalogueLoad):
        from aio_sim.storage.workloads.catalogue import Catalogue, CatalogueShape

        goods = CatalogueShape(spec.records, spec.variants, spec.text)
        return Catalogue(goods, spec.updates, generator, nested=nested)
    assert isinstance(spec, LedgerLoad)
    from aio_sim.storage.workloads.ledger import Ledger
    from aio_sim.storage.workloads.zipf import Scrambled, Uniform

    popularity = Scrambled() if spec.popularity == "zipfian" else Uniform()
    return Ledger(spec.records, spec.reads, popularity, generator)


def _no_time() -> int:
    return 0


def _drawer(sample: Callable[[int], Any]) -> Callable[[], int]:
    """Return what draws one time after the other, in ns, of what draws many in seconds."""
    drawn: Iterator[int] = iter(())

    def draw() -> int:
        nonlocal drawn
        time = next(drawn, None)
        if time is None:
            drawn = iter((sample(DRAWN_TOGETHER) * SECOND).astype(int).tolist())
            time = next(drawn)
        return time

    return draw
