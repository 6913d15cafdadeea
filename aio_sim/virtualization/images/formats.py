"""The formats, their variants, and how an image of any of them is opened."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from aio_sim.kernel.errors import ImageError, InputError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.image import DiskImage
from aio_sim.virtualization.images.image_file import closed_on_error
from aio_sim.virtualization.images.raw import Raw
from aio_sim.virtualization.images.vdi import Vdi
from aio_sim.virtualization.images.vmdk import open_vmdk

VARIANTS: Final[dict[str, tuple[str, ...]]] = {
    "vdi": ("dynamic", "static"),
    "vmdk": ("monolithicSparse", "monolithicFlat", "streamOptimized"),
    "raw": ("raw",),
}
"""The variants of each format; the first is made where none is asked for."""

SUFFIXES: Final = {
    ".vdi": "vdi",
    ".vmdk": "vmdk",
    ".raw": "raw",
    ".img": "raw",
    ".bin": "raw",
    ".dd": "raw",
}

LONGEST_CHAIN: Final = 33
"""Images on one another: a base and 32 snapshots, as VMware has it; a read may ask all of them."""

_OPENERS: Final[dict[str, Callable[[Path, bool, int | None], DiskImage]]] = {
    "vdi": Vdi.open,
    "vmdk": open_vmdk,
    "raw": Raw.open,
}

AnyPath = str | os.PathLike[str]


def format_of(path: AnyPath, format: str | None = None) -> str:
    """Return the format asked for, or the one that the suffix says.

    Raises UnknownName for a format that is not there, InputError for a suffix that says nothing.
    """
    if format is not None:
        if format not in VARIANTS:
            raise UnknownName(_("image format"), format, VARIANTS)
        return format
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(
            _(
                "{path}: the suffix does not tell the format; expected one of {known}, or a format"
            ).format(path=path, known=", ".join(SUFFIXES))
        )
    return SUFFIXES[suffix]


def variant_of(format: str, variant: str | None = None) -> str:
    """Return the variant asked for in any case of letters, or the usual one of the format."""
    if variant is None:
        return VARIANTS[format][0]
    for known in VARIANTS[format]:
        if known.lower() == variant.lower():
            return known
    raise UnknownName(_("{format} variant").format(format=format), variant, VARIANTS[format])


def open_image(
    path: AnyPath,
    format: str | None = None,
    *,
    writable: bool = False,
    verify: bool = True,
    seed: int | None = None,
) -> DiskImage:
    """Open an image and the parents below it.

    The block map is verified first, unless `verify` is false: an image with entries past the end
    or on one another is refused. `seed` fixes the identity that a first write gives.

    Raises ImageError where the image is damaged, InputError where it is not there.
    """
    image = open_layer(Path(path), format_of(path, format), writable, verify, seed)
    with closed_on_error(_Abandoned(image)):
        _open_parents(image, verify)
    return image


def open_layer(
    path: Path, format: str, writable: bool, verify: bool, seed: int | None = None
) -> DiskImage:
    """Open one image without its parents."""
    image = _OPENERS[format](path, writable, seed)
    with closed_on_error(_Abandoned(image)):
        if verify and (fault := next(image.faults(), None)):
            raise ImageError(fault.message, path, fault.offset, fault.field)
    return image


def _open_parents(image: DiskImage, verify: bool) -> None:
    seen = {image.path.resolve()}
    top = image
    while (path := image.parent_path()) is not None:
        if path.resolve() in seen or len(seen) == LONGEST_CHAIN:
            raise ImageError(
                _("{path} is its own ancestor, or one of more than {limit}").format(
                    path=path, limit=LONGEST_CHAIN
                ),
                top.path,
                -1,
                "parent",
            )
        seen.add(path.resolve())
        image = _open_parent(image, path, verify)


def _open_parent(image: DiskImage, path: Path, verify: bool) -> DiskImage:
    try:
        parent = open_layer(path, image.format, False, verify)
    except InputError as error:
        raise ImageError(str(error), image.path, -1, "parent") from error
    with closed_on_error(_Abandoned(parent)):
        image.adopt(parent)
    return parent


class _Abandoned:
    """Closes an image without writing what it holds back."""

    def __init__(self, image: DiskImage) -> None:
        self._image = image

    def close(self) -> None:
        self._image.abandon()
