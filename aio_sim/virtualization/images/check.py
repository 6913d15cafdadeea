"""A strict look at an image: what the format demands, and not only what a reader needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from aio_sim.kernel.errors import ImageError
from aio_sim.virtualization.images.block_reader import BlockReader
from aio_sim.virtualization.images.check_vdi import strict_vdi
from aio_sim.virtualization.images.check_vmdk import strict_flat, strict_sparse, strict_stream
from aio_sim.virtualization.images.formats import AnyPath, format_of, open_image
from aio_sim.virtualization.images.image import DiskImage, Fault
from aio_sim.virtualization.images.vdi import Vdi
from aio_sim.virtualization.images.vmdk_flat import VmdkFlat
from aio_sim.virtualization.images.vmdk_sparse import VmdkSparse
from aio_sim.virtualization.images.vmdk_stream import VmdkStream

MOST_FAULTS: Final = 100
"""A report ends here; a damaged map may have millions of faults."""

_STRICT: Final[dict[type[DiskImage], Callable[[Any], Iterator[Fault]]]] = {
    Vdi: strict_vdi,
    VmdkSparse: strict_sparse,
    VmdkStream: strict_stream,
    VmdkFlat: strict_flat,
}


@dataclass(frozen=True)
class CheckReport:
    """What was found; sizes in bytes; counts of blocks are 0 where there are faults."""

    path: Path
    format: str
    variant: str
    size: int
    blocks: int
    stored_blocks: int
    faults: tuple[Fault, ...]

    @property
    def errors(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.severity == "error")

    @property
    def ok(self) -> bool:
        """Whether there are no errors; warnings may be there."""
        return not self.errors

    def as_dict(self) -> dict[str, object]:
        """Return the report as JSON has it."""
        return {
            "path": str(self.path),
            "format": self.format,
            "variant": self.variant,
            "virtual_size": self.size,
            "blocks": self.blocks,
            "stored_blocks": self.stored_blocks,
            "ok": self.ok,
            "faults": [fault._asdict() for fault in self.faults],
        }


def check_image(path: AnyPath, format: str | None = None) -> CheckReport:
    """Read all of an image's structure, and the compressed data too, and report every fault.

    Of each parent the first fault of those is reported for which it must not be used.

    Raises InputError where there is no such file or format; what is wrong in the image is in the
    report, never raised.
    """
    kind = format_of(path, format)
    try:
        with open_image(path, kind, verify=False) as image:
            return _report(image)
    except ImageError as error:
        fault = Fault(error.message, error.offset, error.field)
        return CheckReport(Path(path), kind, "", 0, 0, 0, (fault,))


def _report(image: DiskImage) -> CheckReport:
    faults = _collected(chain(image.faults(), _parents_faults(image)))
    strict = _STRICT.get(type(image))
    if strict and not faults:  # in a broken structure the rest would be noise
        faults = _collected(strict(image))
    blocks, stored = (0, 0) if faults else _blocks(image)
    return CheckReport(
        path=image.path,
        format=image.format,
        variant=image.variant,
        size=image.size,
        blocks=blocks,
        stored_blocks=stored,
        faults=tuple(faults),
    )


def _parents_faults(image: DiskImage) -> Iterator[Fault]:
    parent = image.parent
    while parent:
        if fault := next(parent.faults(), None):
            yield Fault(str(ImageError(fault.message, parent.path, fault.offset)), -1, "parent")
        parent = parent.parent


def _collected(faults: Iterable[Fault]) -> list[Fault]:
    found: list[Fault] = []
    try:
        found.extend(islice(faults, MOST_FAULTS))
    except ImageError as error:
        found.append(Fault(error.message, error.offset, error.field))
    return found


def _blocks(image: DiskImage) -> tuple[int, int]:
    """Return how many blocks the disk has, and how many of them this layer stores."""
    if not isinstance(image, BlockReader):
        return 1, 1
    size = image.block_size
    stored = sum(-(-run.length // size) for run in image.runs() if run.position >= 0)
    return -(-image.size // size), stored
