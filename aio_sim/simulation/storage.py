"""Wires the storage servers of a scenario, and what is asked of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from aio_sim.simulation.part import Part, Totals

if TYPE_CHECKING:
    from aio_sim.hardware.host import Host
    from aio_sim.resources.allocation import Allocation
    from aio_sim.scenario.storage import EngineSpec
    from aio_sim.simulation.ground import Ground
    from aio_sim.simulation.storage_loads import Loads
    from aio_sim.storage.backup.server_source import ServerSource
    from aio_sim.storage.backup.witness import Witness
    from aio_sim.storage.server.database import Installation, LoggedInstallation
    from aio_sim.storage.server.server import Server


def storage_system(ground: Ground) -> StorageSystem | None:
    """Make the storage servers of a scenario, filled, and begin its loads; None where none is."""
    spec = ground.scenario.storage
    if spec is None:
        return None
    from aio_sim.simulation.storage_loads import Loads

    loads = Loads(ground, spec)
    system = StorageSystem(ground, spec.engines, loads)
    loads.begin(system.servers, {host.name: host for host in ground.hosts})
    return system


class StorageSystem:
    """The storage servers of a run, each on a host that lends it memory and disk."""

    def __init__(self, ground: Ground, engines: tuple[EngineSpec, ...], loads: Loads) -> None:
        self._ground = ground
        self._loads = loads
        self._hosts = {host.name: (number, host) for number, host in enumerate(ground.hosts)}
        self._engines = {engine.name: engine for engine in engines}
        self._lent: list[Allocation] = []
        self._witnesses = _witnesses(ground)
        self._installed: dict[str, Installation] = {}
        self.servers = {name: self._server(engine) for name, engine in self._engines.items()}

    @property
    def part(self) -> Part:
        """What a run asks of it."""
        return Part(
            failed=self._failed,
            repaired=self._repaired,
            check=self._check,
            close=self._close,
            totals=self._totals,
            meta=self._loads.meta,
        )

    def source(self, name: str) -> ServerSource:
        """Return a server as something to be backed up: one of those that backups are of."""
        from aio_sim.storage.backup.server_source import ServerSource

        host = self._hosts[self._engines[name].on][1]
        assert host.disk is not None  # for each host of a scenario with storage has one
        installed = cast("LoggedInstallation", self._installed[name])  # for a structure has none
        return ServerSource(
            self._ground.env,
            self.servers[name],
            installed,
            self._witnesses[name],
            host.disk,
            host.run,
        )

    def host_of(self, name: str) -> str:
        """Return the host of a server."""
        return self._engines[name].on

    def _server(self, engine: EngineSpec) -> Server:
        from aio_sim.simulation.storage_engines import installation, prices, promise
        from aio_sim.storage.server.server import Server
        from aio_sim.storage.server.service import Place, Service

        ground = self._ground
        host = self._lend(engine)
        assert host.disk is not None  # for each host of a scenario with storage has one
        names = [f"{engine.name}/recovery"]
        names += [f"{engine.name}/{worker}" for worker in range(engine.workers)]
        first = ground.trace.add_processes(names)
        installed = self._installed[engine.name] = installation(engine)
        witness = self._witnesses.get(engine.name)
        self._loads.fill(engine, installed, witness.truth if witness is not None else None)
        return Server(
            Place(ground.env, host.accept, host.withdraw, host.disk),
            Service(
                engine.name,
                promise(engine),
                prices(engine),
                engine.workers,
                engine.group_commit_window,
                engine.settings.flush_period,
            ),
            installed,
            self._survival(engine),
            list(range(first, first + len(names))),
            witness,
        )

    def _lend(self, engine: EngineSpec) -> Host:
        """Return the host of an engine, which lends it memory for pages and disk for its files."""
        from aio_sim.resources.demand import Demand

        number, host = self._hosts[engine.on]
        demand = Demand(memory=engine.settings.buffer_pool, disk=engine.disk_space, host=number)
        allocation = self._ground.manager.take(demand)
        if allocation is not None:
            self._lent.append(allocation)
        return host

    def _survival(self, engine: EngineSpec) -> Callable[[], bool]:
        """Return what tells, sector by sector, whether a write under way reached the disk."""
        generator = self._ground.streams.stream(f"storage.{engine.name}.crash")
        return lambda: bool(generator.random() < 0.5)

    def _failed(self, machine: str) -> None:
        self._loads.note(machine, down=True)
        for name, server in self.servers.items():
            if self._engines[name].on == machine:
                server.crash()

    def _repaired(self, machine: str) -> None:
        self._loads.note(machine, down=False)
        for name, server in self.servers.items():
            if self._engines[name].on == machine and not server.is_up and not server.has_lost_disk:
                host = self._hosts[machine][1]
                self._ground.ending.story(server.recover(host.run))

    def _check(self) -> None:
        for name, server in self.servers.items():
            server.check()
            self._installed[name].check()

    def _close(self) -> None:
        for server in self.servers.values():
            server.close()
        self._loads.close(self.servers)
        for allocation in self._lent:
            allocation.release()

    def _totals(self) -> Totals:
        from aio_sim.simulation.storage_report import engine_totals, structure_totals

        now = self._ground.env.now
        totals: dict[str, int | float] = {}
        for name, server in self.servers.items():
            totals |= engine_totals(name, server, self._engines[name], now)
            totals |= structure_totals(name, self._installed[name])
        return {**totals, **self._loads.totals()}


def _witnesses(ground: Ground) -> Mapping[str, Witness]:
    """Return who watches the servers that are backed up, which takes a while to load."""
    if not ground.scenario.backups:
        return {}
    from aio_sim.simulation.storage_backups import witnesses

    return witnesses(ground)
