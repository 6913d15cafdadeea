"""Namespaces, quotas, disruption budgets and priority classes, in a scenario's words."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from aio_sim.kernel.messages import _
from aio_sim.scenario.manifests.deployments import identity
from aio_sim.scenario.manifests.parts import Part
from aio_sim.scenario.manifests.placement import selector
from aio_sim.scenario.manifests.resources import READ, written
from aio_sim.scenario.yaml_tree import Node

Quota = dict[str, Node]

PREEMPTION: Final = {"PreemptLowerPriority": True, "Never": False}


def namespace(part: Part) -> str:
    """Return the name of a `Namespace`."""
    return part.needed("metadata").needed("name").text()


def quota(part: Part) -> tuple[str, Quota]:
    """Return the namespace of a `ResourceQuota`, and what it limits."""
    _fields, _name, place = identity(part)
    hard = part.needed("spec").needed("hard")
    found: Quota = {}
    for what, read in READ.items():
        for name in (what, f"requests.{what}"):
            limit = hard.field(name)
            amount = limit.read(read)
            if amount is not None:
                found[what] = limit.made(written(what, amount))
    pods = hard.field("pods")
    if (count := pods.whole()) is not None:
        found["pods"] = pods.made(count)
    return place, found


def tighter(one: Quota, other: Quota) -> Quota:
    """Return what two quotas of a namespace allow together: of each the less."""
    both = {name: min(one[name], other[name], key=_amount) for name in one.keys() & other.keys()}
    return {**one, **other, **both}


def _amount(node: Node) -> Fraction:
    return Fraction(str(node.content).removesuffix("m"))


def budget(part: Part) -> Node:
    """Return a `PodDisruptionBudget`."""
    fields, _name, _place = identity(part)
    spec = part.needed("spec")
    least, most = spec.field("minAvailable"), spec.field("maxUnavailable")
    return part.made(
        {
            **fields,
            "selector": selector(spec.needed("selector")),
            "min_available": least.made_of(least.data),
            "max_unavailable": most.made_of(most.data),
        }
    )


def priority_class(part: Part) -> tuple[str, Node]:
    """Return the name of a `PriorityClass`, and how important it makes pods."""
    value = part.needed("value")
    number = value.read(_number)
    preemption, default = part.field("preemptionPolicy"), part.field("globalDefault")
    made = part.made(
        {
            "value": value.made_of(number),
            "preempts": preemption.made_of(preemption.choice(PREEMPTION)),
            "default": default.made_of(default.truth()),
        }
    )
    return part.needed("metadata").needed("name").text(), made


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(_("must be a whole number"))
    return value
