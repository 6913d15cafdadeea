"""A platform on some nodes, whose containers cost nothing to make and start unless said so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import settings

from aio_sim.containers.engine import ContainerEngine
from aio_sim.containers.images.puller import ImagePuller
from aio_sim.containers.images.registry import Registry
from aio_sim.containers.images.store import ImageStore
from aio_sim.containers.memory_limits import FixedLimit
from aio_sim.containers.node import Node
from aio_sim.containers.platform.deployment import DEPLOYMENT, DeploymentSpec
from aio_sim.containers.platform.platform import Platform
from aio_sim.containers.platform.pod import Pod
from aio_sim.containers.platform.selector import equal_to
from aio_sim.containers.platform.service import Service, ServiceSpec
from aio_sim.containers.platform.settings import PlatformSettings
from aio_sim.containers.platform.template import PodTemplate
from aio_sim.containers.platform.worker import Worker
from aio_sim.containers.processes.signals import Signal
from aio_sim.containers.profile import KUBERNETES, RuntimeProfile
from aio_sim.containers.spec import ContainerSpec, OnTerm
from aio_sim.kernel.environment import ARRIVAL, SECOND, Environment, Timer
from aio_sim.kernel.span_record import Record
from aio_sim.kernel.trace import Trace
from aio_sim.resources.demand import Capacity
from aio_sim.resources.manager import ResourceManager
from aio_sim.scheduling.cpu import Cpu
from tests.containers.engine.world import FREE, IMAGE, MIB, Notes, Numbers, policy

SWIFT = replace(FREE, back_off=KUBERNETES.back_off, grace=KUBERNETES.grace)
"""A runtime whose steps cost nothing, with the rules of Kubernetes."""

FCFS = policy("fcfs")

EXAMPLES = settings().max_examples
"""As many as the profile in use has; properties of whole runs take a part of them."""


def template(**options: Any) -> PodTemplate:
    """Return a template: a tenth of a core, 64 MiB, requests drained at the end."""
    fields = set(PodTemplate.__dataclass_fields__)
    given: dict[str, Any] = {"memory": FixedLimit(64 * MIB), "on_term": OnTerm.DRAIN}
    given |= {name: options.pop(name) for name in list(options) if name not in fields}
    spec = ContainerSpec(name="any", image=given.pop("image", "app"), **given)
    filled: dict[str, Any] = {"container": spec, "policy": FCFS, "cpu": 100} | options
    return PodTemplate(**filled)


def deployment(name: str = "web", replicas: int = 1, **options: Any) -> DeploymentSpec:
    """Return a deployment of such pods; what is no option of it is one of their template."""
    fields = set(DeploymentSpec.__dataclass_fields__) - {"template"}
    own = {key: options.pop(key) for key in list(options) if key in fields}
    made = options.pop("template", None) or template(**options)
    return DeploymentSpec(name=name, replicas=replicas, template=made, **own)


class World:
    """Nodes n0, n1, ... of 4 cores and 1 GiB, and a platform on them."""

    def __init__(
        self,
        nodes: int = 3,
        settings: PlatformSettings | None = None,
        *,
        cores: int = 4,
        memory: int = 1024 * MIB,
        labels: Mapping[int, Mapping[str, str]] | None = None,
        profile: RuntimeProfile = SWIFT,
        **options: Any,
    ) -> None:
        self.env = env = Environment()
        self.trace = Trace("full")
        self.numbers = Numbers()
        names = [f"n{index}" for index in range(nodes)]
        self.manager = ResourceManager(env, [Capacity(name, cores, memory, 0) for name in names])
        self._profile = profile
        self.cpus = [Cpu(env, self.trace, name, cores, policy("fair")) for name in names]
        self.workers = [
            Worker(self._engine(index), labels=(labels or {}).get(index), **options)
            for index in range(nodes)
        ]
        self.platform = Platform(env, self.trace, self.workers, settings)
        self.notes = Notes(env)
        self.tasks = 0
        self.events = 0

    def _engine(self, index: int) -> ContainerEngine:
        cpu = self.cpus[index]
        node = Node(
            self.env, f"n{index}", cpu, self.manager, index, lambda: f"n{index}", self.numbers
        )
        puller = ImagePuller(
            node,
            Registry([IMAGE]),
            None,
            ImageStore(node),
            self._profile,
            Record(self.trace, "images"),
        )
        return ContainerEngine(node, self.trace, self._profile, puller)

    def at(self, instant: float, callback: Callable[..., Any], *arguments: Any) -> None:
        """Call back at an instant, in seconds."""
        Timer(self.env, partial(callback, *arguments), ARRIVAL).set(round(instant * SECOND))

    def run(self, until: float | None = None, each: Callable[[], Any] | None = None) -> None:
        """Let everything happen, or what does up to an instant in seconds."""
        end = None if until is None else round(until * SECOND)
        if until is not None:
            self.at(until, lambda: None)
        while (end is None or self.env.now < end) and self.env.advance(1):
            self.events += 1
            if each is not None:
                each()
        self.platform.check()

    def expose(self, name: str = "web", **options: Any) -> Service:
        """Return a service for the pods of a deployment."""
        selector = equal_to({DEPLOYMENT: name})
        return self.platform.expose(ServiceSpec(name=name, selector=selector, **options))

    def send(self, service: Service, work: float) -> None:
        """Send a task of so many seconds to a service."""
        task = self.notes.task(self.tasks, round(work * SECOND))
        self.tasks += 1
        service.accept(task)

    def stream(self, service: Service, rate: float, until: float, work: float) -> None:
        """Send tasks so many times a second, from now until an instant in seconds."""
        begin = self.env.now / SECOND
        for index in range(int((until - begin) * rate)):
            self.at(begin + index / rate, self.send, service, work)

    @property
    def pods(self) -> list[Pod]:
        return list(self.platform.cluster.pods.values())

    def where(self) -> dict[str, int]:
        """Return how many pods each node has."""
        return {worker.name: len(worker.pods) for worker in self.workers}


def crash(pod: Pod) -> None:
    """Let a pod's program end by itself."""
    assert pod.container is not None
    pod.container.signal(Signal.KILL)
