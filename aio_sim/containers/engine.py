"""The container engine of one node: creates, starts, stops, restarts and destroys containers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simpy.events import Event

from aio_sim.containers.container import Container
from aio_sim.containers.cpu_group import CpuGroup
from aio_sim.containers.ends import Ends
from aio_sim.containers.images.puller import ImagePuller
from aio_sim.containers.lodging import Lodging
from aio_sim.containers.making import Making
from aio_sim.containers.node import Node
from aio_sim.containers.node_stories import NodeStories, Story
from aio_sim.containers.processes.signals import ExitStatus
from aio_sim.containers.profile import RuntimeProfile
from aio_sim.containers.restart import Restarts
from aio_sim.containers.spec import ContainerSpec
from aio_sim.containers.stages import Stages
from aio_sim.containers.starting import STARTABLE, Starting
from aio_sim.containers.supervision import Supervision
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.span_record import Record
from aio_sim.kernel.trace import Trace
from aio_sim.scheduling.policy import SchedulingPolicy
from aio_sim.scheduling.switching import SwitchModel

if TYPE_CHECKING:
    import numpy as np


class ContainerEngine:
    """What the daemon of a container runtime does on one node.

    Every verb returns an event whose value is why it failed, or "". `on_end` hears of each end of a
    container that is not started again by its restart policy.
    """

    def __init__(
        self,
        node: Node,
        trace: Trace,
        profile: RuntimeProfile,
        puller: ImagePuller,
        *,
        random_stream: Callable[[str], np.random.Generator] | None = None,
        on_end: Callable[[Container], None] = lambda _container: None,
    ) -> None:
        self.node = node
        self.profile = profile
        self.puller = puller
        self.lodging = Lodging(node)
        self.containers: dict[str, Container] = {}
        """Those of this node by name, removed ones too."""
        self._trace = trace
        self._random_stream = random_stream
        self._supervised: dict[Container, Supervision] = {}
        self._stories = NodeStories(node)
        self._stages = stages = Stages(node, trace)
        self._making = Making(node, profile, puller, self.lodging, stages)
        self._starting = starting = Starting(
            node, profile, self.lodging, stages, self._stories, self._supervised, on_end
        )
        self._ends = Ends(node, profile, self._making, stages, starting, self._supervised)

    @property
    def start_times(self) -> list[int]:
        """How long each start took, in nanoseconds."""
        return self._starting.times

    @property
    def restarts(self) -> int:
        """How often a restart policy has started a container again."""
        return self._starting.restarts

    def define(
        self,
        spec: ContainerSpec,
        policy: SchedulingPolicy,
        *,
        switch_cost: int | SwitchModel = 0,
        watch: Callable[[], None] = lambda: None,
    ) -> Container:
        """Return a container of this node to be, to which tasks may be sent already.

        `watch` hears of each change of its state.

        Raises InputError where its name is taken, or its limits do not suit the node.
        """
        if spec.name in self.containers:
            raise InputError(_("there is a container {name} already").format(name=spec.name))
        group = CpuGroup(
            self.node,
            self._trace,
            spec.name,
            spec.cpu,
            policy,
            switch_cost=switch_cost,
            random_stream=self._random_stream,
        )
        record = Record(self._trace, spec.name)
        container = Container(self.node, spec, group, record, self.profile.fork, self._ended, watch)
        self.containers[spec.name] = container
        restarts = Restarts(spec.restart, self.profile.back_off)
        self._supervised[container] = Supervision(self.node.env, restarts)
        return container

    def create(self, container: Container) -> Event:
        """Pull its image, set its files up, and have its memory lent."""
        return self._stories.begin(self._making.create(container))

    def adopt(self, container: Container) -> Event:
        """Have a container that runs already, at no cost but memory and the room of its image."""
        return self._stories.begin(self._making.adopt(container))

    def start(self, container: Container) -> Event:
        """Start its first process; a container that has ended begins anew, its files as left.

        Where it is being started already, this waits for the end of that.
        """
        supervision = self._supervised[container]
        if container.state in STARTABLE:
            supervision.stopped = False
            supervision.end_delay()
        return self._stories.begin(self._starting.start(container))

    def run(self, container: Container) -> Event:
        """Create and start."""
        return self._stories.begin(self._run(container))

    def pause(self, container: Container) -> None:
        """Freeze all its processes."""
        container.pause()

    def resume(self, container: Container) -> None:
        """Let a frozen container go on."""
        container.resume()

    def stop(self, container: Container, grace: int | None = None) -> Event:
        """Ask it to end, and kill it after a grace period in ns; fires when it has ended."""
        self._supervised[container].stopped = True
        if grace is None:
            grace = container.spec.grace
        if grace is None:
            grace = self.profile.grace
        return self._stories.begin(self._ends.stop(container, grace))

    def kill(self, container: Container) -> None:
        """End it at once; its restart policy is not asked."""
        self._ends.kill(container)

    def abandon(self, container: Container) -> None:
        """Give a container up that could not be brought up: tasks that wait for it are lost."""
        self._ends.remove(container)
        self._making.undo(container)

    def destroy(self, container: Container) -> Event:
        """Kill it where it runs, and take all back that was lent to it."""
        return self._stories.begin(self._ends.destroy(container))

    def fail(self) -> None:
        """Lose all that runs here, for the node has died; files and images stay on its disk."""
        self.puller.fail()
        self._stories.fail()
        for container in self.containers.values():
            self._ends.die(container)

    def recover(self) -> None:
        """Begin anew on a node that is back: start what its restart policy starts then."""
        self.puller.recover()
        self._stories.recover()
        for container in self.containers.values():
            if container.state in STARTABLE and self.comes_back(container):
                self._stories.begin(self._starting.start_again(container))

    def resting(self, container: Container) -> bool:
        """Return whether it has ended, and its restart policy does not start it again."""
        return self._supervised[container].resting

    def restarts_of(self, container: Container) -> int:
        """Return how often its restart policy started it again."""
        return self._supervised[container].restarts.count

    def comes_back(self, container: Container) -> bool:
        """Return whether its restart policy starts it when its node comes up again."""
        return self._supervised[container].returns

    def check(self) -> None:
        """Audit the books of images and containers; AuditError where they do not agree."""
        self.puller.store.cache.check()
        for container in self.containers.values():
            container.check()

    def close(self) -> None:
        """Bring all accounts up to now, at the end of the run, and give all back that was lent."""
        for container in self.containers.values():
            container.close()
            self.lodging.put_out(container)
        self.puller.store.lent.release()

    def _run(self, container: Container) -> Story:
        reason: str = yield self.create(container)
        return reason or (yield self.start(container))

    def _ended(self, container: Container, status: ExitStatus) -> None:
        """Start a container again that has ended, if its restart policy says so."""
        supervision = self._supervised[container]
        supervision.ended()
        delay = None
        if not supervision.stopped and not self._stories.dead:
            ran = self.node.env.now - container.started_at
            delay = supervision.restarts.after(status.reported, ran)
        if delay is None:
            self._starting.rest(container)
        else:
            self._stories.begin(self._starting.restart(container, delay))
