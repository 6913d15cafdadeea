"""How a container comes to be on a node, and is taken away: image, memory, files."""

from __future__ import annotations

from aio_sim.containers.container import Container
from aio_sim.containers.container_memory import ContainerMemory
from aio_sim.containers.container_state import ContainerState
from aio_sim.containers.files import ContainerFiles
from aio_sim.containers.images.puller import ImagePuller
from aio_sim.containers.images.writable_layer import WritableLayer
from aio_sim.containers.lodging import Lodging
from aio_sim.containers.node import Node
from aio_sim.containers.node_stories import Story
from aio_sim.containers.profile import Cost, RuntimeProfile
from aio_sim.containers.stages import Stages, cannot


class Making:
    """Has what a container needs lent and brought here; what fails leaves nothing behind."""

    def __init__(
        self,
        node: Node,
        profile: RuntimeProfile,
        puller: ImagePuller,
        lodging: Lodging,
        stages: Stages,
    ) -> None:
        self._node = node
        self._profile = profile
        self._puller = puller
        self._lodging = lodging
        self._stages = stages

    def create(self, container: Container) -> Story:
        """Pull its image, have its memory lent, and set its files up; return why not, or ""."""
        if container.state is not ContainerState.NEW:
            return cannot(container)
        container.enter(ContainerState.CREATING)
        reason: str = yield self._puller.pull(container.spec.image)
        if not reason:
            reason = yield from self._set_up(container, self._profile.create)
        if reason and not _gone(container):
            container.enter(ContainerState.NEW)
        return reason

    def adopt(self, container: Container) -> Story:
        """Have one that runs already; return why that failed, or ""."""
        if container.state is not ContainerState.NEW:
            return cannot(container)
        reason = yield from self._puller.adopt(container.spec.image)
        reason = reason or (yield from self._set_up(container, Cost()))
        if not reason and container.memory is not None and container.files is not None:
            container.begin(container.memory, container.files)
        return reason

    def rest(self, container: Container) -> None:
        """Take back the memory of a container that was made, until it is started."""
        self._lodging.rest(container)

    def undo(self, container: Container) -> None:
        """Give all back that a container has here; nothing where it was not made."""
        if container.memory is not None:
            self._lodging.put_out(container)
            self._let_go(container)

    def _set_up(self, container: Container, cost: Cost) -> Story:
        """Have its memory lent, and make its own layer of files; its image is held already."""
        made = False
        try:
            reason = self._lodging.lend(container)
            reason = reason or (yield from self._make(container, cost))
            made = not reason
        finally:
            if not made:
                self._lodging.put_out(container)
                self._let_go(container)
        return reason

    def _make(self, container: Container, cost: Cost) -> Story:
        """Make a container whose memory is lent, which takes what it costs."""
        yield from self._stages.take(container, "creation", cost)
        if _gone(container):
            return cannot(container)
        lent, image = self._lodging.take_in(container), self._puller.find(container.spec.image)
        container.memory = ContainerMemory(container.spec.memory, lent, self._node.manager)
        container.files = ContainerFiles(self._node, WritableLayer(image.files), lent)
        container.enter(ContainerState.CREATED)
        return ""

    def _let_go(self, container: Container) -> None:
        self._puller.store.drop(self._puller.find(container.spec.image))


def _gone(container: Container) -> bool:
    return container.state is ContainerState.REMOVED
