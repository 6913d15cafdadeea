"""Storage servers that are backed up: who watches them, so that it is known what is lost."""

from __future__ import annotations

from aio_sim.scenario.backups import BackupSpec
from aio_sim.simulation.ground import Ground
from aio_sim.storage.backup.log_archive import LogArchive
from aio_sim.storage.backup.truth import Truth
from aio_sim.storage.backup.witness import Witness


def witnesses(ground: Ground) -> dict[str, Witness]:
    """Return who watches each server that is backed up."""
    backups = ground.scenario.backups
    return {each.of: _witness(ground, each) for each in backups if each.of is not None}


def _witness(ground: Ground, backup: BackupSpec) -> Witness:
    """Return a witness, who keeps the log where that is archived."""
    env = ground.env
    return Witness(Truth(), LogArchive(lambda: env.now) if backup.log is not None else None)
