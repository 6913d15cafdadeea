"""A service: one name for pods that come and go; a machine, to whoever sends tasks to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from simpy.events import Event

from aio_sim.containers.platform.balancing import BALANCERS, Balance
from aio_sim.containers.platform.cluster import Change, Cluster, What
from aio_sim.containers.platform.deployment import Deployment
from aio_sim.containers.platform.pod import Pod
from aio_sim.containers.platform.selector import Selector, selects
from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.messages import _
from aio_sim.scheduling.completion import completion_of
from aio_sim.scheduling.process import Process


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSpec:
    """A name for all ready pods of these labels in a namespace."""

    name: str
    selector: Selector
    namespace: str = "default"
    balance: Balance = Balance.ROUND_ROBIN

    def concerns(self, pod: Pod) -> bool:
        """Return whether a pod is one of its own."""
        return pod.namespace == self.namespace and selects(self.selector, pod.labels)


class Service:
    """Sends each task to a pod that the platform holds to be ready, and counts what becomes of it.

    A task is lost where no pod is ready, where the pod's program does not serve yet, or where its
    container has ended: it is not sent again. `deployment` names the one that a task counts for
    that no pod has had.
    """

    def __init__(
        self,
        cluster: Cluster,
        spec: ServiceSpec,
        owner: Callable[[Pod], Deployment],
        deployment: Callable[[ServiceSpec], Deployment | None],
    ) -> None:
        self.spec = spec
        self.name = spec.name
        self.sent = self.served = self.lost = self.unready = 0
        """Tasks that came, were done, and were lost; of these, those that no pod has had."""
        self.inside: dict[Process, Pod] = {}
        """Tasks that pods have now."""
        self._env = cluster.env
        self._owner = owner
        self._deployment = deployment
        self._balancer = BALANCERS[spec.balance]()
        self.endpoints: dict[Pod, None] = {}
        """The pods that tasks go to."""
        for pod in cluster.pods.values():
            self._look_at(pod)
        cluster.watch(self._hear)

    @property
    def cores(self) -> int:
        """How many cores its pods may use now; 1 where there are none."""
        containers = [pod.container for pod in self.endpoints]
        return sum(each.cores for each in containers if each is not None) or 1

    def run(self, process: Process) -> Event:
        """Run a process; the event fires, with the process, when it ends."""
        return completion_of(process, self._env, self.accept)

    def accept(self, process: Process) -> None:
        """Run a process; its owner hears when it ends, or that it is lost."""
        self.sent += 1
        process.owner = request = Request(self, process)
        pod = self._balancer.choose()
        if pod is None:
            self.unready += 1
            request.lost(process, _("no pod of {service} is ready").format(service=self.name))
            return
        self.inside[process] = pod
        container = pod.container
        assert container is not None
        if pod.running and not pod.healthy:
            request.lost(process, _("{pod} does not serve yet").format(pod=pod.name))
        else:
            container.accept(process)

    def withdraw(self, process: Process) -> None:
        """Take a task away unfinished; its owner hears nothing."""
        pod = self.inside.pop(process)
        self._balancer.ended(pod)
        self.sent -= 1
        assert pod.container is not None
        pod.container.withdraw(process)
        if isinstance(process.owner, Request):
            process.owner = process.owner.owner

    def processes(self) -> Iterator[Process]:
        """Yield the tasks that are inside."""
        yield from self.inside

    def check(self) -> None:
        """Audit; AuditError where a request was lost without being counted."""
        if self.sent != self.served + self.lost + len(self.inside):
            raise AuditError(
                _("{service}: {sent} tasks came; {served} were served and {lost} lost").format(
                    service=self.name, sent=self.sent, served=self.served, lost=self.lost
                )
            )

    def leave(self, process: Process, *, served: bool) -> None:
        """Count a task that has ended."""
        self.served += served
        self.lost += not served
        pod = self.inside.pop(process, None)
        if pod is not None:
            self._balancer.ended(pod)
        deployment = self._deployment(self.spec) if pod is None else self._owner(pod)
        if deployment is not None:
            deployment.served += served
            deployment.lost += not served

    def _hear(self, change: Change) -> None:
        if change.what is What.READY and change.pod is not None:
            self._look_at(change.pod)

    def _look_at(self, pod: Pod) -> None:
        if pod.ready and self.spec.concerns(pod):
            self.endpoints[pod] = None
            self._balancer.add(pod)
        elif pod in self.endpoints:
            del self.endpoints[pod]
            self._balancer.remove(pod)


class Request:
    """The owner of a task that a service has sent on."""

    __slots__ = ("_service", "owner")

    def __init__(self, service: Service, process: Process) -> None:
        self._service = service
        self.owner = process.owner

    def finished(self, process: Process) -> None:
        """Count it as served, and tell the task's owner."""
        self._service.leave(process, served=True)
        process.owner = self.owner
        if self.owner is not None:
            self.owner.finished(process)

    def lost(self, process: Process, reason: str) -> None:
        """Count it as lost, and tell the task's owner."""
        self._service.leave(process, served=False)
        process.owner = self.owner
        if self.owner is not None:
            self.owner.lost(process, reason)
