"""What a scenario deploys, by what name it is reached, and what protects it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from aio_sim.containers.platform.bound import Bound
from aio_sim.containers.platform.budget import DisruptionBudget
from aio_sim.containers.platform.quotas import NamespaceQuota
from aio_sim.containers.platform.rollout import Recreate, RollingUpdate
from aio_sim.containers.platform.selector import Selector, equal_to
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.messages import _
from aio_sim.scenario.fields import Name, Size, Spec, Whole
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.platform.pods import PodSpec
from aio_sim.scenario.platform.quantities import (
    Millicores,
    PodCount,
    SelectorSpec,
    SomeSelector,
    selector_of,
)
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    from aio_sim.containers.platform.rollout import Strategy

DEFAULT_NAMESPACE = "default"

LABEL = "aio-sim/deployment"
"""The label of each pod that names its deployment."""

MOST_PODS: Final = 150_000
"""Kubernetes documentation, Considerations for large clusters: no more than 150,000 total pods."""

Replicas = Annotated[Whole, Field(le=MOST_PODS)]


class StrategySpec(Spec):
    """How an update replaces pods."""

    type: Literal["rolling_update", "recreate"] = "rolling_update"
    """Step by step, or all old ones first."""
    max_surge: PodCount = "25%"
    """How many pods there may be beyond the replicas; of a percentage, a part counts as one."""
    max_unavailable: PodCount = "25%"
    """How many of the replicas may lack; of a percentage, a part is dropped."""

    def build(self) -> Strategy:
        """Return the strategy."""
        if self.type == "recreate":
            return Recreate()
        return RollingUpdate(Bound.parse(self.max_surge), Bound.parse(self.max_unavailable))

    @model_validator(mode="after")
    def _can_move(self) -> Self:
        findings = Findings("strategy")
        if self.type == "recreate":
            for field in self.model_fields_set & {"max_surge", "max_unavailable"}:
                findings.say(_("is of the type rolling_update only"), field)
        elif Bound.parse(self.max_surge).value == Bound.parse(self.max_unavailable).value == 0:
            told = _("must not be 0 where max_surge is 0, too, for then no pod could be replaced")
            findings.say(told, "max_unavailable", value=self.max_unavailable)
        findings.raise_any()
        return self


class DeploymentSpec(Spec):
    """Pods of one template, so many as are wanted, replaced step by step where it changes."""

    name: Name
    """The name of the deployment; its pods are `name-1-1`, `name-1-2`, ..., by update and order."""
    namespace: Name = DEFAULT_NAMESPACE
    """The namespace that it is in."""
    replicas: Replicas = 1
    """How many pods are wanted."""
    template: PodSpec
    """What each of them is."""
    strategy: StrategySpec = Field(default_factory=StrategySpec)
    """How an update replaces them."""
    min_ready: Duration = 0
    """How long a pod must have been ready to count as available."""
    progress_deadline: Annotated[Duration, Field(gt=0)] = 600 * SECOND
    """After how long without any progress an update is said to be stalled."""
    start: Duration = 0
    """When it is deployed (seconds)."""

    @property
    def own_labels(self) -> dict[str, str]:
        """The labels that its pods have whatever the template says."""
        return {LABEL: self.name}


class ServiceSpec(Spec):
    """A name for the ready pods of some labels: workloads send requests to it with `on`."""

    name: Name
    """The name of the service."""
    namespace: Name = DEFAULT_NAMESPACE
    """The namespace whose pods it reaches."""
    selector: SelectorSpec | None = None
    """Labels of the pods; those of the deployment of the same name where absent."""
    balance: Literal["round_robin", "least"] = "round_robin"
    """Which pod the next request goes to: one after the other, or that with the fewest of them."""

    @property
    def count(self) -> int:
        """How many machines it is to those who send requests: one."""
        return 1

    @property
    def names(self) -> tuple[str, ...]:
        """Its name."""
        return (self.name,)

    @property
    def reaches(self) -> Selector:
        """The labels of the pods that it reaches."""
        return equal_to({LABEL: self.name}) if self.selector is None else selector_of(self.selector)


class BudgetSpec(Spec):
    """How many pods may be taken away on purpose: by a drain, or for more important ones."""

    name: Name
    """The name of the budget."""
    namespace: Name = DEFAULT_NAMESPACE
    """The namespace of the pods."""
    selector: SomeSelector
    """Labels of the pods that it protects."""
    min_available: PodCount | None = None
    """How many stay ready at least; or give `max_unavailable`."""
    max_unavailable: PodCount | None = None
    """How many may lack; or give `min_available`."""

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.min_available is None) == (self.max_unavailable is None):
            raise ValueError(_("needs either min_available or max_unavailable, and not both"))
        return self

    def build(self) -> DisruptionBudget:
        """Return the budget."""
        least, most = self.min_available, self.max_unavailable
        return DisruptionBudget(
            name=self.name,
            selector=selector_of(self.selector),
            namespace=self.namespace,
            least_available=None if least is None else Bound.parse(least),
            most_unavailable=None if most is None else Bound.parse(most),
        )


class NamespaceSpec(Spec):
    """What all pods of a namespace may request together."""

    cpu: Millicores | None = None
    """CPU time; no limit where absent."""
    memory: Size | None = None
    """Memory; no limit where absent."""
    pods: Whole | None = None
    """How many of them there may be; no limit where absent."""

    def build(self) -> NamespaceQuota:
        """Return the quota."""
        return NamespaceQuota(cpu=self.cpu, memory=self.memory, pods=self.pods)


class PriorityClassSpec(Spec):
    """How important pods are."""

    value: Annotated[int, Field(ge=-(2**31), lt=2**31)]
    """A higher one comes first."""
    preempts: bool = True
    """Whether less important pods are taken away where one finds no place."""
    default: bool = False
    """Whether pods are of this class that name none; they have the value 0 where none is."""


__all__ = [
    "DEFAULT_NAMESPACE",
    "LABEL",
    "BudgetSpec",
    "DeploymentSpec",
    "NamespaceSpec",
    "PriorityClassSpec",
    "ServiceSpec",
    "StrategySpec",
]
