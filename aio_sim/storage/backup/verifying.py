"""Verification: whether every part of every backup is there, and is what was written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from aio_sim.kernel.messages import _
from aio_sim.storage.backup.catalogue import Catalogue, scan
from aio_sim.storage.backup.errors import DamagedError
from aio_sim.storage.backup.manifest import LogManifest, Manifest, parts_of, written
from aio_sim.storage.backup.repository import Repository
from aio_sim.storage.backup.sealing import Sealing, digest
from aio_sim.storage.backup.writing import read_part


class Fault(NamedTuple):
    """What is wrong with a backup or a piece of the log, by its number."""

    number: int
    reason: str


def verify(
    repository: Repository, known: Catalogue | None = None, sealing: Sealing | None = None
) -> list[Fault]:
    """Return what is wrong in a repository: missing, damaged, or cut off from what it builds on.

    `known` is what should be there; with `sealing` each part is opened too, so that a key that no
    longer fits is found: EncryptionError.
    """
    found, _problems = scan(repository)
    expected = known or found
    manifests: list[Manifest | LogManifest] = [
        *expected.backups.values(),
        *expected.logs.values(),
    ]
    faults = [fault for each in manifests for fault in _of(each, repository, sealing)]
    faults += [fault for each in expected.backups.values() for fault in _base(each, expected)]
    return sorted(faults + list(_gaps(expected)))


def _of(
    manifest: Manifest | LogManifest, repository: Repository, sealing: Sealing | None
) -> Iterator[Fault]:
    try:
        if repository.read(manifest.name) != written(manifest):
            sentence = _("{name} is damaged: it is not what was written")
            yield Fault(manifest.number, sentence.format(name=manifest.name))
    except DamagedError as error:
        yield Fault(manifest.number, str(error))
    for part in parts_of(manifest):
        try:
            sealed = read_part(repository, part)
            if sealing is not None:
                sealing.open(sealed)
        except DamagedError as error:
            yield Fault(manifest.number, str(error))


def _base(manifest: Manifest, catalogue: Catalogue) -> Iterator[Fault]:
    try:
        chain = catalogue.chain(manifest)
    except DamagedError as error:
        yield Fault(manifest.number, str(error))
        return
    if len(chain) > 1 and digest(written(chain[-2])) != manifest.base_digest:
        sentence = _("backup {number} was built on another backup {base} than the one there")
        told = sentence.format(number=manifest.number, base=manifest.base)
        yield Fault(manifest.number, told)


def _gaps(catalogue: Catalogue) -> Iterator[Fault]:
    """Yield pieces of the log before which one is missing."""
    pieces = sorted(catalogue.logs.values(), key=lambda piece: piece.start)
    end = pieces[0].start if pieces else 0
    for piece in pieces:
        if piece.start > end:
            sentence = _("the log between {end} and {start} is missing")
            yield Fault(piece.number, sentence.format(end=end, start=piece.start))
        end = max(end, piece.end.position)
