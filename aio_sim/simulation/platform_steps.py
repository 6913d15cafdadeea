"""What happens to a platform by the scenario: deployments that begin, and steps."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final

from simpy.events import Event

from aio_sim.containers.platform.platform import Platform
from aio_sim.containers.platform.vertical import VerticalSpec
from aio_sim.kernel.environment import SECOND
from aio_sim.scenario.name_patterns import matching
from aio_sim.scenario.platform.deployments import DeploymentSpec
from aio_sim.scenario.platform.pods import PodSpec
from aio_sim.scenario.platform.section import PlatformSpec
from aio_sim.scenario.platform.steps import (
    CordonStep,
    DrainStep,
    PlatformStepSpec,
    ScaleStep,
    TaintStep,
    UncordonStep,
    UpdateStep,
)
from aio_sim.simulation.ground import Ground
from aio_sim.simulation.pod_templates import PodTemplates

PATIENCE: Final = 600 * SECOND
"""How long a run waits for a drain that budgets forbid: as long as for an update (assumption)."""

Story = Generator[Event, Any, None]


class PlatformStories:
    """Deploys what the scenario says, and takes its steps, each at its time."""

    def __init__(
        self, ground: Ground, spec: PlatformSpec, platform: Platform, templates: PodTemplates
    ) -> None:
        self._env = ground.env
        self._spec = spec
        self._platform = platform
        self._templates = templates
        self._pods: dict[str, PodSpec] = {each.name: each.template for each in spec.deployments}
        for deployment in spec.deployments:
            ground.ending.story(self._deploy(deployment))
        for step in sorted(spec.steps, key=lambda each: each.at):
            ground.ending.story(self._take(step))

    def _deploy(self, spec: DeploymentSpec) -> Story:
        if spec.start:
            yield self._env.timeout(spec.start)
        self._platform.deploy(self._templates.deployment(spec))
        self._scale_by_itself(spec.name)
        yield self._platform.settled(spec.name)

    def _scale_by_itself(self, name: str) -> None:
        """Have the autoscalers of a deployment begin."""
        scalers = self._platform.autoscalers
        for each in self._spec.autoscalers:
            if each.deployment == name:
                scalers.scale_replicas(each.build())
        for vertical in self._spec.vertical_autoscalers:
            if vertical.deployment == name:
                least, most = vertical.min_memory, vertical.max_memory
                scalers.adjust_memory(VerticalSpec(deployment=name, least=least, most=most))

    def _take(self, step: PlatformStepSpec) -> Story:
        if step.at:
            yield self._env.timeout(step.at)
        if isinstance(step, UpdateStep):
            self._update(step)
            yield self._platform.settled(step.deployment)
        elif isinstance(step, ScaleStep):
            self._platform.scale(step.deployment, step.replicas)
            yield self._platform.settled(step.deployment)
        elif isinstance(step, DrainStep):
            done = [self._platform.drain(node) for node in self._nodes(step.node)]
            yield self._env.all_of(done) | self._env.timeout(PATIENCE)
        else:
            self._mark(step)

    def _update(self, step: UpdateStep) -> None:
        pod = self._pods[step.deployment] = self._pods[step.deployment].changed(step.template)
        own = self._platform.deployments.find(step.deployment).own_labels
        self._platform.update(step.deployment, self._templates.of(pod, own))

    def _mark(self, step: CordonStep | UncordonStep | TaintStep) -> None:
        for node in self._nodes(step.node):
            if isinstance(step, CordonStep):
                self._platform.cordon(node)
            elif isinstance(step, UncordonStep):
                self._platform.uncordon(node)
            else:
                self._platform.taint(node, [taint.build() for taint in step.taints])

    def _nodes(self, patterns: Sequence[str]) -> list[str]:
        return matching(patterns, [worker.name for worker in self._platform.cluster.workers])
