"""Where pods may run, and where they had better: as Kubernetes has it, in the names of this file.

Source: Kubernetes documentation, Assigning Pods to Nodes; Taints and Tolerations; Pod Topology
Spread Constraints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from aio_sim.containers.platform.rules import (
    HOSTNAME,
    Effect,
    NodePreference,
    PodPreference,
    PodTerm,
    Spread,
    Taint,
    Toleration,
)
from aio_sim.scenario.fields import Count, Spec
from aio_sim.scenario.platform.quantities import SelectorSpec, SomeSelector, selector_of

EffectName = Literal["no_schedule", "prefer_no_schedule", "no_execute"]
PreferenceWeight = Annotated[Count, Field(le=100)]

EFFECTS = {
    "no_schedule": Effect.NO_SCHEDULE,
    "prefer_no_schedule": Effect.PREFER_NO_SCHEDULE,
    "no_execute": Effect.NO_EXECUTE,
}


class TaintSpec(Spec):
    """What keeps pods off a node that do not tolerate it."""

    key: Annotated[str, Field(min_length=1)]
    """Its name."""
    value: str = ""
    """Its value, if any."""
    effect: EffectName = "no_schedule"
    """What it does: keep pods off, keep them off if possible, or make those leave that are there,
    too."""

    def build(self) -> Taint:
        """Return the taint."""
        return Taint(self.key, self.value, EFFECTS[self.effect])


class TolerationSpec(Spec):
    """Taints that a pod puts up with."""

    key: str | None = None
    """Their key; any where absent."""
    value: str | None = None
    """Their value; any where absent."""
    effect: EffectName | None = None
    """Their effect; any where absent."""

    def build(self) -> Toleration:
        """Return the toleration."""
        effect = None if self.effect is None else EFFECTS[self.effect]
        return Toleration(self.key, self.value, effect)


class NodePreferenceSpec(Spec):
    """Nodes that are better than others."""

    selector: SomeSelector
    """Labels of those nodes."""
    weight: PreferenceWeight
    """How much better, from 1 to 100."""

    def build(self) -> NodePreference:
        """Return the preference."""
        return NodePreference(selector_of(self.selector), self.weight)


class PodTermSpec(Spec):
    """Pods that run in the same domain, or do not."""

    selector: SomeSelector
    """Labels of those pods."""
    topology_key: Annotated[str, Field(min_length=1)] = HOSTNAME
    """The label of nodes whose values are the domains; each node is one where absent."""

    def build(self) -> PodTerm:
        """Return the term."""
        return PodTerm(selector_of(self.selector), self.topology_key)


class PodPreferenceSpec(PodTermSpec):
    """Pods in whose domain it is better to be, or worse."""

    weight: PreferenceWeight
    """How much better, or worse, from 1 to 100."""

    def preference(self, sign: int) -> PodPreference:
        """Return the preference, for them with a sign of 1 and against them with -1."""
        return PodPreference(self.build(), sign * self.weight)


class NodeAffinitySpec(Spec):
    """What nodes a pod asks for."""

    required: SelectorSpec = ()
    """Labels that a node must have."""
    preferred: tuple[NodePreferenceSpec, ...] = ()
    """Labels that a node had better have."""


class PodAffinitySpec(Spec):
    """What other pods a pod wants in its domain, or does not."""

    required: tuple[PodTermSpec, ...] = ()
    """Those that must be there, or must not."""
    preferred: tuple[PodPreferenceSpec, ...] = ()
    """Those that had better."""


class SpreadSpec(Spec):
    """How evenly pods are spread over domains."""

    selector: SelectorSpec | None = None
    """Labels of the pods that count; the pods of the same deployment where absent."""
    topology_key: Annotated[str, Field(min_length=1)] = HOSTNAME
    """The label of nodes whose values are the domains; each node is one where absent."""
    max_skew: Count = 1
    """How many pods more a domain may have than the emptiest."""
    when_unsatisfiable: Literal["do_not_schedule", "schedule_anyway"] = "do_not_schedule"
    """Whether a pod waits that cannot be placed so."""

    def build(self, own: Mapping[str, str]) -> Spread:
        """Return the constraint for a pod whose deployment gives it the labels `own`."""
        from aio_sim.containers.platform.selector import equal_to

        selector = equal_to(own) if self.selector is None else selector_of(self.selector)
        hard = self.when_unsatisfiable == "do_not_schedule"
        return Spread(selector, self.topology_key, self.max_skew, hard)
