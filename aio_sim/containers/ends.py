"""How containers end on a node: asked to, killed, removed for good, or with their node."""

from __future__ import annotations

from collections.abc import Mapping

from aio_sim.containers.container import Container
from aio_sim.containers.container_state import UP, ContainerState
from aio_sim.containers.making import Making
from aio_sim.containers.node import Node
from aio_sim.containers.node_stories import Story
from aio_sim.containers.processes.signals import Signal
from aio_sim.containers.profile import RuntimeProfile
from aio_sim.containers.stages import Stages
from aio_sim.containers.starting import Starting
from aio_sim.containers.supervision import Supervision


class Ends:
    """Brings containers down."""

    def __init__(
        self,
        node: Node,
        profile: RuntimeProfile,
        making: Making,
        stages: Stages,
        starting: Starting,
        supervised: Mapping[Container, Supervision],
    ) -> None:
        self._node = node
        self._profile = profile
        self._making = making
        self._stages = stages
        self._starting = starting
        self._supervised = supervised

    def stop(self, container: Container, grace: int) -> Story:
        """Ask a container to end, and kill it after a grace period; what starts does not begin."""
        supervision = self._supervised[container]
        supervision.end_delay()
        container.resume()
        if container.state is ContainerState.STARTING:
            yield supervision.start()
            return ""
        if container.state not in UP:
            return ""
        end = supervision.end()
        if container.running:
            container.terminate()
        yield end | self._node.env.timeout(grace)
        if not end.triggered:
            container.signal(Signal.KILL)
        yield from self._stages.take(container, "end", self._profile.stop)
        return ""

    def kill(self, container: Container) -> None:
        """End a container at once, which is not started again."""
        supervision = self._supervised[container]
        supervision.stopped = True
        supervision.end_delay()
        container.signal(Signal.KILL)

    def destroy(self, container: Container) -> Story:
        """Kill a container, and take away what it has here."""
        if container.state is ContainerState.REMOVED:
            return ""
        self.remove(container)
        try:
            yield from self._stages.take(container, "removal", self._profile.destroy)
        finally:
            self._making.undo(container)
        return ""

    def remove(self, container: Container) -> None:
        """End a container for good."""
        self.kill(container)
        container.enter(ContainerState.REMOVED)
        self._starting.rest(container)

    def die(self, container: Container) -> None:
        """Leave a container as its node leaves it that dies."""
        state, supervision = container.state, self._supervised[container]
        supervision.end_delay()
        if state in UP:
            container.signal(Signal.KILL)
        elif state is ContainerState.CREATING:
            container.enter(ContainerState.NEW)
        elif state in (ContainerState.STARTING, ContainerState.RESTARTING):
            self._starting.rest(container)
        elif state is ContainerState.CREATED:
            self._making.rest(container)
