"""Raw images: the bytes of the disk and nothing else, holes of the file where it is zero."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.image import DiskImage, Run
from aio_sim.virtualization.images.image_file import ImageFile, closed_on_error

_LARGEST: Final = (1 << 63) - 1


class Raw(DiskImage):
    """A file that is the disk, byte for byte."""

    format = "raw"
    variant = "raw"

    def __init__(self, file: ImageFile, writable: bool) -> None:
        super().__init__(file, file.size, 1, writable)
        if not self.size:
            raise file.damaged(_("an empty file is no disk"))

    @classmethod
    def open(cls, path: Path, writable: bool = False, seed: int | None = None) -> Self:  # noqa: ARG003
        """Open the file; ImageError where it is empty."""
        file = ImageFile(path, "r+b" if writable else "rb")
        with closed_on_error(file):
            return cls(file, writable)

    def read(self, offset: int, length: int) -> bytes:
        self._demand_inside(offset, length)
        return self.file.read(offset, length)

    def runs(self, start: int = 0, end: int | None = None) -> Iterator[Run]:
        end = self.size if end is None else end
        if start < end:
            yield Run(start, end - start, start)

    def _write(self, offset: int, data: bytes) -> None:
        self.file.write(offset, data)


def create_raw(file: ImageFile, size: int) -> Raw:
    """Make a new file one hole of `size` bytes, open for writing."""
    if not 0 < size <= _LARGEST:
        raise InputError(_("a disk of {size} bytes cannot be made").format(size=size))
    file.truncate(size)
    return Raw(file, True)
