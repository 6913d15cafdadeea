"""How containers come up on a node: by hand, after a back-off, and when their node is back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aio_sim.containers.container import Container
from aio_sim.containers.container_state import ContainerState
from aio_sim.containers.lodging import Lodging
from aio_sim.containers.node import Node
from aio_sim.containers.node_stories import NodeStories, Story
from aio_sim.containers.profile import RuntimeProfile
from aio_sim.containers.stages import Stages, cannot
from aio_sim.containers.supervision import Supervision

STARTABLE = frozenset({ContainerState.CREATED, ContainerState.EXITED, ContainerState.RESTARTING})


class Starting:
    """Starts containers; `on_end` hears of those that are down and are not started again."""

    def __init__(
        self,
        node: Node,
        profile: RuntimeProfile,
        lodging: Lodging,
        stages: Stages,
        stories: NodeStories,
        supervised: Mapping[Container, Supervision],
        on_end: Callable[[Container], None],
    ) -> None:
        self.times: list[int] = []
        """How long each start took, in nanoseconds."""
        self.restarts = 0
        """Starts after a back-off."""
        self._node = node
        self._profile = profile
        self._lodging = lodging
        self._stages = stages
        self._stories = stories
        self._supervised = supervised
        self._on_end = on_end

    def start(self, container: Container) -> Story:
        """Start a container, or wait for the start that is under way; return why not, or ""."""
        if container.state is ContainerState.STARTING:
            yield self._supervised[container].start()
            return "" if container.running else cannot(container)
        if container.state not in STARTABLE:
            return cannot(container)
        begun = self._node.env.now
        reason = self._lodging.wake(container)
        if reason:
            return reason
        self._supervised[container].resting = False
        container.enter(ContainerState.STARTING)
        yield from self._stages.take(container, "start", self._profile.start)
        return self._begin(container, begun)

    def start_again(self, container: Container) -> Story:
        """Start a container whose restart policy wants it, after back-offs where memory lacks."""
        reason = yield from self.start(container)
        if not reason or container.state not in STARTABLE:
            return reason
        delay = self._supervised[container].restarts.after(1, 0)
        if delay is None:
            self.rest(container)
            return reason
        return (yield from self._back_off(container, delay))

    def restart(self, container: Container, delay: int) -> Story:
        """Start a container that has ended by itself, after a back-off of so many ns."""
        starts = container.starts
        yield from self._stages.take(container, "end", self._profile.stop)
        if container.state is not ContainerState.EXITED or container.starts != starts:
            return cannot(container)  # somebody was faster
        return (yield from self._back_off(container, delay))

    def rest(self, container: Container) -> None:
        """See to it that a container stays down which is not to be started again."""
        supervision = self._supervised[container]
        if container.state not in (ContainerState.EXITED, ContainerState.REMOVED):
            container.enter(ContainerState.EXITED)
        self._lodging.rest(container)
        supervision.started()
        if not supervision.resting:
            supervision.resting = True
            self._on_end(container)

    def _begin(self, container: Container, begun: int) -> str:
        """Let a container run that has been started, unless somebody has stopped it meanwhile."""
        supervision = self._supervised[container]
        memory, files = container.memory, container.files
        if container.state is not ContainerState.STARTING or memory is None or files is None:
            return cannot(container)
        if supervision.stopped:
            self.rest(container)
            return cannot(container)
        self.times.append(self._node.env.now - begun)
        container.begin(memory, files)
        supervision.started()
        return ""

    def _back_off(self, container: Container, delay: int) -> Story:
        supervision = self._supervised[container]
        if not supervision.stopped:
            container.enter(ContainerState.RESTARTING)
            over = supervision.delay()
            yield over | self._node.env.timeout(delay)
            if not over.triggered:
                supervision.end_delay()
                self.restarts += 1
                return (yield from self.start_again(container))
            if container.state is not ContainerState.RESTARTING:  # somebody has started it
                return cannot(container)
        if supervision.stopped:
            self.rest(container)
        return cannot(container)
