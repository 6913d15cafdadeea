"""The section as a whole."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from aio_sim.containers.profile import PROFILES
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.fields import Name, Spec
from aio_sim.scenario.platform.autoscalers import (
    HorizontalAutoscalerSpec,
    NodePoolSpec,
    VerticalAutoscalerSpec,
)
from aio_sim.scenario.platform.deployments import (
    BudgetSpec,
    DeploymentSpec,
    NamespaceSpec,
    PriorityClassSpec,
    ServiceSpec,
)
from aio_sim.scenario.platform.nodes import NodeSpecs, PodSchedulerSpec
from aio_sim.scenario.platform.steps import PlatformStepSpec
from aio_sim.scenario.sentences import shown
from aio_sim.scheduling.policy import Duration


def _known_profile(name: str) -> str:
    if name not in PROFILES:
        told = _("unknown profile of a container runtime {name}{hint}")
        raise ValueError(told.format(name=shown(name), hint=hint(name, PROFILES)))
    return name


class PlatformSpec(Spec):
    """A platform that deploys, schedules, scales and heals containers: Kubernetes in kind."""

    nodes: NodeSpecs | None = None
    """Its nodes: names or patterns of hosts or virtual machines, or entries with labels and taints.
    All virtual machines where absent, or all hosts where there are none."""
    profile: Annotated[
        str, AfterValidator(_known_profile), WithJsonSchema({"enum": list(PROFILES)})
    ] = "kubernetes"
    """Whose costs each step of a container's life has."""
    pod_scheduler: PodSchedulerSpec = Field(default_factory=PodSchedulerSpec)
    """How nodes are chosen for pods."""
    namespaces: dict[Name, NamespaceSpec] = Field(default_factory=dict)
    """Namespaces besides `default`, or limits for that, by name."""
    priority_classes: dict[Name, PriorityClassSpec] = Field(default_factory=dict)
    """How important pods are, by the name of the class."""
    deployments: Annotated[tuple[DeploymentSpec, ...], Field(min_length=1)]
    """What is deployed."""
    services: tuple[ServiceSpec, ...] = ()
    """By what names pods are reached."""
    autoscalers: tuple[HorizontalAutoscalerSpec, ...] = ()
    """What scales replicas."""
    vertical_autoscalers: tuple[VerticalAutoscalerSpec, ...] = ()
    """What adjusts memory limits."""
    node_pools: tuple[NodePoolSpec, ...] = ()
    """Nodes that are switched on and off."""
    disruption_budgets: tuple[BudgetSpec, ...] = ()
    """What protects pods from being taken away."""
    node_grace: Duration = 50 * SECOND
    """After how long a node that was not heard of is held to be lost."""
    eviction: Duration = 300 * SECOND
    """After how long more its pods are replaced."""
    steps: tuple[PlatformStepSpec, ...] = ()
    """What is done to it in the course of the run."""

    def priority_of(self, name: str | None) -> tuple[int, bool]:
        """Return the value of a priority class, and whether it preempts; None is the default."""
        default = next((each for each in self.priority_classes.values() if each.default), None)
        found = default if name is None else self.priority_classes[name]
        return (0, True) if found is None else (found.value, found.preempts)
