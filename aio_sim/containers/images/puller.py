"""Pulls images to a node: what it lacks, over the network, each layer once however many ask.

Layers are downloaded side by side, so many at once, and unpacked one after another by each pull,
base first, as each must lie on the one below (moby/moby issue 21814). Manifests, which are some
kilobytes, are not sent.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from simpy import Interrupt
from simpy.events import Event
from simpy.resources.resource import Resource

from aio_sim.containers.images.image import ContainerImage, ImageLayer
from aio_sim.containers.images.registry import Registry
from aio_sim.containers.images.store import ImageStore
from aio_sim.containers.node import Node
from aio_sim.containers.node_stories import NodeStories, Story
from aio_sim.containers.profile import RuntimeProfile
from aio_sim.hardware.network import TransferFailed
from aio_sim.hardware.network.transport import Network
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import UnknownName
from aio_sim.kernel.messages import _
from aio_sim.kernel.span_record import Record
from aio_sim.scheduling.completion import ProcessLost


class ImagePuller:
    """Brings images from a registry into a node's store, and holds their layers there."""

    def __init__(
        self,
        node: Node,
        registry: Registry,
        network: Network | None,
        store: ImageStore,
        profile: RuntimeProfile,
        record: Record,
    ) -> None:
        self.store = store
        self.pulls = 0
        self.failed = 0
        self.bytes = 0
        """Bytes of layers that came over the network."""
        self.hits = 0
        """Layers that were here, or on their way, when a pull asked for them."""
        self._node = node
        self._registry = registry
        self._network = network
        self._profile = profile
        self._record = record
        self._slots = Resource(node.env, profile.downloads)
        self._coming: dict[str, Event] = {}  # each layer under way; its value is why it failed
        self._stories = NodeStories(node)  # pulls and downloads

    def find(self, name: str) -> ContainerImage:
        """Return an image of the registry; UnknownName where it is not there."""
        return self._registry.find(name)

    def pull(self, name: str) -> Event:
        """Bring an image here and hold it; the event's value is why that failed, or ""."""
        return self._stories.begin(self._pull(name))

    def adopt(self, name: str) -> Story:
        """Have an image here that was always here, and hold it; return why that failed, or ""."""
        try:
            image = self.find(name)
        except UnknownName as error:
            return str(error)
        yield self.store.lent
        self.store.cache.hold(image.layers)
        for layer in image.layers:
            if layer.digest not in self.store.cache and not self.store.make_room(layer):
                self.store.drop(image)
                return self._no_room(layer, image)
        return ""

    def fail(self) -> None:
        """Give up what is under way, for the node has died; whole layers stay."""
        self._coming.clear()
        self._stories.fail()

    def recover(self) -> None:
        """Pull again from now on: the node is back."""
        self._stories.recover()

    def _pull(self, name: str) -> Story:
        begun = self._node.env.now
        self.pulls += 1
        try:
            image = self.find(name)
        except UnknownName as error:
            self.failed += 1
            return str(error)
        self.store.cache.hold(image.layers)
        reason = self._stories.reason
        try:
            yield self.store.lent
            reason = yield from self._bring(image)
        finally:
            if reason:
                self.failed += 1
                self.store.drop(image)
        if self._node.env.now > begun:
            self._record.span("image pull", begun, self._node.env.now)
        return reason

    def _bring(self, image: ContainerImage) -> Story:
        own, others = [], []
        for layer in image.layers:
            if layer.digest in self._coming:
                others.append(self._coming[layer.digest])
            elif layer.digest not in self.store.cache:
                own.append((layer, self._begin(layer)))
        self.hits += len(image.layers) - len(own)
        reason = ""
        for layer, download in own:  # all, so that nobody waits for ever for one that is left out
            reason = (yield from self._unpack(layer, download, image, reason)) or reason
        for coming in others:
            reason = (yield coming) or reason
        return reason

    def _begin(self, layer: ImageLayer) -> Event:
        self._coming[layer.digest] = Event(self._node.env)
        return self._stories.begin(self._download(layer))

    def _download(self, layer: ImageLayer) -> Story:
        """Bring the bytes of a layer here, when there is a slot for it; return why not, or ""."""
        place = self._registry.place
        if place is None or self._network is None:
            return ""
        with self._slots.request() as slot:
            yield slot
            flow = self._network.transfer(
                place, self._node.place(), layer.size, name=f"layer {layer.digest}"
            )
            try:
                yield flow.done
            except Interrupt:
                flow.cancel()
                self.bytes += flow.sent
                raise
            except TransferFailed as failed:
                self.bytes += failed.sent
                return str(failed)
        self.bytes += layer.size
        return ""

    def _unpack(self, layer: ImageLayer, download: Event, image: ContainerImage, why: str) -> Story:
        reason: str = (yield download) or why
        if not reason and not self.store.make_room(layer):
            reason = self._no_room(layer, image)
        if not reason and self._registry.place is not None:
            yield from self._write(layer)
        self._coming.pop(layer.digest).succeed(reason)
        return reason

    def _write(self, layer: ImageLayer) -> Generator[Event, Any, None]:
        work = layer.unpacked * SECOND // self._profile.unpack_rate
        try:
            if work:
                yield self._node.compute(f"{self._node.name}: unpack {layer.digest}", work)
            yield self._node.write(layer.unpacked)
        except (Interrupt, ProcessLost):
            self.store.remove(layer)
            raise

    def _no_room(self, layer: ImageLayer, image: ContainerImage) -> str:
        return _("{node} has no room for layer {layer} of image {image}").format(
            node=self._node.name, layer=layer.digest, image=image.name
        )
