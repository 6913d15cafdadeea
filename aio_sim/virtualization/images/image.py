"""What every disk image can do, whatever its format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, NamedTuple, Self

from aio_sim.kernel.errors import ImageError, InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.image_file import ImageFile

SECTOR: Final = 512
"""Bytes in a sector, the unit of every format."""

HOLE: Final = -1
"""Position of a block that this layer does not store: the parent's bytes, or zeros."""

ZERO: Final = -2
"""Position of a block that is known to be all zeros."""


class Run(NamedTuple):
    """Blocks of the disk, one after another, that are stored alike and in one piece."""

    offset: int  # byte of the disk
    length: int
    position: int  # byte of the file, or HOLE, or ZERO


class Fault(NamedTuple):
    """Something wrong in an image: what, at which byte of the file, in which field."""

    message: str
    offset: int = -1
    field: str = ""
    severity: Literal["error", "warning"] = "error"


class DiskImage(ABC):
    """A virtual disk of `size` bytes, kept in a real file (or two).

    `block_size` is the unit in which the format stores the disk; `parent` is the image below,
    whose bytes show through the holes of this one.

    Raises ImageError where the file is damaged or cannot be written, InputError where the request
    lies outside the disk or asks to write what is read-only.
    """

    format: str
    variant: str
    parent: DiskImage | None = None

    def __init__(self, file: ImageFile, size: int, block_size: int, writable: bool) -> None:
        self.file = file
        self.size = size
        self.block_size = block_size
        self.writable = writable
        self._changed = False

    @property
    def path(self) -> Path:
        """The file by which the image is named."""
        return self.file.shown

    @property
    def files(self) -> tuple[ImageFile, ...]:
        """All the files of this layer."""
        return (self.file,)

    @property
    def identity(self) -> str:
        """What a child remembers of this image, "" where the format has no such thing."""
        return ""

    @abstractmethod
    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes of the disk from `offset`; a parent's where this layer has none."""

    @abstractmethod
    def runs(self, start: int = 0, end: int | None = None) -> Iterator[Run]:
        """Yield the map of this layer, ascending and without gaps, over the bytes [start, end)."""

    def write(self, offset: int, data: bytes) -> None:
        """Write the bytes at `offset` of the disk; zeros over a hole leave the hole."""
        if not self.writable:
            raise self._read_only()
        self._demand_inside(offset, len(data))
        if data and not self._changed:
            self._changed = True
            self._renew_identity()
        self._write(offset, data)

    def data_ranges(self, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
        """Yield (offset, length) of what may not be zero: parents too, holes of the files not."""
        kept: tuple[int, int] | None = None
        for offset, length in self._data(start, self.size if end is None else end):
            if kept and kept[0] + kept[1] == offset:
                kept = (kept[0], kept[1] + length)
                continue
            if kept:
                yield kept
            kept = (offset, length)
        if kept:
            yield kept

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong in the structure, so that the image must not be used."""
        return iter(())

    def parent_path(self) -> Path | None:
        """Return where the parent is, None where there is none."""
        return None

    def adopt(self, parent: DiskImage) -> None:
        """Put the parent below this image, if it still is what this image was made from."""
        raise ImageError(_("this format has no parents"), self.path)

    def flush(self) -> None:
        """Write what is held back, and have the system put it on its disk."""
        self._write_back()
        for file in self.files:
            file.flush()

    def close(self) -> None:
        """Write what is held back and close the files, the parents' too."""
        try:
            if self.writable:
                self._write_back()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close the files and forget what is held back."""
        for file in self.files:
            file.close()
        if self.parent:
            self.parent.abandon()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_rest: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def _data(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for run in self.runs(start, end):
            if run.position >= 0:
                yield from self._stored_ranges(run)
            elif run.position == HOLE and self.parent:
                stop = min(run.offset + run.length, self.parent.size)
                yield from self.parent.data_ranges(run.offset, stop)

    def _stored_ranges(self, run: Run) -> Iterator[tuple[int, int]]:
        shift = run.offset - run.position
        for position, length in self.file.data_ranges(run.position, run.position + run.length):
            yield position + shift, length

    def _demand_inside(self, offset: int, length: int) -> None:
        if offset < 0 or length < 0 or offset + length > self.size:
            raise InputError(
                _("{path}: bytes {start} to {end} are not all on a disk of {size} bytes").format(
                    path=self.path, start=offset, end=offset + length, size=self.size
                )
            )

    def _read_only(self) -> InputError:
        return InputError(_("{path}: opened for reading only").format(path=self.path))

    def _write(self, offset: int, data: bytes) -> None:
        raise self._read_only()

    def _renew_identity(self) -> None:  # noqa: B027, a format need not have it
        """Tell children made from the image as it was that it is no longer that."""

    def _write_back(self) -> None:  # noqa: B027, a format need not have it
        """Write what is held back."""


def pieces(offset: int, length: int, block_size: int) -> Iterator[tuple[int, int, int]]:
    """Yield (block, first byte in it, bytes) of each block that these bytes of the disk touch."""
    while length > 0:
        index, start = divmod(offset, block_size)
        count = min(block_size - start, length)
        yield index, start, count
        offset += count
        length -= count
