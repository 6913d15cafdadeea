"""The images of one node: a cache of layers whose bytes are lent by the resource manager."""

from __future__ import annotations

from aio_sim.containers.images.image import ContainerImage, ImageLayer
from aio_sim.containers.images.layer_cache import LayerCache
from aio_sim.containers.node import Node
from aio_sim.resources.demand import Demand


class ImageStore:
    """Layers on a node's disk, at most `size` bytes; what the cache takes is an allocation."""

    def __init__(self, node: Node, size: int | None = None) -> None:
        self.cache = LayerCache(size)
        self.lent = node.manager.request(Demand(host=node.number))
        """What the node lends for images: an event at first, for it is granted a little later."""
        self._node = node

    def make_room(self, layer: ImageLayer) -> bool:
        """Set the space of a layer aside, others evicted where need be; False where none is."""
        while not self._lend(layer.unpacked):
            if self.cache.evict() is None:
                self._settle()
                return False
        self.cache.put(layer)
        return True

    def remove(self, layer: ImageLayer) -> None:
        """Give up a layer that was not written whole."""
        self.cache.remove(layer)
        self._settle()

    def drop(self, image: ContainerImage) -> None:
        """Let go of the layers of an image that a container or a pull held."""
        self.cache.let_go(image.layers)

    def _lend(self, size: int) -> bool:
        fits = self.cache.fits(size)
        if self._node.disk is None or not fits:
            return fits
        return self._node.manager.resize(self.lent, disk=self.cache.used + size)

    def _settle(self) -> None:
        if self._node.disk is not None:
            self._node.manager.resize(self.lent, disk=self.cache.used)
