"""Making a disk larger or smaller."""

from __future__ import annotations

from pathlib import Path

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.create import new_image
from aio_sim.virtualization.images.formats import AnyPath, format_of, open_image
from aio_sim.virtualization.images.image import SECTOR, DiskImage
from aio_sim.virtualization.images.layers import copy_layer
from aio_sim.virtualization.images.raw import Raw
from aio_sim.virtualization.images.staging import Staging
from aio_sim.virtualization.images.vdi import Vdi
from aio_sim.virtualization.images.vmdk_flat import VmdkFlat


def resize_image(
    path: AnyPath,
    size: int,
    *,
    format: str | None = None,
    shrink: bool = False,
    seed: int | None = None,
) -> None:
    """Give the disk `size` bytes: more zeros at the end, or with `shrink` less of the end.

    Files that are the disk byte for byte change their length; other images are written anew and
    take the old one's place when complete. Format, variant and parent stay, but children of the
    old image no longer fit.

    Raises InputError where the disk would lose bytes without `shrink`, ImageError where the image
    is damaged or the disk full; the image is then as it was.
    """
    target = Path(path).resolve()
    kind = format_of(path, format)
    in_place = kind == "raw"
    with open_image(target, kind, writable=in_place) as image:
        _demand_size(image, path, size, shrink)
        if isinstance(image, Raw):
            image.file.truncate(size)
        elif isinstance(image, VmdkFlat):
            _resize_flat(target, size, seed)
        else:
            _write_anew(target, image, size, seed)


def _demand_size(image: DiskImage, path: AnyPath, size: int, shrink: bool) -> None:
    if size <= 0 or (size < image.size and not shrink):
        raise InputError(
            _("{path}: {size} bytes are less than its {old}; shrink was not asked for").format(
                path=path, size=size, old=image.size
            )
        )


def _resize_flat(path: Path, size: int, seed: int | None) -> None:
    sectors = -(-size // SECTOR)
    with VmdkFlat.open(path, True, seed) as image, Staging(force=True) as staging:
        old = image.extent_file.size
        text = image.resized(sectors)
        file = staging.file(path)
        file.write(0, text.encode())
        file.close()
        image.extent_file.truncate(max(image.end_of(sectors), old))
    with VmdkFlat.open(path, True) as image:
        image.extent_file.truncate(image.end_of(sectors))


def _write_anew(path: Path, image: DiskImage, size: int, seed: int | None) -> None:
    with (
        Staging(force=True) as staging,
        new_image(
            staging, path, size, image.format, image.variant, parent=image.parent, seed=seed
        ) as made,
    ):
        if isinstance(image, Vdi) and isinstance(made, Vdi):
            made.keep_uuid(image)
        copy_layer(image, made)
        made.parent = None  # it is closed with the old image
