"""What a backup says of itself, kept beside its parts: a line of JSON and its checksum."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from aio_sim.kernel.choices import choice
from aio_sim.kernel.messages import _
from aio_sim.storage.backup.errors import DamagedError
from aio_sim.storage.backup.log_piece import Mark
from aio_sim.storage.backup.sealing import digest

SCHEMA: Final = "aio-sim/backup/v1"
BACKUPS: Final = "backup/"
LOGS: Final = "log/"


class BackupKind(StrEnum):
    """What a backup holds."""

    FULL = "full"
    """All blocks."""
    INCREMENTAL = "incremental"
    """What changed since the last backup of any kind."""
    DIFFERENTIAL = "differential"
    """What changed since the last full one."""

    @classmethod
    def named(cls, name: str) -> BackupKind:
        """Return the kind of that name; UnknownName for another."""
        return choice(cls, "kind of backup", name)


class Part(NamedTuple):
    """A file of a backup: its name, its size in bytes and its SHA-256."""

    name: str
    size: int
    digest: str


@dataclass(frozen=True)
class Manifest:
    """One backup: of which kind, of which instant, what it builds on, and its parts.

    `base` is the number of the backup that it builds on, 0 for a full one, and `base_digest` the
    SHA-256 of that one's manifest: so a chain is held together as its parts are.
    """

    number: int
    kind: BackupKind
    mark: Mark
    since: int
    base: int
    base_digest: str
    source: str
    blocks: int
    block_size: int
    parts: tuple[Part, ...]
    begun: int = 0
    """When it was begun, in ns."""
    synthetic: bool = False
    """Whether it was merged of others in the repository."""

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)

    @property
    def folder(self) -> str:
        """What the names of its files begin with."""
        return folder(self.number)

    @property
    def name(self) -> str:
        """The name of the file that it is kept in."""
        return f"{self.folder}manifest"


@dataclass(frozen=True)
class LogManifest:
    """One archived piece of the log."""

    number: int
    start: int
    marks: tuple[Mark, ...]
    part: Part

    @property
    def end(self) -> Mark:
        """Where the piece ends."""
        return self.marks[-1]

    @property
    def size(self) -> int:
        """Bytes of the piece."""
        return self.part.size

    @property
    def name(self) -> str:
        """The name of the file that it is kept in."""
        return f"{LOGS}{self.number:06}/manifest"


def parts_of(manifest: Manifest | LogManifest) -> tuple[Part, ...]:
    """Return the files that belong to a backup or a piece of the log, the manifest aside."""
    return manifest.parts if isinstance(manifest, Manifest) else (manifest.part,)


def folder(number: int) -> str:
    """Return what the names of the files of a backup begin with."""
    return f"{BACKUPS}{number:06}/"


def log_folder(number: int) -> str:
    """Return what the names of the files of a piece of the log begin with."""
    return f"{LOGS}{number:06}/"


def written(manifest: Manifest | LogManifest) -> bytes:
    """Return a manifest as it is kept."""
    text = json.dumps({"schema": SCHEMA, **asdict(manifest)}, separators=(",", ":")).encode()
    return text + b"\n" + digest(text).encode()


def read_manifest(data: bytes, name: str) -> Manifest:
    """Return the manifest of a backup; raises DamagedError where it is not as it was written."""
    found = _checked(data, name)
    return Manifest(
        **{
            **found,
            "kind": BackupKind(found["kind"]),
            "mark": Mark(*found["mark"]),
            "parts": tuple(Part(*part) for part in found["parts"]),
        }
    )


def read_log_manifest(data: bytes, name: str) -> LogManifest:
    """Return the manifest of a piece of the log; DamagedError where it is not as it was written."""
    found = _checked(data, name)
    marks = tuple(Mark(*mark) for mark in found["marks"])
    return LogManifest(found["number"], found["start"], marks, Part(*found["part"]))


def _checked(data: bytes, name: str) -> dict[str, Any]:
    text, _line, expected = data.rpartition(b"\n")
    if digest(text).encode() != expected:
        raise DamagedError(_("{name} is damaged: its checksum does not fit").format(name=name))
    found: dict[str, Any] = json.loads(text)
    if found.pop("schema") != SCHEMA:
        raise DamagedError(_("{name} is not of {schema}").format(name=name, schema=SCHEMA))
    return found
