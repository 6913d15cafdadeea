"""The layers that a node keeps: each once, up to a size, those not used for longest leave first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from aio_sim.containers.images.image import ImageLayer
from aio_sim.kernel.errors import AuditError, InputError
from aio_sim.kernel.messages import _


class LayerCache:
    """Unpacked layers on a node's disk, at most `size` bytes of them; without limit where None.

    A layer that somebody holds (a container, a pull under way) never leaves. Pure: it does no I/O.
    Raises InputError where the size is negative.
    """

    def __init__(self, size: int | None = None) -> None:
        if size is not None and size < 0:
            raise InputError(_("a cache has 0 bytes or more"))
        self.size = size
        self.used = 0
        """Bytes of the layers that are here."""
        self.evicted = 0
        """How many layers have left for want of room."""
        self._layers: dict[str, ImageLayer] = {}  # the one used last is the last
        self._held: Counter[str] = Counter()

    def __contains__(self, digest: str) -> bool:
        return digest in self._layers

    def __len__(self) -> int:
        return len(self._layers)

    @property
    def digests(self) -> tuple[str, ...]:
        """The layers that are here, the one that was not used for longest first."""
        return tuple(self._layers)

    def hold(self, layers: Iterable[ImageLayer]) -> None:
        """Keep layers from leaving, whether they are here or about to come."""
        self._held.update(layer.digest for layer in layers)

    def let_go(self, layers: Iterable[ImageLayer]) -> None:
        """Let layers leave that were held once; they have been used just now."""
        for layer in layers:
            self._held[layer.digest] -= 1
            if layer.digest in self._layers:
                self._layers[layer.digest] = self._layers.pop(layer.digest)
        self._held = +self._held

    def fits(self, size: int) -> bool:
        """Return whether so many bytes more are within the cache's size as it is."""
        return self.size is None or self.used + size <= self.size

    def evict(self) -> ImageLayer | None:
        """Let the layer go that nobody holds and that was not used for longest; None for none."""
        digest = next((each for each in self._layers if not self._held[each]), None)
        if digest is None:
            return None
        layer = self._layers.pop(digest)
        self.used -= layer.unpacked
        self.evicted += 1
        return layer

    def put(self, layer: ImageLayer) -> None:
        """Keep a layer that fits and is not here yet."""
        self._layers[layer.digest] = layer
        self.used += layer.unpacked

    def remove(self, layer: ImageLayer) -> None:
        """Have a layer no more, if it is here: what came of it was not all."""
        if self._layers.pop(layer.digest, None) is not None:
            self.used -= layer.unpacked

    def check(self) -> None:
        """Raise AuditError where the bytes do not add up, or are more than there may be."""
        total = sum(layer.unpacked for layer in self._layers.values())
        if total != self.used or not self.fits(0):
            raise AuditError(
                _("a cache of layers has {total} bytes, {used} by its books").format(
                    total=total, used=self.used
                )
            )
