"""Wires the backups of a scenario: data that change, services that back them up, disasters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aio_sim.codecs.costs import Speed
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.codecs.encryption.simulated_keys import (
    SimulatedEntropy,
    simulated_aes_key,
    simulated_rsa_key,
)
from aio_sim.hardware.host import Host
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.span_record import Record
from aio_sim.kernel.units import format_size, seconds
from aio_sim.resources.allocation import Allocation
from aio_sim.resources.demand import Demand
from aio_sim.scenario.backups import BackupSpec, backup_names
from aio_sim.simulation.part import Part, Totals
from aio_sim.storage.backup.accounts import Numbers, RecoveryResult, joined
from aio_sim.storage.backup.catalogue import Catalogue
from aio_sim.storage.backup.changes import ChangingVolume
from aio_sim.storage.backup.costs import ZLIB_SPEED, SealingCosts
from aio_sim.storage.backup.devices import BackupDevices
from aio_sim.storage.backup.jobs import Keeping
from aio_sim.storage.backup.repository import Repository
from aio_sim.storage.backup.sealing import BackupCompression, Sealing
from aio_sim.storage.backup.service import BackupService
from aio_sim.storage.backup.sources import CopyMethod, Source, VolumeSource
from aio_sim.storage.backup.volume import Volume
from aio_sim.virtualization.compression_costs import SPEEDS, Compression

if TYPE_CHECKING:
    from aio_sim.simulation.ground import Ground
    from aio_sim.simulation.storage import StorageSystem

MOST_NAMED: Final = 20
"""Up to so many services, each is told of by its name too."""


def _speed(compression: Compression) -> Speed:
    return Speed(SPEEDS[compression].compress, SPEEDS[compression].decompress)


_COMPRESSION: Final[Mapping[BackupCompression, Speed | None]] = {
    BackupCompression.NONE: None,
    BackupCompression.ZLIB: ZLIB_SPEED,
    BackupCompression.LZ77: _speed(Compression.LZ77),
    BackupCompression.LZ78: _speed(Compression.LZ78),
}


@dataclass(frozen=True)
class BackupSystem:
    """The backup services of a run by name, with their sources, and the disk space they have."""

    services: Mapping[str, BackupService]
    sources: Mapping[str, Source]
    scales: Mapping[str, int]
    lent: list[Allocation]

    @property
    def part(self) -> Part:
        """What a run asks of them."""
        return Part(
            failed=self._failed,
            repaired=self._repaired,
            check=self._check,
            close=self._close,
            totals=self._totals,
            meta=self._meta,
        )

    def _failed(self, host: str) -> None:
        for service in self.services.values():
            service.fail(host)

    def _repaired(self, host: str) -> None:
        for service in self.services.values():
            service.repair(host)

    def _check(self) -> None:
        for service in self.services.values():
            service.check()

    def _close(self) -> None:
        for service in self.services.values():
            service.close()
        for allocation in self.lent:
            allocation.release()

    def _totals(self) -> Totals:
        each = {name: self._numbers(name) for name in self.services}
        totals = {f"backup.{name}": value for name, value in joined(each.values()).items()}
        if 1 < len(each) <= MOST_NAMED:
            for service, numbers in each.items():
                totals |= {f"backup.{service}.{name}": value for name, value in numbers.items()}
        return totals

    def _numbers(self, name: str) -> Numbers:
        service, scale = self.services[name], self.scales[name]
        repository = service.keeping.repository
        return service.accounts.totals() | {
            "kept": repository.used * scale,
            "kept.max": repository.peak * scale,
            "set_aside": self.sources[name].overhead * scale,
        }

    def _meta(self) -> Mapping[str, Any]:
        """Return the numbers of each service, and all recoveries in the order of disasters."""
        found = [
            {"backup": name, **_as_json(result)}
            for name, service in self.services.items()
            for result in service.accounts.recoveries
        ]
        numbers = {name: self._numbers(name) for name in self.services}
        return {"backups": numbers, "recoveries": sorted(found, key=lambda each: each["at"])}


def backups_part(ground: Ground, storage: StorageSystem | None) -> Part | None:
    """Make the backup services of a scenario, and let disasters happen; None where it has none.

    `storage` has the servers that backups are of, if there are any.
    """
    specs = ground.scenario.backups
    if not specs:
        return None
    names = backup_names(specs)
    services: dict[str, BackupService] = {}
    sources: dict[str, Source] = {}
    rooms = _Rooms(ground, specs)
    for name, spec in zip(names, specs, strict=True):
        rooms.lend(spec)
        host, sources[name] = _data(ground, name, spec, storage)
        services[name] = _service(ground, name, spec, host, sources[name], rooms.of(spec))
    ground.ending.when(lambda: False)  # backups are due for ever, so to the end of `until`
    for disaster in ground.scenario.disasters:
        service = services[disaster.backup or names[0]]
        ground.ending.story(service.happen(disaster.build()))
    scales = {name: spec.scale for name, spec in zip(names, specs, strict=True)}
    return BackupSystem(services, sources, scales, rooms.lent).part


class _Rooms:
    """The space on the disks of hosts for data and for backups, lent for the whole run."""

    def __init__(self, ground: Ground, specs: tuple[BackupSpec, ...]) -> None:
        self._ground = ground
        self._numbers = {host.name: number for number, host in enumerate(ground.hosts)}
        self._specs = specs
        self._rooms: dict[int, int] = {}
        self.lent: list[Allocation] = []
        for spec in specs:
            if spec.host is not None and spec.volume is not None:
                self._take(spec.host, spec.volume.size)

    def lend(self, spec: BackupSpec) -> None:
        """Set aside what the backups of a spec may take."""
        size = spec.room
        if size is None:
            later = self._specs[self._specs.index(spec) :]
            others = [each for each in later if each.to == spec.to]
            given = sum(each.room or 0 for each in others)
            without = sum(each.room is None for each in others)
            free = self._ground.manager.free(self._numbers[spec.to]).disk
            size = max(free - given, 0) // without
        self._take(spec.to, size)
        self._rooms[id(spec)] = size

    def of(self, spec: BackupSpec) -> int:
        """Return the bytes set aside for a spec."""
        return self._rooms[id(spec)]

    def _take(self, host: str, size: int) -> None:
        allocation = self._ground.manager.take(Demand(disk=size, host=self._numbers[host]))
        if allocation is None:
            sentence = _("the disk of {host} has no {size} left for backups or what they back up")
            raise InputError(sentence.format(host=host, size=format_size(size)))
        self.lent.append(allocation)


def _data(
    ground: Ground, name: str, spec: BackupSpec, storage: StorageSystem | None
) -> tuple[str, Source]:
    """Return what is backed up, and the host that has it."""
    if spec.of is not None:
        assert storage is not None  # for the scenario has that server
        return storage.host_of(spec.of), storage.source(spec.of)
    assert spec.volume is not None  # for one of both is given
    assert spec.host is not None
    volume = Volume(spec.volume.real_blocks, spec.volume.block_size)
    random = ground.streams.stream(f"backups.{name}.volume")
    changing = ChangingVolume(volume, spec.volume.law(), random)
    return spec.host, VolumeSource(changing, CopyMethod.named(spec.method))


def _service(
    ground: Ground, name: str, spec: BackupSpec, host: str, source: Source, room: int
) -> BackupService:
    hosts: dict[str, Host] = {host.name: host for host in ground.hosts}
    scale = spec.scale
    devices = BackupDevices(
        ground.env,
        ground.transport,
        hosts[host],
        hosts[spec.to],
        partial(ground.number, f"backup {name}"),
        scale=scale,
        request=spec.request,
        rate_limit=spec.rate_limit,
        priority=spec.priority,
    )
    sealing = _sealing(ground, name, spec)
    return BackupService(
        ground.env,
        Record(ground.trace, f"backup {name}"),
        devices,
        Keeping(Repository(room // scale), Catalogue(), sealing),
        SealingCosts(_COMPRESSION[sealing.compression], sealing.encryption),
        source,
        spec.plan(),
        ground.streams.stream(f"backups.{name}.disasters"),
        spec.verify.build() if spec.verify is not None else None,
    )


def _sealing(ground: Ground, name: str, spec: BackupSpec) -> Sealing:
    compression = BackupCompression.named(spec.compression)
    kind = EncryptionKind.named(spec.encryption)
    random = ground.streams.stream(f"backups.{name}.key")
    if kind is EncryptionKind.AES:
        key = simulated_aes_key(random)
        return Sealing(compression, kind, key, key, SimulatedEntropy(random))
    if kind is EncryptionKind.HYBRID:
        pair = simulated_rsa_key(random)
        return Sealing(compression, kind, pair.public, pair, SimulatedEntropy(random))
    return Sealing(compression)


def _as_json(result: RecoveryResult) -> dict[str, Any]:
    return {
        "disaster": result.disaster,
        "at": seconds(result.at),
        "lost": seconds(result.lost) if not result.reason else None,
        "took": seconds(result.took),
        "links": result.links,
        "read": result.read,
        "promise_kept": result.kept,
        "faults": list(result.faults),
        "reason": result.reason,
    }
