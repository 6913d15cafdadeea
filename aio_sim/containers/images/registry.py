"""A registry: where nodes pull images from."""

from __future__ import annotations

from collections.abc import Iterable

from aio_sim.containers.images.image import ContainerImage
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _


class Registry:
    """Images by name, at a host of the network; at no host, every node has them already.

    Raises InputError where two images have one name, or two layers one digest and differ.
    """

    def __init__(self, images: Iterable[ContainerImage], place: str | None = None) -> None:
        self.place = place
        self._images: dict[str, ContainerImage] = {}
        layers: dict[str, object] = {}
        for image in images:
            if image.name in self._images:
                raise InputError(_("two images have the name {name}").format(name=image.name))
            self._images[image.name] = image
            for layer in image.layers:
                if layers.setdefault(layer.digest, layer) != layer:
                    raise InputError(_("layer {digest} has two sizes").format(digest=layer.digest))

    def find(self, name: str) -> ContainerImage:
        """Return an image; UnknownName where the registry does not have it."""
        try:
            return self._images[name]
        except KeyError:
            raise UnknownName(_("image"), name, self._images) from None
