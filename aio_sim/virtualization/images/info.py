"""What an image is, in one record."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from aio_sim.virtualization.images.formats import AnyPath, open_image
from aio_sim.virtualization.images.image import DiskImage


@dataclass(frozen=True)
class ImageInfo:
    """Sizes in bytes.

    `file_size` is the length of the layer's files and `disk_usage` what they take on their disk;
    `data_size` is how much of the disk may not be zero, parents included.
    """

    path: str
    format: str
    variant: str
    virtual_size: int
    file_size: int
    disk_usage: int
    data_size: int
    block_size: int
    identity: str
    files: tuple[str, ...]
    parents: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the record as JSON has it."""
        return asdict(self)


def image_info(path: AnyPath, format: str | None = None) -> ImageInfo:
    """Open an image with its parents and say what it is.

    Raises ImageError where it is damaged, InputError where it is not there.
    """
    with open_image(path, format) as image:
        layers = _chain(image)
        return ImageInfo(
            path=str(image.path),
            format=image.format,
            variant=image.variant,
            virtual_size=image.size,
            file_size=sum(file.size for file in image.files),
            disk_usage=sum(file.usage() for file in image.files),
            data_size=sum(length for _offset, length in image.data_ranges()),
            block_size=image.block_size,
            identity=image.identity,
            files=tuple(str(file.path) for file in image.files),
            parents=tuple(str(layer.path) for layer in layers[1:]),
        )


def _chain(image: DiskImage) -> list[DiskImage]:
    layers = [image]
    while (parent := layers[-1].parent) is not None:
        layers.append(parent)
    return layers
