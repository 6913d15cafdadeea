"""New images, of any format and variant."""

from __future__ import annotations

from pathlib import Path

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.formats import AnyPath, format_of, variant_of
from aio_sim.virtualization.images.image import SECTOR, DiskImage
from aio_sim.virtualization.images.image_file import closed_on_error
from aio_sim.virtualization.images.raw import create_raw
from aio_sim.virtualization.images.staging import Staging
from aio_sim.virtualization.images.vdi import create_vdi
from aio_sim.virtualization.images.vmdk_flat import create_flat, flat_path
from aio_sim.virtualization.images.vmdk_sparse import create_sparse
from aio_sim.virtualization.images.vmdk_stream_writer import StreamWriter


def create_image(
    path: AnyPath,
    size: int,
    *,
    format: str | None = None,
    variant: str | None = None,
    force: bool = False,
    seed: int | None = None,
) -> None:
    """Make an image of `size` zero bytes, rounded up to whole sectors where the format has them.

    `seed` fixes the image's identity, so that the same call makes the same bytes.

    Raises InputError for a size, format or target that will not do, ImageError where the disk is
    full; then nothing is left behind.
    """
    kind = format_of(path, format)
    with (
        Staging(force) as staging,
        new_image(staging, Path(path), size, kind, variant_of(kind, variant), seed=seed),
    ):
        pass


def new_image(
    staging: Staging,
    path: Path,
    size: int,
    format: str,
    variant: str,
    *,
    parent: DiskImage | None = None,
    seed: int | None = None,
) -> DiskImage:
    """Return an empty image, open for writing, whose files are staged."""
    if size <= 0:
        raise InputError(
            _("{path}: a disk of {size} bytes cannot be made").format(path=path, size=size)
        )
    if parent is not None and variant in ("monolithicFlat", "streamOptimized"):
        raise InputError(
            _("{path}: a {variant} image has no parent").format(path=path, variant=variant)
        )
    if variant == "monolithicFlat":
        return _new_flat(staging, path, _whole_sectors(size), seed)
    file = staging.file(path)
    with closed_on_error(file):
        if format == "raw":
            return create_raw(file, size)
        if format == "vdi":
            return create_vdi(file, _whole_sectors(size), variant, seed, parent)
        if variant == "streamOptimized":
            return StreamWriter(file, _whole_sectors(size), seed)
        return create_sparse(file, _whole_sectors(size), seed, parent)


def _new_flat(staging: Staging, path: Path, size: int, seed: int | None) -> DiskImage:
    extent_file = staging.file(flat_path(path))
    with closed_on_error(extent_file):
        file = staging.file(path)
        with closed_on_error(file):
            return create_flat(file, extent_file, size, seed)


def _whole_sectors(size: int) -> int:
    return -(-size // SECTOR) * SECTOR
