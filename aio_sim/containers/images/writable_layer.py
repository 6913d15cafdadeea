"""The files that a container writes: copies on its own layer, above those of its image.

The first write to a file of the image copies all of it up; a file deleted leaves a whiteout, which
takes no space. Source: Linux, Documentation/filesystems/overlayfs.rst, "Non-directories" and
"whiteouts and opaque directories".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


class WriteCost(NamedTuple):
    """What a write takes, in bytes."""

    copied: int
    """Read from the image and written to the layer first."""
    written: int
    grown: int
    """By how much the layer is larger after it, copies included."""


class WritableLayer:
    """A container's own layer over the `files` of its image (sizes by name). Pure."""

    def __init__(self, files: Mapping[str, int]) -> None:
        self.used = 0
        """Bytes on the disk."""
        self.copied = 0
        """Bytes copied up so far."""
        self._lower = files
        self._upper: dict[str, int | None] = {}  # None for a whiteout

    def size(self, file: str) -> int | None:
        """Return the size of a file as the container sees it, None where there is none."""
        return self._upper[file] if file in self._upper else self._lower.get(file)

    def plan(self, file: str, length: int, offset: int = 0) -> WriteCost:
        """Return what it would take to write so many bytes from there on.

        A new file begins with zeros up to the offset. Raises InputError for a negative number.
        """
        if length < 0 or offset < 0:
            raise InputError(_("a write begins at 0 or later and has 0 bytes or more"))
        before = self._upper.get(file) or 0
        copied = self._lower.get(file, 0) if file not in self._upper else 0
        after = max(before + copied, offset + length)
        return WriteCost(copied, length, after - before)

    def write(self, file: str, length: int, offset: int = 0) -> WriteCost:
        """Write so many bytes; raises as `plan` does."""
        cost = self.plan(file, length, offset)
        self._upper[file] = (self._upper.get(file) or 0) + cost.grown
        self.used += cost.grown
        self.copied += cost.copied
        return cost

    def delete(self, file: str) -> int:
        """Delete a file and return the bytes that are free now; InputError where there is none."""
        if self.size(file) is None:
            raise InputError(_("there is no file {file}").format(file=file))
        freed = self._upper.pop(file, None) or 0
        if file in self._lower:
            self._upper[file] = None
        self.used -= freed
        return freed
