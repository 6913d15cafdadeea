"""A deployment: so many pods of one template, and of former ones while it is being updated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from aio_sim.containers.memory_limits import MemoryLimit
from aio_sim.containers.platform.pod import Pod
from aio_sim.containers.platform.rollout import Revision, RollingUpdate, Strategy
from aio_sim.containers.platform.template import PodTemplate
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

DEPLOYMENT = "aio-sim/deployment"
"""The label of each pod that names its deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSpec:
    """What is wanted. `minimum_ready` ns make a ready pod available.

    An update that makes no progress for `deadline` ns is said to be stalled (the default is that of
    Kubernetes, progressDeadlineSeconds). Raises InputError where a number is negative.
    """

    name: str
    template: PodTemplate
    replicas: int = 1
    namespace: str = "default"
    strategy: Strategy = field(default_factory=RollingUpdate)
    minimum_ready: int = 0
    deadline: int = 600 * SECOND

    def __post_init__(self) -> None:
        if min(self.replicas, self.minimum_ready, self.deadline) < 0:
            raise InputError(_("deployment {name}: a number is negative").format(name=self.name))


class ReplicaSet:
    """The pods of one revision of a deployment, and how many there shall be."""

    def __init__(self, number: int, template: PodTemplate) -> None:
        self.number = number
        self.template = template
        self.size = 0
        self.pods: dict[Pod, None] = {}
        """Those that are not gone."""
        self.created = 0

    @property
    def active(self) -> list[Pod]:
        """The pods that count."""
        return [pod for pod in self.pods if pod.active]

    def view(self, now: int, minimum_ready: int) -> Revision:
        """Return what an update looks at."""
        active = self.active
        available = sum(pod.available(now, minimum_ready) for pod in active)
        return Revision(self.size, available, len(self.pods))


class Deployment:
    """A deployment and its revisions, the newest last."""

    def __init__(self, spec: DeploymentSpec) -> None:
        self.spec = spec
        self.name = spec.name
        self.replicas = spec.replicas
        """How many pods are wanted now."""
        self.most_replicas = spec.replicas
        """The most that were ever wanted."""
        self.sets = [ReplicaSet(1, spec.template)]
        self.memory: MemoryLimit | None = None
        """The limit of pods made from now on, where it was adjusted."""
        self.trouble = ""
        """Why a pod could not be created, or the update does not go on."""
        self.served = self.lost = 0
        """Requests."""
        self._adjusted: dict[int, PodTemplate] = {}

    def __repr__(self) -> str:
        return f"<Deployment {self.name} {self.ready}/{self.replicas}>"

    @property
    def newest(self) -> ReplicaSet:
        """The revision that is wanted."""
        return self.sets[-1]

    @property
    def pods(self) -> Iterator[Pod]:
        """All pods that are not gone."""
        for each in self.sets:
            yield from each.pods

    @property
    def ready(self) -> int:
        """How many pods are ready."""
        return sum(pod.ready for pod in self.pods)

    @property
    def settled(self) -> bool:
        """Whether all that is wanted is there and ready, and nothing else but what is ending."""
        active = [pod for pod in self.pods if pod.active]
        newest = self.newest.active
        return len(active) == len(newest) == self.replicas and all(pod.ready for pod in newest)

    @property
    def own_labels(self) -> dict[str, str]:
        """The labels that all its pods have."""
        return {DEPLOYMENT: self.name}

    def labels(self, template: PodTemplate) -> dict[str, str]:
        """Return the labels of a pod."""
        return {**self.own_labels, **template.labels}

    def template(self, replica_set: ReplicaSet) -> PodTemplate:
        """Return what a new pod of a revision is, its memory limit as adjusted."""
        if self.memory is None:
            return replica_set.template
        kept = self._adjusted.get(replica_set.number)
        if kept is None or kept.container.memory != self.memory:
            container = replace(replica_set.template.container, memory=self.memory)
            kept = replace(replica_set.template, container=container)
            self._adjusted[replica_set.number] = kept
        return kept

    def revise(self, template: PodTemplate) -> None:
        """Want another template; one that it had before becomes the newest revision again."""
        if template == self.newest.template:
            return
        number = 1 + max(each.number for each in self.sets)
        for each in self.sets:
            if each.template == template:
                self.sets.remove(each)
                self.sets.append(each)
                return
        self.sets.append(ReplicaSet(number, template))

    def forget(self) -> None:
        """Drop old revisions of which nothing is left."""
        old = [each for each in self.sets[:-1] if each.pods or each.size]
        self.sets = [*old, self.newest]


def going_first(pods: list[Pod]) -> list[Pod]:
    """Return pods in the order in which they go when there are too many.

    Source: kubernetes/kubernetes, pkg/controller/controller_utils.go, ActivePodsWithRanks: without
    a node, not running, not ready; where more of them share a node; ready the shortest; the newest.
    """
    crowd: dict[object, int] = {}
    for pod in pods:
        crowd[pod.worker] = crowd.get(pod.worker, 0) + 1
    return sorted(
        pods,
        key=lambda pod: (
            pod.worker is not None,
            pod.running,
            pod.ready,
            -crowd[pod.worker],
            -pod.ready_since,
            -pod.number,
        ),
    )
