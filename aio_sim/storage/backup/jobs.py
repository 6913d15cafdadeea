"""Jobs of a backup service, each a pipeline over the devices: back up, archive, restore."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from aio_sim.kernel.environment import Environment
from aio_sim.storage.backup.catalogue import Catalogue
from aio_sim.storage.backup.costs import SealingCosts
from aio_sim.storage.backup.devices import BackupDevices
from aio_sim.storage.backup.errors import DamagedError
from aio_sim.storage.backup.log_piece import LogPiece
from aio_sim.storage.backup.manifest import (
    BackupKind,
    LogManifest,
    Manifest,
    Part,
    parts_of,
)
from aio_sim.storage.backup.pipeline import Story, pipeline
from aio_sim.storage.backup.recovery import RecoveryPlan, Salvage
from aio_sim.storage.backup.repository import Repository
from aio_sim.storage.backup.sealing import Sealing
from aio_sim.storage.backup.sources import Source
from aio_sim.storage.backup.writing import BackupWriter, archive, groups, pack


class Keeping(NamedTuple):
    """Where backups are kept, which there are, and how they are sealed."""

    repository: Repository
    catalogue: Catalogue
    sealing: Sealing


class BackupJob:
    """One backup: read, sealed, sent and kept, part by part."""

    def __init__(
        self,
        env: Environment,
        devices: BackupDevices,
        keeping: Keeping,
        costs: SealingCosts,
        source: Source,
        kind: BackupKind,
    ) -> None:
        self._env = env
        self._devices = devices
        self._keeping = keeping
        self._costs = costs
        self._source = source
        source.advance(env.now)
        self._writer = BackupWriter(keeping.repository, keeping.catalogue, kind, env.now)
        self._overhead = source.overhead
        self._reading = source.begin(self._writer.since, env.now)
        self.read = 0
        """Bytes read so far."""

    def run(self) -> Story:
        """Take the backup; the story returns its manifest.

        Raises RepositoryFullError, TransferFailed, ProcessLost, and Interrupt where it is given up;
        nothing of it is then left.
        """
        writer, reading = self._writer, self._reading
        stages = [self._read, self._seal, self._send, self._keep]
        try:
            yield from pipeline(self._env, groups(reading.numbers), stages)
            self._source.advance(self._env.now)
            snapshot, mark = reading.finish()
            if snapshot.log:
                yield from self._keep_log(snapshot.log)
            return writer.finish(snapshot, mark)
        except BaseException:
            reading.give_up()
            writer.abort()
            raise

    def _read(self, numbers: Sequence[int]) -> Story:
        devices, source = self._devices, self._source
        size = len(numbers) * self._reading.block_size
        yield from devices.read(devices.source, size, paced=True)
        source.advance(self._env.now)
        data = pack(self._reading, numbers)
        self.read += len(data)
        copied = source.overhead - self._overhead
        self._overhead += copied
        yield from devices.read(devices.source, copied)
        yield from devices.write(devices.source, copied)
        return data

    def _seal(self, data: bytes) -> Story:
        sealed = self._keeping.sealing.seal(data)
        work = self._costs.seal(len(data), len(sealed))
        yield from self._devices.compute(self._devices.source, work, len(data))
        return sealed

    def _send(self, sealed: bytes) -> Story:
        yield from self._devices.send(len(sealed))
        return sealed

    def _keep(self, sealed: bytes) -> Story:
        self._writer.put(sealed)
        yield from self._devices.write(self._devices.target, len(sealed))

    def _keep_log(self, log: bytes) -> Story:
        devices = self._devices
        self.read += len(log)
        yield from devices.read(devices.source, len(log))
        sealed = yield from self._seal(log)
        yield from devices.send(len(sealed))
        self._writer.put_log(sealed)
        yield from devices.write(devices.target, len(sealed))


def archive_log(
    devices: BackupDevices, keeping: Keeping, costs: SealingCosts, piece: LogPiece
) -> Story:
    """Bring a piece of the log to the repository; returns its manifest, raises as a backup does."""
    sealed = keeping.sealing.seal(piece.data)
    yield from devices.read(devices.source, len(piece.data))
    work = costs.seal(len(piece.data), len(sealed))
    yield from devices.compute(devices.source, work, len(piece.data))
    yield from devices.send(len(sealed))
    manifest = archive(piece, keeping.repository, keeping.catalogue, sealed)
    yield from devices.write(devices.target, len(sealed))
    return manifest


class RestoreJob:
    """Brings all parts of a plan back: read, sent, opened and written, part by part."""

    def __init__(
        self,
        env: Environment,
        devices: BackupDevices,
        costs: SealingCosts,
        salvage: Salvage,
        plan: RecoveryPlan,
    ) -> None:
        self._env = env
        self._devices = devices
        self._costs = costs
        self._salvage = salvage
        self._plan = plan
        self.opened: list[list[bytes]] = [[] for _link in plan.links]
        """The parts of each link, opened."""
        self.read = 0
        """Bytes read so far."""

    def run(self) -> Story:
        """Bring all back; the story returns whether it all was good.

        Raises TransferFailed, ProcessLost, EncryptionError, Interrupt. Where a link is damaged, the
        salvage knows.
        """
        items = [
            (at, link, part) for at, link in enumerate(self._plan.links) for part in parts_of(link)
        ]
        try:
            yield from pipeline(self._env, items, [self._read, self._send, self._open, self._write])
        except DamagedError:
            return False
        return True

    def _read(self, item: tuple[int, Manifest | LogManifest, Part]) -> Story:
        at, link, part = item
        yield from self._devices.read(self._devices.target, part.size)
        self.read += part.size
        return at, link, self._good(link, lambda: self._salvage.read(part))

    def _send(self, item: tuple[int, Manifest | LogManifest, bytes]) -> Story:
        yield from self._devices.send_back(len(item[2]))
        return item

    def _open(self, item: tuple[int, Manifest | LogManifest, bytes]) -> Story:
        at, link, sealed = item
        data = self._good(link, lambda: self._salvage.open(sealed))
        work = self._costs.open(len(data), len(sealed))
        yield from self._devices.compute(self._devices.source, work, len(data))
        return at, data

    def _write(self, item: tuple[int, bytes]) -> Story:
        at, data = item
        yield from self._devices.write(self._devices.source, len(data))
        self.opened[at].append(data)

    def _good(self, link: Manifest | LogManifest, action: Callable[[], bytes]) -> bytes:
        try:
            return action()
        except DamagedError as error:
            self._salvage.blame(link, error)
            raise
