"""Where backups are kept: files of a limited size in all, written beside and then renamed."""

from __future__ import annotations

from collections.abc import Iterator

from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.storage.backup.errors import DamagedError, RepositoryFullError


class Repository:
    """Files by name, of `capacity` bytes in all; each set of files appears whole or not at all."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.used = 0
        """Bytes of all files, those that are being written too."""
        self.peak = 0
        self.changes = 0
        """How often files have appeared, changed or gone."""
        self._files: dict[str, bytes] = {}

    def stage(self) -> Stage:
        """Begin a set of files."""
        return Stage(self)

    def names(self, prefix: str = "") -> Iterator[str]:
        """Return the names of the files that begin so, sorted."""
        return (name for name in sorted(self._files) if name.startswith(prefix))

    def read(self, name: str) -> bytes:
        """Return a file; raises DamagedError where it is not there."""
        if name not in self._files:
            raise DamagedError(_("{name} is missing").format(name=name))
        return self._files[name]

    def remove(self, name: str) -> None:
        """Take a file away, where it is there."""
        self.used -= len(self._files.pop(name, b""))
        self.changes += 1

    def damage(self, name: str, place: int) -> None:
        """Flip the bits of one byte, `place` counted around the length; an empty file gets one."""
        held = bytearray(self.read(name) or b"\0")
        self.used += len(held) - len(self._files[name])
        held[place % len(held)] ^= 0xFF
        self._files[name] = bytes(held)
        self.changes += 1

    def take(self, size: int) -> None:
        """Set room aside; raises RepositoryFullError where there is none."""
        if self.used + size > self.capacity:
            raise RepositoryFullError(
                _("the repository is full: {size} more do not go into {free} of {all}").format(
                    size=format_size(size),
                    free=format_size(self.capacity - self.used),
                    all=format_size(self.capacity),
                )
            )
        self.used += size
        self.peak = max(self.peak, self.used)

    def rename(self, files: dict[str, bytes]) -> None:
        """Let files appear of which the room was taken, in the place of those of their names."""
        for name, data in files.items():
            self.remove(name)
            self._files[name] = data
        self.changes += 1

    def account(self) -> int:
        """Return the bytes of all files that have appeared, counted anew."""
        return sum(map(len, self._files.values()))


class Stage:
    """Files that are not there yet; `publish` lets all appear at once, `abort` none."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._files: dict[str, bytes] = {}

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return sum(map(len, self._files.values()))

    def put(self, name: str, data: bytes) -> None:
        """Write a file beside; raises RepositoryFullError."""
        self._repository.take(len(data))
        self._files[name] = data

    def publish(self) -> None:
        """Rename all that was written, at one instant."""
        self._repository.rename(self._files)
        self._files = {}

    def abort(self) -> None:
        """Take away what was written."""
        self._repository.used -= self.size
        self._files = {}
