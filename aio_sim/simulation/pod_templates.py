"""Makes what a scenario says of pods into what a platform works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aio_sim.containers.limits import CpuLimits
from aio_sim.containers.platform.deployment import DeploymentSpec as Deployment
from aio_sim.containers.platform.selector import equal_to
from aio_sim.containers.platform.template import Health, Placement, PodTemplate, shares_of
from aio_sim.containers.spec import ContainerSpec, OnTerm
from aio_sim.scenario import Scenario
from aio_sim.scenario.platform.deployments import DeploymentSpec
from aio_sim.scenario.platform.pods import PodSpec
from aio_sim.scenario.platform.quantities import selector_of
from aio_sim.scenario.platform.section import PlatformSpec


@dataclass(frozen=True)
class PodTemplates:
    """Makes the templates of deployments; `memory` is what the largest node has for pods."""

    scenario: Scenario
    platform: PlatformSpec
    memory: int

    def deployment(self, spec: DeploymentSpec) -> Deployment:
        """Return a deployment as the platform takes it."""
        return Deployment(
            name=spec.name,
            template=self.of(spec.template, spec.own_labels),
            replicas=spec.replicas,
            namespace=spec.namespace,
            strategy=spec.strategy.build(),
            minimum_ready=spec.min_ready,
            deadline=spec.progress_deadline,
        )

    def of(self, pod: PodSpec, own: Mapping[str, str]) -> PodTemplate:
        """Return the template of pods to which their deployment gives labels of its `own`."""
        value, preempts = self.platform.priority_of(pod.priority_class)
        return PodTemplate(
            container=self._container(pod),
            policy=(pod.scheduler or self.scenario.scheduler).build(),
            cpu=pod.cpu,
            labels=pod.labels,
            placement=_placement(pod, own),
            readiness=None if pod.readiness is None else pod.readiness.build(),
            liveness=None if pod.liveness is None else pod.liveness.build(),
            health=Health(pod.ready_after, pod.hangs_after),
            priority=value,
            preempts=preempts,
        )

    def _container(self, pod: PodSpec) -> ContainerSpec:
        registry = self.scenario.registry
        needed = registry.memory_of(pod.image) if registry is not None else 0
        return ContainerSpec(
            name="pod",  # which the platform replaces by that of the pod
            image=pod.image,
            memory=pod.memory(self.memory),
            cpu=_cpu(pod),
            base_memory=max(pod.base_memory, needed),
            task_memory=pod.task_memory,
            processes=pod.processes,
            on_term=OnTerm(pod.on_term),
            grace=pod.grace,
        )


def _cpu(pod: PodSpec) -> CpuLimits:
    shares, cpu, period = shares_of(pod.cpu), pod.limits.cpu, pod.limits.cpu_period
    return CpuLimits(shares, None if cpu is None else max(cpu * period // 1000, 1), period)


def _placement(pod: PodSpec, own: Mapping[str, str]) -> Placement:
    nodes, near, apart = pod.node_affinity, pod.pod_affinity, pod.pod_anti_affinity
    liked = (each.preference(1) for each in near.preferred)
    return Placement(
        selector=equal_to(pod.node_selector) + selector_of(nodes.required),
        node_preferences=tuple(each.build() for each in nodes.preferred),
        near=tuple(each.build() for each in near.required),
        apart=tuple(each.build() for each in apart.required),
        pod_preferences=(*liked, *(each.preference(-1) for each in apart.preferred)),
        spread=tuple(each.build(own) for each in pod.topology_spread),
        tolerations=tuple(each.build() for each in pod.tolerations),
    )
