"""An image: layers that are known by their digests, and what they are when unpacked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


@dataclass(frozen=True, slots=True)
class ImageLayer:
    """One layer: `size` bytes as it travels, compressed, and `unpacked` bytes on a disk.

    Raises InputError where a size is negative.
    """

    digest: str
    size: int
    unpacked: int

    def __post_init__(self) -> None:
        if self.size < 0 or self.unpacked < 0:
            raise InputError(_("layer {digest}: a size is negative").format(digest=self.digest))


@dataclass(frozen=True, slots=True)
class ContainerImage:
    """A name and its layers, base first; two images share the layers that have one digest.

    `files` has the sizes of files that containers may write to. Raises InputError where a layer
    comes twice.
    """

    name: str
    layers: tuple[ImageLayer, ...]
    files: Mapping[str, int] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        digests = [layer.digest for layer in self.layers]
        twice = next((each for each in digests if digests.count(each) > 1), None)
        if twice is not None:
            raise InputError(
                _("image {image}: layer {digest} comes twice").format(image=self.name, digest=twice)
            )

    @classmethod
    def plain(cls, name: str, size: int, unpacked: int | None = None) -> ContainerImage:
        """Return an image of one layer, of which nothing but its size is known."""
        layer = ImageLayer(f"{name}/0", size, size if unpacked is None else unpacked)
        return cls(name, (layer,))

    @property
    def size(self) -> int:
        """The bytes that travel where a node has none of the layers."""
        return sum(layer.size for layer in self.layers)

    @property
    def unpacked(self) -> int:
        """The bytes on a disk."""
        return sum(layer.unpacked for layer in self.layers)
