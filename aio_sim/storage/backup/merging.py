"""Merging: a full backup and those that build on it become one full backup, where they are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.backup.catalogue import Catalogue
from aio_sim.storage.backup.manifest import BackupKind, Manifest, Part, folder, written
from aio_sim.storage.backup.repository import Repository, Stage
from aio_sim.storage.backup.sealing import Sealing, digest
from aio_sim.storage.backup.volume import KIND, restore_volume
from aio_sim.storage.backup.writing import groups, pack_blocks, read_part, unpack
from aio_sim.storage.engine import Snapshot


def flatten(chain: Sequence[Snapshot]) -> Snapshot:
    """Return the full snapshot of a full one and those that build on it, in order.

    Of an engine the pages are the newest ones, and the log that of the last snapshot; a volume's
    logs are replayed.
    """
    last = chain[-1]
    if last.kind == KIND:
        return replace(last, since=0, changed=restore_volume(chain).contents(), log=b"")
    blocks: dict[int, bytes] = {}
    for snapshot in chain:
        blocks |= snapshot.changed
    return replace(last, since=0, changed={at: blocks[at] for at in sorted(blocks)})


def merge(
    repository: Repository,
    catalogue: Catalogue,
    sealing: Sealing,
    last: Manifest,
    make: Callable[[Sequence[Snapshot]], Snapshot] = flatten,
) -> Manifest:
    """Put one full backup in the place of `last` and of all that it builds on.

    What built on any of them then builds on it. The old files go when the new ones are there, so
    that a repository which is full keeps the old chain whole: RepositoryFullError. Raises
    InputError where there is nothing to merge, DamagedError where a link is damaged.
    """
    chain = catalogue.chain(last)
    if len(chain) < 2:
        raise InputError(_("backup {number} builds on nothing").format(number=last.number))
    snapshot = make([_opened(link, repository, sealing) for link in chain])
    stage = repository.stage()
    try:
        made = _write(stage, last, snapshot, sealing, begun=chain[0].begun)
        manifests = [made, *_rebased(catalogue, chain, made)]
        for manifest in manifests:
            stage.put(manifest.name, written(manifest))
    except BaseException:
        stage.abort()
        raise
    stage.publish()
    for link in chain:
        _drop(link, made, repository, catalogue)
    for manifest in manifests:
        catalogue.add(manifest)
    return made


def _opened(link: Manifest, repository: Repository, sealing: Sealing) -> Snapshot:
    return unpack(link, [sealing.open(read_part(repository, part)) for part in link.parts])


def _write(
    stage: Stage, last: Manifest, snapshot: Snapshot, sealing: Sealing, begun: int
) -> Manifest:
    parts: list[Part] = []

    def put(name: str, data: bytes) -> None:
        sealed = sealing.seal(data)
        name = f"{folder(last.number)}merged-{name}"
        stage.put(name, sealed)
        parts.append(Part(name, len(sealed), digest(sealed)))

    for at, numbers in enumerate(groups(sorted(snapshot.changed))):
        put(f"{at:04}", pack_blocks(snapshot.changed, numbers))
    if snapshot.log:
        put("log", snapshot.log)
    return replace(
        last,
        kind=BackupKind.FULL,
        since=0,
        base=0,
        base_digest="",
        parts=tuple(parts),
        begun=begun,
        synthetic=True,
    )


def _rebased(catalogue: Catalogue, chain: list[Manifest], made: Manifest) -> list[Manifest]:
    """Return the manifests that change with their base, each after its own."""
    changed = {link.number: made for link in chain}
    merged = set(changed)
    later = []
    for number in sorted(catalogue.backups):
        manifest = catalogue.backups[number]
        if number not in merged and manifest.base in changed:
            base = changed[manifest.base]
            again = replace(manifest, base=base.number, base_digest=digest(written(base)))
            changed[number] = again
            later.append(again)
    return later


def _drop(link: Manifest, made: Manifest, repository: Repository, catalogue: Catalogue) -> None:
    for part in link.parts:
        repository.remove(part.name)
    if link.number != made.number:
        repository.remove(link.name)
        del catalogue.backups[link.number]
