"""What scales by itself: replicas, memory limits, nodes.

Source: Kubernetes documentation, Horizontal Pod Autoscaling; cluster-autoscaler FAQ.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from aio_sim.containers.scaling_rules import (
    KUBERNETES_DOWN,
    KUBERNETES_UP,
    TOLERANCE,
    ScalingPolicy,
    ScalingRules,
    Select,
    Unit,
)
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.messages import _
from aio_sim.scenario.fields import Count, MachineNames, Name, Number, Size, Spec, Whole
from aio_sim.scenario.findings import Findings
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    from aio_sim.containers.platform.horizontal import HorizontalSpec


class ScalingPolicySpec(Spec):
    """How far the number of replicas may change in a period."""

    type: Literal["percent", "pods"]
    """What the value counts: per cent of the replicas, or replicas."""
    value: Count
    """The largest change."""
    period: Annotated[Duration, Field(gt=0, le=1800 * SECOND)]
    """The period."""

    def build(self) -> ScalingPolicy:
        """Return the policy."""
        return ScalingPolicy(Unit(self.type), self.value, self.period)


class ScalingRulesSpec(Spec):
    """The rules of one direction."""

    stabilization_window: Annotated[Duration, Field(le=3600 * SECOND)] | None = None
    """Over which the most cautious recommendation holds: 0s up and 300s down where absent."""
    policies: tuple[ScalingPolicySpec, ...] | None = None
    """How fast it may go; as Kubernetes has it where absent, unlimited where empty."""
    select_policy: Literal["max", "min", "disabled"] = "max"
    """Which policy holds of several: the largest change, the smallest, or none at all."""
    tolerance: Annotated[Number, Field(ge=0, le=1)] = float(TOLERANCE)
    """How far the metric may be off its target, as a share of it."""

    def build(self, usual: ScalingRules) -> ScalingRules:
        """Return the rules, which are the usual ones where nothing is given."""
        window, policies = self.stabilization_window, self.policies
        return ScalingRules(
            usual.window if window is None else window,
            usual.policies if policies is None else tuple(each.build() for each in policies),
            Select(self.select_policy),
            Fraction(repr(self.tolerance)),
        )


class BehaviorSpec(Spec):
    """How fast replicas may be added and removed."""

    scale_up: ScalingRulesSpec = Field(default_factory=ScalingRulesSpec)
    """When replicas are added."""
    scale_down: ScalingRulesSpec = Field(default_factory=ScalingRulesSpec)
    """When replicas are removed."""


class MetricSpec(Spec):
    """What is measured of the pods, and what it shall be on average."""

    metric: Literal["cpu_utilization", "cpu", "requests"]
    """CPU time used in per cent of what is requested; or in cores; or requests served a second."""
    target: Annotated[Number, Field(gt=0, le=1e12)]
    """The mean that is wanted of a pod."""


class HorizontalAutoscalerSpec(Spec):
    """What scales the replicas of a deployment with its load."""

    deployment: Name
    """The deployment."""
    min_replicas: Whole = 1
    """The fewest replicas."""
    max_replicas: Count
    """The most."""
    metrics: Annotated[tuple[MetricSpec, ...], Field(min_length=1)]
    """By what; of several metrics, that holds which asks for the most."""
    period: Annotated[Duration, Field(gt=0)] = 15 * SECOND
    """How often it measures and decides."""
    behavior: BehaviorSpec = Field(default_factory=BehaviorSpec)
    """How fast it may go."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min_replicas > self.max_replicas:
            findings = Findings("autoscaler")
            sentence = _("must be at most max_replicas, {most}, got {value}").format(
                most=self.max_replicas, value=self.min_replicas
            )
            findings.say(sentence, "min_replicas", value=self.min_replicas)
            findings.raise_any()
        return self

    def build(self) -> HorizontalSpec:
        """Return what the autoscaler goes by."""
        from aio_sim.containers.autoscaling import Autoscaler
        from aio_sim.containers.platform.horizontal import HorizontalSpec, Metric, Target

        targets = [Target(Metric(m.metric), Fraction(repr(m.target))) for m in self.metrics]
        up = self.behavior.scale_up.build(KUBERNETES_UP)
        down = self.behavior.scale_down.build(KUBERNETES_DOWN)
        rules = Autoscaler(minimum=self.min_replicas, maximum=self.max_replicas, up=up, down=down)
        return HorizontalSpec(
            deployment=self.deployment,
            targets=tuple(targets),
            autoscaler=rules,
            period=self.period,
        )


class VerticalAutoscalerSpec(Spec):
    """What adjusts the memory limits of a deployment to what its containers turn out to need."""

    deployment: Name
    """The deployment; its memory limit must be one that moves."""
    min_memory: Annotated[Size, Field(gt=0)]
    """The least that its pods request."""
    max_memory: Annotated[Size, Field(gt=0)]
    """The highest limit."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min_memory > self.max_memory:
            raise ValueError(_("min_memory must be at most max_memory"))
        return self


class NodePoolSpec(Spec):
    """Nodes that are switched on where pods find no place, and off where they are idle."""

    nodes: MachineNames
    """Their names or patterns of them; the first ones are switched on first."""
    min_nodes: Whole = 0
    """How many are on at least."""
    boot: Duration = 60 * SECOND
    """From the wish for one until it takes pods (60s is an assumption)."""
    idle: Duration = 600 * SECOND
    """After how long without pods one is switched off."""
