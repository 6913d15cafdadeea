"""What goes wrong with backups."""

from __future__ import annotations

from aio_sim.kernel.errors import AioSimError


class BackupError(AioSimError):
    """A backup that cannot be taken, or from which nothing can be restored."""


class RepositoryFullError(BackupError):
    """A repository has no room for what is to be kept there."""


class DamagedError(BackupError):
    """A part of a backup is missing, or is not what was written."""
