"""A node with everything that containers need there, on a host or in a machine on it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from simpy.events import Event

from aio_sim.containers.container import Container
from aio_sim.containers.engine import ContainerEngine
from aio_sim.containers.images.image import ContainerImage
from aio_sim.containers.images.puller import ImagePuller
from aio_sim.containers.images.registry import Registry
from aio_sim.containers.images.store import ImageStore
from aio_sim.containers.memory_limits import FixedLimit
from aio_sim.containers.node import Node
from aio_sim.containers.profile import DOCKER, Cost, RuntimeProfile
from aio_sim.containers.spec import ContainerSpec
from aio_sim.hardware.device import Disk
from aio_sim.hardware.network import Link, Network, Switch, Topology
from aio_sim.kernel.environment import ARRIVAL, SECOND, Environment, Timer
from aio_sim.kernel.span_record import Record
from aio_sim.kernel.trace import Trace
from aio_sim.resources.demand import Capacity, Demand
from aio_sim.resources.manager import ResourceManager
from aio_sim.scheduling import policies as _built_in  # noqa: F401  # importing registers them
from aio_sim.scheduling.cpu import Cpu, QueueKind
from aio_sim.scheduling.policy import SCHEDULING_POLICIES, SchedulingPolicy
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.virtual_core import VirtualCores

MS = 10**6
MIB = 2**20
GIB = 2**30

FREE = RuntimeProfile(
    name="free",
    create=Cost(),
    start=Cost(),
    stop=Cost(),
    destroy=Cost(),
    grace=10 * SECOND,
    downloads=3,
    unpack_rate=10**9,
    fork=0,
    back_off=DOCKER.back_off,
)
"""A runtime whose steps cost nothing, so that a test sees what it looks at."""

IMAGE = ContainerImage.plain("app", 100 * 10**6)


def policy(name: str, **options: Any) -> SchedulingPolicy:
    return SCHEDULING_POLICIES[name].model_validate(options)


class Numbers:
    """Gives out numbers for processes that are no tasks."""

    def __init__(self) -> None:
        self._next = 1 << 40

    def __call__(self, names: Sequence[str]) -> int:
        first = self._next
        self._next += len(names)
        return first


class World:
    """One node, its engine, and a registry over a network of 1 Gbit/s where it has one."""

    def __init__(
        self,
        cores: int = 1,
        scheduler: SchedulingPolicy | None = None,
        *,
        memory: int = 4 * GIB,
        queue: QueueKind = "shared",
        depth: int = 1,
        profile: RuntimeProfile = FREE,
        images: Sequence[ContainerImage] = (IMAGE,),
        registry: bool = False,
        disk: int | None = None,
        cache: int | None = None,
        speed: Fraction = Fraction(1),
    ) -> None:
        self.env = env = Environment()
        self.trace = Trace("full")
        numbers = Numbers()
        self.host = Cpu(
            env,
            self.trace,
            "host",
            cores,
            scheduler or policy("fair"),
            queue=queue,
            speed=speed,
        )
        cpu = self.host
        for level in range(depth - 1):  # as virtual machines in one another
            supply = VirtualCores(env, cpu, numbers([f"vm-{level}"] * cores))
            cpu = Cpu(env, self.trace, f"vm-{level}", cores, policy("fair"), supply=supply)
            cpu.set_speed(speed)
        self.cpu = cpu
        size = disk or 0
        self.manager = ResourceManager(env, [Capacity("node", cores, memory, size)])
        topology = Topology(
            ("node", "hub"),
            (Switch("switch"),),
            (
                Link("node-link", ("node", "switch"), 10**9),
                Link("hub-link", ("hub", "switch"), 10**10),
            ),
        )
        self.network = Network(env, topology, self.trace)
        self.disk = None if disk is None else Disk(env, size, 10**9, 10**9, 0)
        self.node = Node(env, "node", cpu, self.manager, 0, lambda: "node", numbers, disk=self.disk)
        place = "hub" if registry else None
        self.store = ImageStore(self.node, cache)
        self.puller = ImagePuller(
            self.node,
            Registry(images, place),
            self.network,
            self.store,
            profile,
            Record(self.trace, "node images"),
        )
        self.ended: list[tuple[str, int, int]] = []
        self.engine = ContainerEngine(
            self.node, self.trace, profile, self.puller, on_end=self._note_end
        )

    def _note_end(self, container: Container) -> None:
        code = -1 if container.status is None else container.status.reported  # it never ran
        self.ended.append((container.name, self.env.now, code))

    def node_demand(self, memory: int) -> Demand:
        """Return a demand for memory of the node."""
        return Demand(memory=memory, host=0)

    def define(self, scheduler: SchedulingPolicy | None = None, **options: Any) -> Container:
        """Return a container to be: 256 MiB and no other limit, unless said otherwise."""
        given: dict[str, Any] = {"name": "c", "image": "app", "memory": FixedLimit(256 * MIB)}
        spec = ContainerSpec(**(given | options))
        return self.engine.define(spec, scheduler or policy("fcfs"))

    def started(self, scheduler: SchedulingPolicy | None = None, **options: Any) -> Container:
        """Return a container that runs, at this instant where starting costs nothing."""
        container = self.define(scheduler, **options)
        assert self.finish(self.engine.run(container)) == ""
        return container

    def at(self, instant: int, callback: Any, *arguments: Any) -> None:
        """Call back at an instant."""
        Timer(self.env, partial(callback, *arguments), ARRIVAL).set(instant)

    def finish(self, event: Event) -> Any:
        """Return the value of an event, when it has happened."""
        while event.callbacks is not None:
            more = self.env.advance(1)
            assert more or event.callbacks is None
        return event.value

    def pass_time(self, until: int | None = None) -> None:
        """Let everything happen, or what does up to an instant, audited at each event."""
        if until is not None:
            self.at(until, lambda: None)
        while (until is None or self.env.now < until) and self.env.advance(1):
            self.engine.check()
            self.manager.check()
            self.cpu.check()


class Notes:
    """An owner of tasks that notes when they end, and why they were lost."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self.finish: dict[int, int] = {}
        self.reasons: dict[int, str] = {}

    def task(self, number: int, work: int, **options: Any) -> Process:
        process = Process(number, self._env.now, work, **options)
        process.owner = self
        return process

    def finished(self, process: Process) -> None:
        self.finish[process.number] = self._env.now

    def lost(self, process: Process, reason: str) -> None:
        self.reasons[process.number] = reason
