"""VMDK monolithicFlat: a text that describes, and beside it a file with all the bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal, Self

from aio_sim.kernel.errors import ImageError, InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.identity import NO_CONTENT_ID, identity_source, new_content_id
from aio_sim.virtualization.images.image import SECTOR, Run
from aio_sim.virtualization.images.image_file import ImageFile, closed_on_error
from aio_sim.virtualization.images.vmdk_descriptor import (
    MAXIMUM_BYTES,
    MONOLITHIC_FLAT,
    Descriptor,
    Extent,
    new_descriptor,
    path_within,
    refuse_unsupported,
)
from aio_sim.virtualization.images.vmdk_header import MAXIMUM_SIZE
from aio_sim.virtualization.images.vmdk_layer import Vmdk, descriptor_name


class VmdkFlat(Vmdk):
    """A descriptor file and one FLAT extent."""

    variant = MONOLITHIC_FLAT

    def __init__(
        self,
        file: ImageFile,
        extent_file: ImageFile,
        descriptor: Descriptor,
        writable: bool,
        seed: int | None,
    ) -> None:
        super().__init__(file, descriptor.size, SECTOR, writable)
        self.descriptor = descriptor
        self.extent_file = extent_file
        self._seed = seed
        self._start = descriptor.extents[0].offset * SECTOR
        if self._start + self.size > extent_file.size:
            raise extent_file.damaged(
                _("the file has {found} bytes, the descriptor says {expected}").format(
                    found=extent_file.size, expected=self._start + self.size
                ),
                extent_file.size,
                "extent",
            )

    @classmethod
    def open(cls, path: Path, writable: bool = False, seed: int | None = None) -> Self:
        """Open both files; ImageError where the descriptor is damaged or the extent too short."""
        mode: Literal["r+b", "rb"] = "r+b" if writable else "rb"
        file = ImageFile(path, mode)
        with closed_on_error(file):
            descriptor = read_descriptor(file)
            extent = descriptor.extents[0]
            extent_file = _open_extent(path, extent.file, mode)
            with closed_on_error(extent_file):
                return cls(file, extent_file, descriptor, writable, seed)

    def end_of(self, sectors: int) -> int:
        """Return where in its file an extent of so many sectors ends."""
        return self._start + sectors * SECTOR

    def resized(self, sectors: int) -> str:
        """Return the descriptor of the same image with another size, and so another identity."""
        text = self.descriptor.with_extent(replace(self.descriptor.extents[0], sectors=sectors))
        return replace(self.descriptor, text=text).with_content_id(self._next_content_id())

    def renamed(self, extent_name: str) -> str:
        """Return the descriptor of a copy whose bytes are in another file, from its first byte."""
        extent = replace(self.descriptor.extents[0], file=extent_name)
        return self.descriptor.with_extent(extent)

    @property
    def files(self) -> tuple[ImageFile, ...]:
        return self.file, self.extent_file

    def read(self, offset: int, length: int) -> bytes:
        self._demand_inside(offset, length)
        return self.extent_file.read(self._start + offset, length)

    def runs(self, start: int = 0, end: int | None = None) -> Iterator[Run]:
        end = self.size if end is None else end
        if start < end:
            yield Run(start, end - start, self._start + start)

    def _write(self, offset: int, data: bytes) -> None:
        self.extent_file.write(self._start + offset, data)

    def _stored_ranges(self, run: Run) -> Iterator[tuple[int, int]]:
        stop = run.position + run.length
        for position, length in self.extent_file.data_ranges(run.position, stop):
            yield position - self._start, length

    def _renew_identity(self) -> None:
        content_id = self._next_content_id()
        text = self.descriptor.with_content_id(content_id)
        self.file.write(0, text.encode())
        self.file.truncate(len(text.encode()))
        self.descriptor = replace(self.descriptor, content_id=content_id, text=text)

    def _next_content_id(self) -> int:
        return new_content_id(identity_source(self._seed, self.path.name, self.identity))


def _open_extent(descriptor: Path, name: str, mode: Literal["r+b", "rb"]) -> ImageFile:
    try:
        return ImageFile(path_within(descriptor.parent, name, descriptor, "extent"), mode)
    except InputError as error:  # the request was right; the image lacks a part
        raise ImageError(str(error), descriptor, -1, "extent") from error


def read_descriptor(file: ImageFile) -> Descriptor:
    """Read a descriptor file of the one kind that stands alone here: monolithicFlat."""
    if file.size > MAXIMUM_BYTES:
        raise file.damaged(_("{size} bytes are no descriptor").format(size=file.size), 0, "magic")
    descriptor = Descriptor.parse(file.read(0, file.size), file.shown)
    if descriptor.create_type.lower() != MONOLITHIC_FLAT.lower():
        refuse_unsupported(descriptor.create_type, file.shown)
        raise ImageError(
            _("{found} where {expected} was expected").format(
                found=descriptor.create_type, expected=MONOLITHIC_FLAT
            ),
            file.shown,
            -1,
            "createType",
        )
    extent = descriptor.extents[0]
    single = len(descriptor.extents) == 1 and extent.kind == "FLAT" and extent.access == "RW"
    sizes = 0 < descriptor.size <= MAXIMUM_SIZE and extent.offset <= MAXIMUM_SIZE
    if not single or not sizes or descriptor.parent_content_id != NO_CONTENT_ID:
        message = _("expected one RW extent of the kind FLAT, of 1 sector to 64 TiB, and no parent")
        raise ImageError(message, file.shown, -1, "extent")
    return descriptor


def flat_path(path: Path) -> Path:
    """Return where the bytes of the image `path` are put: `disk-flat.vmdk` beside `disk.vmdk`."""
    return path.with_name(f"{path.stem}-flat{path.suffix}")


def create_flat(
    file: ImageFile, extent_file: ImageFile, size: int, seed: int | None = None
) -> VmdkFlat:
    """Make an image of `size` zeros (a multiple of 512) in two new files, open for writing."""
    if not 0 < size <= MAXIMUM_SIZE:
        raise InputError(
            _("a VMDK holds 1 to {limit} bytes, not {size}").format(limit=MAXIMUM_SIZE, size=size)
        )
    extent = Extent(size // SECTOR, "FLAT", descriptor_name(extent_file.shown))
    content_id = new_content_id(identity_source(seed, file.shown.name))
    text = new_descriptor(content_id, MONOLITHIC_FLAT, extent)
    file.write(0, text.encode())
    extent_file.truncate(size)
    descriptor = Descriptor.parse(text.encode(), file.shown)
    return VmdkFlat(file, extent_file, descriptor, True, seed)
