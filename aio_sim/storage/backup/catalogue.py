"""The catalogue: which backups there are, and which build on which."""

from __future__ import annotations

from collections.abc import Iterator

from aio_sim.kernel.messages import _
from aio_sim.storage.backup.errors import BackupError, DamagedError
from aio_sim.storage.backup.manifest import (
    BACKUPS,
    LOGS,
    BackupKind,
    LogManifest,
    Manifest,
    parts_of,
    read_log_manifest,
    read_manifest,
)
from aio_sim.storage.backup.repository import Repository


class Catalogue:
    """Backups and pieces of the log by number; a later one has a larger number."""

    def __init__(self) -> None:
        self.backups: dict[int, Manifest] = {}
        self.logs: dict[int, LogManifest] = {}
        self._last = 0

    @property
    def latest(self) -> Manifest | None:
        """The backup taken last."""
        return self.backups[max(self.backups)] if self.backups else None

    @property
    def latest_full(self) -> Manifest | None:
        """The full backup taken last."""
        fulls = [each for each in self.backups.values() if each.kind is BackupKind.FULL]
        return max(fulls, key=lambda each: each.number, default=None)

    def next_number(self) -> int:
        """Return a number that no backup or piece had before."""
        self._last += 1
        return self._last

    def add(self, manifest: Manifest | LogManifest) -> None:
        """Take a backup or a piece of the log in."""
        if isinstance(manifest, Manifest):
            self.backups[manifest.number] = manifest
        else:
            self.logs[manifest.number] = manifest
        self._last = max(self._last, manifest.number)

    def base(self, kind: BackupKind) -> Manifest | None:
        """Return what a backup of a kind builds on, None for a full one.

        Raises BackupError where there is no full backup before it.
        """
        if kind is BackupKind.FULL:
            return None
        full = self.latest_full
        if full is None:
            raise BackupError(
                _("a backup of kind {kind} needs a full one before it, and there is none").format(
                    kind=kind.value
                )
            )
        return full if kind is BackupKind.DIFFERENTIAL else self.latest

    def chain(self, manifest: Manifest) -> list[Manifest]:
        """Return a backup after all that it builds on, the full one first.

        Raises DamagedError where one of them is not there.
        """
        links = [manifest]
        while links[-1].base:
            base = self.backups.get(links[-1].base)
            if base is None:
                raise DamagedError(
                    _("backup {number} builds on backup {base}, which is missing").format(
                        number=links[-1].number, base=links[-1].base
                    )
                )
            links.append(base)
        return links[::-1]

    def needed_by(self, numbers: set[int]) -> set[int]:
        """Return backups by number with all that they build on."""
        needed: set[int] = set()
        for number in sorted(numbers, reverse=True):
            while number and number not in needed and number in self.backups:
                needed.add(number)
                number = self.backups[number].base
        return needed

    def logs_from(self, position: int) -> Iterator[LogManifest]:
        """Yield the pieces of the log that follow each other without a gap, from an instant on."""
        pieces = sorted(self.logs.values(), key=lambda piece: (piece.start, piece.end))
        for piece in pieces:
            if piece.start <= position <= piece.end.position:
                yield piece
                position = piece.end.position

    def behind(self, position: int) -> list[Manifest | LogManifest]:
        """Return the backups and pieces that hold something of behind an instant."""
        backups = [each for each in self.backups.values() if each.mark.position > position]
        return [*backups, *(each for each in self.logs.values() if each.end.position > position)]

    def remove(self, manifest: Manifest | LogManifest, repository: Repository) -> None:
        """Take a backup or a piece away, its files too, the manifest first."""
        repository.remove(manifest.name)
        for part in parts_of(manifest):
            repository.remove(part.name)
        held = self.backups if isinstance(manifest, Manifest) else self.logs
        held.pop(manifest.number, None)


def scan(repository: Repository) -> tuple[Catalogue, list[str]]:
    """Return the catalogue of what is in a repository, and why some manifests do not count."""
    catalogue, problems = Catalogue(), []
    for prefix, read in ((BACKUPS, read_manifest), (LOGS, read_log_manifest)):
        for name in repository.names(prefix):
            if not name.endswith("/manifest"):
                continue
            try:
                catalogue.add(read(repository.read(name), name))
            except DamagedError as error:
                problems.append(str(error))
    return catalogue, problems
