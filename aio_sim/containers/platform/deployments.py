"""The controller of deployments: brings the pods there are to those that are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simpy.events import Event

from aio_sim.containers.platform.cluster import Change, Cluster, What
from aio_sim.containers.platform.deployment import (
    Deployment,
    DeploymentSpec,
    ReplicaSet,
    going_first,
)
from aio_sim.containers.platform.pod import Pod
from aio_sim.containers.platform.progress import Progress
from aio_sim.containers.platform.quotas import Quotas
from aio_sim.containers.platform.rollout import next_sizes
from aio_sim.containers.platform.template import PodTemplate
from aio_sim.kernel.environment import ALLOCATION, Timer
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _


class Deployments:
    """All deployments by name; each is looked at when something of it changes, never else.

    `end` ends a pod gracefully; `stalled` is told of what makes no progress.
    """

    def __init__(
        self,
        cluster: Cluster,
        quotas: Quotas,
        end: Callable[[Pod], None],
        stalled: Callable[[Deployment], None] = lambda _deployment: None,
    ) -> None:
        self.all: dict[str, Deployment] = {}
        self.created = 0
        """Pods."""
        self.stalled = 0
        """Updates that made no progress until their deadline."""
        self._cluster = cluster
        self._quotas = quotas
        self._end = end
        self._stalled = stalled
        self._changed: dict[Deployment, None] = {}
        self._wanting: dict[Deployment, None] = {}  # pods that a quota forbids
        self._progress: dict[Deployment, Progress] = {}
        self._timer = Timer(cluster.env, self._reconcile, ALLOCATION)
        cluster.watch(self._hear)

    def add(self, spec: DeploymentSpec) -> Deployment:
        """Take in a deployment; InputError where there is one of that name."""
        if spec.name in self.all:
            raise InputError(_("two deployments have the name {name}").format(name=spec.name))
        deployment = self.all[spec.name] = Deployment(spec)
        self._progress[deployment] = Progress(
            self._cluster.env, deployment, self.look_at, self._stall
        )
        self.look_at(deployment)
        return deployment

    def find(self, name: str) -> Deployment:
        """Return a deployment; UnknownName where there is none of that name."""
        if name not in self.all:
            raise UnknownName(_("deployment"), name, self.all)
        return self.all[name]

    def scale(self, deployment: Deployment, replicas: int) -> None:
        """Want so many replicas of a deployment; InputError below 0."""
        if replicas < 0:
            raise InputError(_("there cannot be fewer than 0 replicas"))
        deployment.replicas = replicas
        deployment.most_replicas = max(deployment.most_replicas, replicas)
        self.look_at(deployment)

    def update(self, deployment: Deployment, template: PodTemplate) -> None:
        """Want another template of a deployment."""
        deployment.revise(template)
        self.look_at(deployment)

    def settled(self, deployment: Deployment) -> Event:
        """Return an event that fires when all is as wanted, or is said to be stalled."""
        self.look_at(deployment)
        return self._progress[deployment].rest()

    def expected(self, pods: Iterable[Pod]) -> int:
        """Return how many replicas are wanted of the deployments that pods are of."""
        names = {pod.deployment for pod in pods}
        return sum(each.replicas for each in self.all.values() if each.name in names)

    def look_at(self, deployment: Deployment) -> None:
        """See to a deployment at this instant."""
        self._changed[deployment] = None
        self._timer.soon()

    def _hear(self, change: Change) -> None:
        what, pod = change.what, change.pod
        if pod is None or what not in (What.READY, What.TERMINATING, What.GONE):
            return
        deployment = self.all[pod.deployment]
        if what is What.GONE:
            for each in deployment.sets:
                each.pods.pop(pod, None)
            for other in self._wanting:
                self.look_at(other)
        self.look_at(deployment)

    def _reconcile(self) -> None:
        changed, self._changed = self._changed, {}
        for deployment in changed:
            self._resize(deployment)
            self._wanting.pop(deployment, None)
            for each in deployment.sets:
                self._fill(deployment, each)
            deployment.forget()
            self._progress[deployment].look()

    def _resize(self, deployment: Deployment) -> None:
        """Decide on the sizes of all revisions, until they stay as they are."""
        now, spec = self._cluster.env.now, deployment.spec
        *old, new = deployment.sets
        while True:
            sizes = next_sizes(
                spec.strategy,
                deployment.replicas,
                new.view(now, spec.minimum_ready),
                [each.view(now, spec.minimum_ready) for each in old],
            )
            if sizes.new == new.size and sizes.old == tuple(each.size for each in old):
                return
            new.size = sizes.new
            for each, size in zip(old, sizes.old, strict=True):
                each.size = size

    def _fill(self, deployment: Deployment, replica_set: ReplicaSet) -> None:
        """Create the pods that lack of a revision, or end those that are too many."""
        active = replica_set.active
        for _each in range(replica_set.size - len(active)):
            if not self._create(deployment, replica_set):
                self._wanting[deployment] = None
                return
        for pod in going_first(active)[: max(len(active) - replica_set.size, 0)]:
            self._end(pod)

    def _create(self, deployment: Deployment, replica_set: ReplicaSet) -> bool:
        """Create a pod; False where a quota forbids it."""
        spec, template = deployment.spec, deployment.template(replica_set)
        refusal = self._quotas.refusal(spec.namespace, template)
        if refusal:
            deployment.trouble = refusal
            return False
        replica_set.created += 1
        self.created += 1
        pod = Pod(
            f"{spec.name}-{replica_set.number}-{replica_set.created}",
            spec.namespace,
            spec.name,
            self.created,
            template,
            deployment.labels(template),
            self._cluster.env.now,
        )
        replica_set.pods[pod] = None
        self._cluster.create(pod)
        return True

    def _stall(self, deployment: Deployment) -> None:
        self.stalled += 1
        newest = sum(pod.ready for pod in deployment.newest.pods)
        former = deployment.ready - newest
        form = _("deployment {name} has made no progress: {ready} of {replicas} pods are ready")
        if former:
            form = _(
                "deployment {name} has made no progress: {ready} of {replicas} new pods are ready, "
                "and {former} old ones go on serving"
            )
        deployment.trouble = form.format(
            name=deployment.name, ready=newest, replicas=deployment.replicas, former=former
        )
        self._stalled(deployment)
