"""A backup as it is written: parts one by one, then the manifest, then all appear at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from struct import Struct
from typing import Final

from aio_sim.kernel.messages import _
from aio_sim.storage.backup.catalogue import Catalogue
from aio_sim.storage.backup.errors import DamagedError
from aio_sim.storage.backup.log_piece import LogPiece, Mark
from aio_sim.storage.backup.manifest import (
    BackupKind,
    LogManifest,
    Manifest,
    Part,
    folder,
    log_folder,
    written,
)
from aio_sim.storage.backup.repository import Repository
from aio_sim.storage.backup.sealing import Sealing, digest
from aio_sim.storage.backup.volume import Reading
from aio_sim.storage.engine import Snapshot

PART_BLOCKS: Final = 8
"""Blocks in a part, so that a damaged byte spoils no more. An assumption."""

_NUMBER: Final = Struct(">Q")
_LOG: Final = "log"
"""How the name of the part ends that holds the log."""


class BackupWriter:
    """Writes one backup. Parts are read with `read`, kept with `put`; then `finish`, or `abort`.

    `begun` is ns. Raises BackupError where what it builds on is not there.
    """

    def __init__(
        self, repository: Repository, catalogue: Catalogue, kind: BackupKind, begun: int
    ) -> None:
        self._stage = repository.stage()
        self._catalogue = catalogue
        self._kind = kind
        self._begun = begun
        self._base = catalogue.base(kind)
        self.number = catalogue.next_number()
        self._parts: list[Part] = []

    @property
    def since(self) -> int:
        """The instant behind which blocks are to be read."""
        return self._base.mark.position if self._base else 0

    def put(self, sealed: bytes, name: str = "") -> None:
        """Keep a part; raises RepositoryFullError."""
        name = f"{folder(self.number)}{name or f'{len(self._parts):04}'}"
        self._stage.put(name, sealed)
        self._parts.append(Part(name, len(sealed), digest(sealed)))

    def put_log(self, sealed: bytes) -> None:
        """Keep the log that makes the blocks consistent."""
        self.put(sealed, _LOG)

    def finish(self, snapshot: Snapshot, mark: Mark, *, synthetic: bool = False) -> Manifest:
        """Let the backup appear, as what was read says of itself; raises RepositoryFullError."""
        base = self._base
        manifest = Manifest(
            self.number,
            self._kind,
            mark,
            snapshot.since,
            base.number if base else 0,
            digest(written(base)) if base else "",
            snapshot.kind,
            snapshot.blocks,
            snapshot.block_size,
            tuple(self._parts),
            self._begun,
            synthetic,
        )
        self._stage.put(manifest.name, written(manifest))
        self._stage.publish()
        self._catalogue.add(manifest)
        return manifest

    def abort(self) -> None:
        """Leave nothing behind."""
        self._stage.abort()


def groups(numbers: Sequence[int]) -> list[Sequence[int]]:
    """Return the numbers of blocks part by part."""
    return [numbers[start : start + PART_BLOCKS] for start in range(0, len(numbers), PART_BLOCKS)]


def pack(reading: Reading, numbers: Sequence[int]) -> bytes:
    """Read some blocks; return them as bytes, each behind its number."""
    return pack_blocks({number: reading.read(number) for number in numbers}, numbers)


def pack_blocks(blocks: Mapping[int, bytes], numbers: Sequence[int]) -> bytes:
    """Return some blocks as bytes, each behind its number."""
    return b"".join(_NUMBER.pack(number) + blocks[number] for number in numbers)


def back_up(
    reading: Reading, writer: BackupWriter, sealing: Sealing, *, synthetic: bool = False
) -> Manifest:
    """Take a whole backup at once; nothing is left where an error is raised."""
    try:
        for numbers in groups(reading.numbers):
            writer.put(sealing.seal(pack(reading, numbers)))
        snapshot, mark = reading.finish()
        if snapshot.log:
            writer.put_log(sealing.seal(snapshot.log))
        return writer.finish(snapshot, mark, synthetic=synthetic)
    except BaseException:
        reading.give_up()
        writer.abort()
        raise


def archive(
    piece: LogPiece, repository: Repository, catalogue: Catalogue, sealed: bytes
) -> LogManifest:
    """Keep a piece of the log, sealed already; raises RepositoryFullError, nothing then left."""
    stage = repository.stage()
    number = catalogue.next_number()
    part = Part(f"{log_folder(number)}data", len(sealed), digest(sealed))
    manifest = LogManifest(number, piece.start, piece.marks, part)
    try:
        stage.put(part.name, sealed)
        stage.put(manifest.name, written(manifest))
    except BaseException:
        stage.abort()
        raise
    stage.publish()
    catalogue.add(manifest)
    return manifest


def read_part(repository: Repository, part: Part) -> bytes:
    """Return a part as it is kept; raises DamagedError where it is not what was written."""
    sealed = repository.read(part.name)
    if digest(sealed) != part.digest:
        raise DamagedError(_("{name} is damaged: its checksum does not fit").format(name=part.name))
    return sealed


def unpack(manifest: Manifest, opened: Sequence[bytes]) -> Snapshot:
    """Return the snapshot of a backup from its parts, opened."""
    changed: dict[int, bytes] = {}
    log = b""
    step = _NUMBER.size + manifest.block_size
    for part, data in zip(manifest.parts, opened, strict=True):
        if part.name.endswith(_LOG):
            log = data
            continue
        for start in range(0, len(data), step):
            (number,) = _NUMBER.unpack_from(data, start)
            changed[number] = data[start + _NUMBER.size : start + step]
    return Snapshot(
        manifest.source,
        manifest.blocks,
        manifest.block_size,
        at=manifest.mark.position,
        since=manifest.since,
        changed=changed,
        log=log,
    )
