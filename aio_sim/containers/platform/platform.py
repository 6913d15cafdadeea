"""The platform: what a user asks of it, carried out by controllers that wake when things change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from simpy.events import Event

from aio_sim.containers.platform.autoscalers import Autoscalers
from aio_sim.containers.platform.budget import Budgets
from aio_sim.containers.platform.cluster import Cluster
from aio_sim.containers.platform.decision_record import DecisionRecord
from aio_sim.containers.platform.deployment import Deployment, DeploymentSpec
from aio_sim.containers.platform.deployments import Deployments
from aio_sim.containers.platform.drains import Drains
from aio_sim.containers.platform.outages import Outages
from aio_sim.containers.platform.placing import Placing
from aio_sim.containers.platform.pod_record import PodRecord
from aio_sim.containers.platform.preemption import Preemption
from aio_sim.containers.platform.quotas import Quotas
from aio_sim.containers.platform.report import deployment_totals, service_totals, start_totals
from aio_sim.containers.platform.rules import Taint
from aio_sim.containers.platform.runner import PodRunner
from aio_sim.containers.platform.scheduler import Scheduler
from aio_sim.containers.platform.selector import selects
from aio_sim.containers.platform.service import Service, ServiceSpec
from aio_sim.containers.platform.settings import PlatformSettings
from aio_sim.containers.platform.template import PodTemplate
from aio_sim.containers.platform.worker import Worker
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import Trace

if TYPE_CHECKING:
    import numpy as np


class Platform:
    """Deployments, services and autoscalers on nodes; verbs act at this instant.

    `random_stream` gives the scheduler what it draws equal nodes from; without it the first is
    taken. Raises InputError where two nodes have one name, UnknownName where a pool names one that
    is not there.
    """

    def __init__(
        self,
        env: Environment,
        trace: Trace,
        workers: Sequence[Worker],
        settings: PlatformSettings | None = None,
        *,
        random_stream: Callable[[str], np.random.Generator] | None = None,
    ) -> None:
        if len({worker.name for worker in workers}) < len(workers):
            raise InputError(_("two nodes of a platform have one name"))
        self.settings = settings or PlatformSettings()
        self.services: dict[str, Service] = {}
        self.cluster = Cluster(env, workers)
        self.record = PodRecord(self.cluster, trace)
        self.decisions = DecisionRecord(self.cluster, trace)
        self.quotas = Quotas(self.cluster, self.settings.quotas)
        self.runner = PodRunner(self.cluster, switch_cost=self.settings.switch_cost)
        self.deployments = Deployments(
            self.cluster, self.quotas, self.runner.end, self.decisions.stalled
        )
        self.autoscalers = Autoscalers(self.cluster, self.deployments, self.decisions.scaled)
        self.budgets = Budgets(
            self.settings.budgets, self.cluster.pods.values, self.deployments.expected
        )
        self.drains = Drains(self.cluster, self.budgets, self.runner.end)
        self.outages = Outages(
            self.cluster, self.runner, self.settings.grace, self.settings.eviction
        )
        self.placing = self._placing(random_stream)
        self.autoscalers.add_pools(self.settings.pools, self.placing.refused)

    def _placing(self, random_stream: Callable[[str], np.random.Generator] | None) -> Placing:
        random = None if random_stream is None else partial(random_stream, "platform.scheduler")
        scheduler = Scheduler(
            self.cluster.census,
            packing=self.settings.packing,
            sample=self.settings.sample,
            random=random,
        )
        preemption = Preemption(self.cluster.census, self.budgets)
        return Placing(self.cluster, scheduler, preemption, self.runner.end, self.decisions)

    # Deployments and services

    def deploy(self, spec: DeploymentSpec) -> Deployment:
        """Have pods made as a deployment says; InputError where its name is taken."""
        return self.deployments.add(spec)

    def scale(self, name: str, replicas: int) -> None:
        """Want so many replicas; UnknownName for no deployment, InputError below 0."""
        deployment = self.deployments.find(name)
        self.deployments.scale(deployment, replicas)
        self.decisions.wanted(deployment)

    def update(self, name: str, template: PodTemplate) -> None:
        """Want another template, to which the pods are brought; UnknownName for no deployment."""
        deployment = self.deployments.find(name)
        self.deployments.update(deployment, template)
        self.decisions.updated(deployment)

    def settled(self, name: str) -> Event:
        """Return an event that fires when a deployment is as wanted, or said to be stalled.

        UnknownName for no deployment.
        """
        return self.deployments.settled(self.deployments.find(name))

    def expose(self, spec: ServiceSpec) -> Service:
        """Return a service, to which tasks may be sent; InputError where its name is taken."""
        if spec.name in self.services:
            raise InputError(_("two services have the name {name}").format(name=spec.name))
        service = Service(
            self.cluster,
            spec,
            lambda pod: self.deployments.all[pod.deployment],
            self._behind,
        )
        self.services[spec.name] = service
        return service

    def _behind(self, spec: ServiceSpec) -> Deployment | None:
        """Return the first deployment whose pods a service sends tasks to."""
        for deployment in self.deployments.all.values():
            labels = deployment.labels(deployment.newest.template)
            if deployment.spec.namespace == spec.namespace and selects(spec.selector, labels):
                return deployment
        return None

    # Nodes

    def cordon(self, node: str) -> None:
        """Let a node get no more pods; UnknownName where there is none of that name."""
        self.cluster.cordon(self.cluster.worker(node), cordoned=True)

    def uncordon(self, node: str) -> None:
        """Let a node get pods again, and stop draining it; UnknownName as above."""
        self.drains.cancel(self.cluster.worker(node))

    def drain(self, node: str) -> Event:
        """Take all pods off a node, within their budgets; fires when that is done."""
        return self.drains.drain(self.cluster.worker(node))

    def taint(self, node: str, taints: Iterable[Taint]) -> None:
        """Give a node these taints instead of its own; `NoExecute` ends pods there, as it says.

        UnknownName where there is none of that name.
        """
        worker = self.cluster.worker(node)
        self.cluster.taint(worker, taints)
        self.drains.expel(worker)

    def expect(self, node: str) -> None:
        """Take a node for one that is not up yet, until it is repaired; UnknownName as above."""
        self.outages.expect(self.cluster.worker(node))

    def fail(self, node: str) -> None:
        """Let a node die, and all that runs on it; UnknownName where there is none."""
        self.outages.fail(self.cluster.worker(node))

    def repair(self, node: str) -> None:
        """Let a dead node come back; UnknownName where there is none."""
        self.outages.repair(self.cluster.worker(node))

    # The end of a run

    def troubles(self) -> list[str]:
        """Return in sentences what is not as wanted, and why; none where all is well."""
        found = [each.trouble for each in self.deployments.all.values() if each.trouble]
        found += [worker.trouble for worker in self.cluster.workers if worker.trouble]
        for pod in self.cluster.pods.values():
            refusal = self.placing.refusal(pod) if pod.worker is None else None
            reason = str(refusal) if refusal is not None else pod.trouble
            if reason:
                found.append(_("pod {pod}: {reason}").format(pod=pod.name, reason=reason))
        return found

    def check(self) -> None:
        """Audit; AuditError where books of nodes, namespaces or services do not agree."""
        self.quotas.check()
        for worker in self.cluster.workers:
            worker.check()
            worker.engine.check()
        for service in self.services.values():
            service.check()

    def close(self) -> None:
        """Do nothing more by the clock, and close the engines of all nodes."""
        self.autoscalers.close()
        for worker in self.cluster.workers:
            worker.engine.close()

    def totals(self) -> dict[str, int | float]:
        """Return counts and seconds by metric name, for the run as a whole and each deployment."""
        deployments = self.deployments.all.values()
        found: dict[str, int | float] = {
            "container.pods.created": self.deployments.created,
            "container.pods.pending": sum(1 for _pod in self.placing.waiting()),
            "container.pods.preempted": self.placing.preempted,
            "container.pods.evicted": self.drains.evicted + self.outages.evicted,
            "container.pods.quota_refused": self.quotas.refused,
            "container.pods.liveness_killed": self.runner.killed,
            "container.pods.failed": self.runner.failures,
            "container.updates.stalled": self.deployments.stalled,
            "container.nodes.deaths": self.outages.deaths,
        }
        for reason, count in sorted(self.placing.reasons.items()):
            found[f"container.pods.refused.{reason.name.lower()}"] = count
        found |= start_totals(self.record.start_times) | self.autoscalers.totals()
        for deployment in deployments:
            found |= deployment_totals(deployment)
        return found | service_totals(self.services.values(), self.deployments.all)
