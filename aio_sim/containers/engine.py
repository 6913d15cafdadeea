"""The container engine of one node: creates, starts, stops, restarts and destroys containers."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from simpy import Interrupt
from simpy.events import Event
from simpy.events import Process as Running

from aio_sim.containers.container import Container
from aio_sim.containers.container_memory import ContainerMemory
from aio_sim.containers.container_state import UP, ContainerState
from aio_sim.containers.cpu_group import CpuGroup
from aio_sim.containers.files import ContainerFiles
from aio_sim.containers.images.puller import ImagePuller
from aio_sim.containers.images.writable_layer import WritableLayer
from aio_sim.containers.lodging import Lodging
from aio_sim.containers.node import Node
from aio_sim.containers.processes.signals import ExitStatus, Signal
from aio_sim.containers.profile import Cost, RuntimeProfile
from aio_sim.containers.restart import Restarts
from aio_sim.containers.spec import ContainerSpec
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.span_record import Record
from aio_sim.kernel.trace import Trace
from aio_sim.resources.allocation import Allocation
from aio_sim.scheduling.completion import ProcessLost
from aio_sim.scheduling.policy import SchedulingPolicy
from aio_sim.scheduling.switching import SwitchModel

if TYPE_CHECKING:
    import numpy as np

Story = Generator[Event, Any, str]

STARTABLE = frozenset({ContainerState.CREATED, ContainerState.EXITED, ContainerState.RESTARTING})


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
        self.start_times: list[int] = []
        """How long each start took, in nanoseconds."""
        self.restarts = 0
        self._trace = trace
        self._random_stream = random_stream
        self._on_end = on_end
        self._ends: dict[Container, Event] = {}  # what a stop waits for
        self._restarts: dict[Container, Restarts] = {}
        self._delays: dict[Container, Event] = {}  # what ends a back-off before its time
        self._stopped: set[Container] = set()  # by hand
        self._resting: set[Container] = set()
        self._verbs: dict[Running, None] = {}  # what is being done
        self._dead = False

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
        self._restarts[container] = Restarts(spec.restart, self.profile.back_off)
        return container

    def create(self, container: Container) -> Event:
        """Pull its image, set its files up, and have its memory lent."""
        return self._do(self._create(container))

    def adopt(self, container: Container) -> Event:
        """Have a container that runs already, at no cost but memory and the room of its image."""
        return self._do(self._adopt(container))

    def start(self, container: Container) -> Event:
        """Start its first process; a container that has ended begins anew, its files as left."""
        self._stopped.discard(container)
        self._end_delay(container)
        return self._do(self._start(container))

    def run(self, container: Container) -> Event:
        """Create and start."""
        return self._do(self._run(container))

    def pause(self, container: Container) -> None:
        """Freeze all its processes."""
        container.pause()

    def resume(self, container: Container) -> None:
        """Let a frozen container go on."""
        container.resume()

    def stop(self, container: Container, grace: int | None = None) -> Event:
        """Ask it to end, and kill it after a grace period in ns; fires when it has ended."""
        self._stopped.add(container)
        if grace is None:
            grace = container.spec.grace
        if grace is None:
            grace = self.profile.grace
        return self._do(self._stop(container, grace))

    def kill(self, container: Container) -> None:
        """End it at once; its restart policy is not asked."""
        self._stopped.add(container)
        self._end_delay(container)
        container.signal(Signal.KILL)

    def abandon(self, container: Container) -> None:
        """Give a container up that could not be made: tasks that wait for it are lost."""
        container.enter(ContainerState.REMOVED)

    def destroy(self, container: Container) -> Event:
        """Kill it where it runs, and take all back that was lent to it."""
        return self._do(self._destroy(container))

    def fail(self) -> None:
        """Lose all that runs here, for the node has died; files and images stay on its disk."""
        self._dead = True
        self.puller.fail()
        for verb in list(self._verbs):
            if verb.is_alive:
                verb.interrupt()
        for container in self.containers.values():
            self._die(container)

    def recover(self) -> None:
        """Begin anew on a node that is back: start what its restart policy starts then."""
        self._dead = False
        for container in self.containers.values():
            if container.state in STARTABLE and self.comes_back(container):
                self.start(container)

    def resting(self, container: Container) -> bool:
        """Return whether it has ended, and its restart policy does not start it again."""
        return container in self._resting

    def restarts_of(self, container: Container) -> int:
        """Return how often its restart policy started it again."""
        return self._restarts[container].count

    def stopped(self, container: Container) -> bool:
        """Return whether somebody stopped it and has not started it since."""
        return container in self._stopped

    def comes_back(self, container: Container) -> bool:
        """Return whether its restart policy starts it when its node comes up again."""
        return self._restarts[container].returns(self.stopped(container))

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
        self.lodging.close()
        self.puller.store.lent.release()

    def _do(self, story: Story) -> Event:
        """Do something, unless the node dies meanwhile."""
        verb = self.node.env.process(self._until_death(story))
        self._verbs[verb] = None
        verb.callbacks.append(lambda _event: self._verbs.pop(verb))
        return verb

    def _until_death(self, story: Story) -> Story:
        if self._dead:
            return self._node_failed()
        try:
            return (yield from story)
        except (Interrupt, ProcessLost):
            return self._node_failed()

    def _node_failed(self) -> str:
        return _("{node} failed").format(node=self.node.name)

    def _die(self, container: Container) -> None:
        state = container.state
        self._end_delay(container)
        if state in UP:
            container.signal(Signal.KILL)
        elif state is ContainerState.CREATING:
            container.enter(ContainerState.NEW)
        elif state in (ContainerState.STARTING, ContainerState.RESTARTING):
            self._rest(container)
        elif state is ContainerState.CREATED:
            self.lodging.rest(container)

    def _create(self, container: Container) -> Story:
        if container.state is not ContainerState.NEW:
            return self._cannot(container)
        container.enter(ContainerState.CREATING)
        reason: str = yield self.puller.pull(container.spec.image)
        if not reason:
            reason = yield from self._set_up(container, self.profile.create)
        if reason and not self._gone(container):
            container.enter(ContainerState.NEW)
        return reason

    def _set_up(self, container: Container, cost: Cost) -> Story:
        """Have its memory lent, and make its own layer of files."""
        reason = self.lodging.room_for(container)
        try:
            if not reason:
                lent = yield from self.lodging.lend(container)
                reason = yield from self._make(container, lent, cost)
        except (Interrupt, ProcessLost):
            reason = self._node_failed()
            raise
        finally:
            if reason:
                self.puller.store.drop(self.puller.find(container.spec.image))
        return reason

    def _make(self, container: Container, lent: Allocation, cost: Cost) -> Story:
        """Make a container whose memory is lent, which takes what it costs."""
        made = False
        try:
            yield from self._take(container, "creation", cost)
            made = not self._gone(container)
        finally:
            if not made:
                lent.release()
        if not made:
            return self._cannot(container)
        image = self.puller.find(container.spec.image)
        container.memory = ContainerMemory(container.spec.memory, lent, self.node.manager)
        container.files = ContainerFiles(self.node, WritableLayer(image.files), lent)
        self.lodging.take_in(container)
        container.enter(ContainerState.CREATED)
        return ""

    def _adopt(self, container: Container) -> Story:
        if container.state is not ContainerState.NEW:
            return self._cannot(container)
        reason = yield from self.puller.adopt(container.spec.image)
        reason = reason or (yield from self._set_up(container, Cost()))
        if not reason and container.memory is not None and container.files is not None:
            container.begin(container.memory, container.files)
        return reason

    def _start(self, container: Container) -> Story:
        if container.state not in STARTABLE:
            return self._cannot(container)
        begun = self.node.env.now
        reason = self.lodging.wake(container)
        if reason:
            return reason
        self._resting.discard(container)
        container.enter(ContainerState.STARTING)
        yield from self._take(container, "start", self.profile.start)
        memory, files = container.memory, container.files
        if self._gone(container) or memory is None or files is None:
            return self._cannot(container)
        if self.stopped(container):
            self._rest(container)
            return self._cannot(container)
        self.start_times.append(self.node.env.now - begun)
        container.begin(memory, files)
        return ""

    def _run(self, container: Container) -> Story:
        reason: str = yield self.create(container)
        return reason or (yield self.start(container))

    def _stop(self, container: Container, grace: int) -> Story:
        env = self.node.env
        self._end_delay(container)
        container.resume()
        if container.state not in UP:
            return ""
        end = self._ends.setdefault(container, Event(env))
        if container.running:
            container.terminate()
        yield end | env.timeout(grace)
        if not end.triggered:
            container.signal(Signal.KILL)
        yield from self._take(container, "end", self.profile.stop)
        return ""

    def _destroy(self, container: Container) -> Story:
        if container.state is ContainerState.REMOVED:
            return ""
        self.kill(container)
        container.enter(ContainerState.REMOVED)
        yield from self._take(container, "removal", self.profile.destroy)
        if container.memory is not None:
            self.lodging.put_out(container)
            self.puller.store.drop(self.puller.find(container.spec.image))
        return ""

    def _ended(self, container: Container, status: ExitStatus) -> None:
        end = self._ends.pop(container, None)
        if end is not None:
            end.succeed()
        if not self.stopped(container) and not self._dead:
            ran = self.node.env.now - container.started_at
            delay = self._restarts[container].after(status.reported, ran)
            if delay is not None:
                self._do(self._restart(container, delay))
                return
        self._rest(container)

    def _rest(self, container: Container) -> None:
        """See to it that a container stays down which is not to be started again."""
        if container.state is not ContainerState.EXITED:
            container.enter(ContainerState.EXITED)
        self.lodging.rest(container)
        self._resting.add(container)
        self._on_end(container)

    def _end_delay(self, container: Container) -> None:
        """End the back-off of a container, if it is in one: somebody decides otherwise."""
        delay = self._delays.pop(container, None)
        if delay is not None:
            delay.succeed()

    def _restart(self, container: Container, delay: int) -> Story:
        yield from self._take(container, "end", self.profile.stop)
        if container.state is not ContainerState.EXITED:  # somebody was faster
            return self._cannot(container)
        if not self.stopped(container):
            container.enter(ContainerState.RESTARTING)
            ended = self._delays[container] = Event(self.node.env)
            yield ended | self.node.env.timeout(delay)
            if not ended.triggered:
                del self._delays[container]
                self.restarts += 1
                return (yield from self._start(container))
        if self.stopped(container) and not self._gone(container):
            self._rest(container)
        return self._cannot(container)

    def _take(self, container: Container, step: str, cost: Cost) -> Generator[Event, Any, None]:
        """Let a step of a container's life take what it costs, as a span."""
        begun = self.node.env.now
        yield from self.node.take(f"{container.name}: {step}", cost)
        record = Record(self._trace, f"{container.name} stages")
        if self.node.env.now > begun:
            record.span(step, begun, self.node.env.now)

    def _gone(self, container: Container) -> bool:
        return container.state is ContainerState.REMOVED

    def _cannot(self, container: Container) -> str:
        return _("{machine} is {state}").format(machine=container.name, state=str(container.state))
