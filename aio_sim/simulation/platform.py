"""Wires the platform of a scenario: nodes, services, what scales, and what is done to it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from aio_sim.containers.container import Container
from aio_sim.containers.platform.balancing import Balance
from aio_sim.containers.platform.platform import Platform
from aio_sim.containers.platform.pools import PoolSpec
from aio_sim.containers.platform.scores import Packing
from aio_sim.containers.platform.service import ServiceSpec as Service
from aio_sim.containers.platform.settings import PlatformSettings
from aio_sim.containers.platform.worker import Worker
from aio_sim.containers.profile import RuntimeProfile
from aio_sim.scenario.name_patterns import matching
from aio_sim.scenario.platform.nodes import NodeTraits, traits_of
from aio_sim.scenario.platform.pod_references import templates
from aio_sim.scenario.platform.references import node_names
from aio_sim.scenario.platform.section import PlatformSpec
from aio_sim.scheduling.process import Process
from aio_sim.simulation.container_nodes import ContainerNodes
from aio_sim.simulation.ground import Ground
from aio_sim.simulation.part import Part
from aio_sim.simulation.platform_nodes import NodeLives
from aio_sim.simulation.platform_report import platform_meta, platform_totals
from aio_sim.simulation.platform_steps import PlatformStories
from aio_sim.simulation.pod_templates import PodTemplates


def platform_part(ground: Ground, nodes: ContainerNodes) -> Part | None:
    """Make the platform of a scenario, on which all is then deployed; None where it has none."""
    spec = ground.scenario.platform
    if spec is None:
        return None
    workers = _workers(ground, spec, nodes)
    platform = Platform(
        ground.env,
        ground.trace,
        workers,
        _settings(ground, spec),
        random_stream=ground.streams.stream,
    )
    memory = max(worker.memory for worker in workers)
    PlatformStories(ground, spec, platform, PodTemplates(ground.scenario, spec, memory))
    for service in spec.services:
        platform.expose(
            Service(
                name=service.name,
                selector=service.reaches,
                namespace=service.namespace,
                balance=Balance(service.balance),
            )
        )
    lives = NodeLives(ground, platform)

    def containers() -> Iterator[Container]:
        return chain.from_iterable(worker.engine.containers.values() for worker in workers)

    def held() -> Iterator[Process]:
        return chain.from_iterable(container.held for container in containers())

    def check() -> None:
        platform.check()
        nodes.check()

    return Part(
        machines=dict(platform.services),
        cpus=lambda: [container.cpu for container in containers()],
        held=held,
        failed=lives.fail,
        repaired=lives.repair,
        check=check,
        close=platform.close,
        totals=lambda: platform_totals(platform),
        meta=lambda: platform_meta(platform),
    )


def _workers(ground: Ground, spec: PlatformSpec, nodes: ContainerNodes) -> list[Worker]:
    scenario = ground.scenario
    names = node_names(spec, scenario.hosts, scenario.vms)
    traits = traits_of(spec.nodes or (), names)
    profile = RuntimeProfile.named(spec.profile)
    images = dict.fromkeys(pod.image for _spec, pod, _location in templates(spec))
    registry = nodes.registry(images)
    workers = []
    for name in names:
        own = traits.get(name, NodeTraits())
        workers.append(
            Worker(
                nodes.engine(name, profile, registry),
                labels=own.labels,
                taints=[taint.build() for taint in own.taints],
                cpu=own.cpu,
                memory=own.memory,
                pods=own.pods,
            )
        )
    return workers


def _settings(ground: Ground, spec: PlatformSpec) -> PlatformSettings:
    scenario = ground.scenario
    names = node_names(spec, scenario.hosts, scenario.vms)
    pools = [
        PoolSpec(
            nodes=tuple(matching(pool.nodes, names)),
            least=pool.min_nodes,
            boot=pool.boot,
            idle=pool.idle,
        )
        for pool in spec.node_pools
    ]
    return PlatformSettings(
        packing=Packing(spec.pod_scheduler.scoring),
        sample=spec.pod_scheduler.sample,
        grace=spec.node_grace,
        eviction=spec.eviction,
        switch_cost=scenario.scheduler.switch_cost,
        budgets=tuple(budget.build() for budget in spec.disruption_budgets),
        quotas={name: each.build() for name, each in spec.namespaces.items()},
        pools=tuple(pools),
    )
