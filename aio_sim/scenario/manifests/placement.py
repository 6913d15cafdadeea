"""Where the pods of a manifest may run: affinity, spreading, tolerations, in a scenario's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from aio_sim.kernel.messages import _
from aio_sim.scenario.manifests.parts import Part
from aio_sim.scenario.yaml_tree import Node

OPERATORS: Final = {
    "In": "in",
    "NotIn": "not_in",
    "Exists": "exists",
    "DoesNotExist": "does_not_exist",
    "Gt": "gt",
    "Lt": "lt",
}
EFFECTS: Final = {
    "NoSchedule": "no_schedule",
    "PreferNoSchedule": "prefer_no_schedule",
    "NoExecute": "no_execute",
}
UNSATISFIABLE: Final = {
    "DoNotSchedule": "do_not_schedule",
    "ScheduleAnyway": "schedule_anyway",
}
REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"


def selector(part: Part) -> Node:
    """Return a label selector: `matchLabels` and `matchExpressions`."""
    equal = part.field("matchLabels")
    asked = [
        equal.field(name).made({"key": name, "operator": "in", "values": [value]})
        for name, value in equal.labels().items()
    ]
    return part.made([*asked, *(_requirement(each) for each in _entries(part, "matchExpressions"))])


def _requirement(part: Part) -> Node:
    return part.made(
        {
            "key": part.needed("key").text(),
            "operator": part.needed("operator").choice(OPERATORS),
            "values": [each.text() for each in part.field("values").entries()] or None,
        }
    )


def placement(spec: Part) -> dict[str, Any]:
    """Return what the spec of a pod says of its place."""
    affinity = spec.field("affinity")
    selected, spread = spec.field("nodeSelector"), spec.field("topologySpreadConstraints")
    tolerations = spec.field("tolerations")
    return {
        "node_selector": selected.made_of(selected.labels() or None),
        "node_affinity": _node_affinity(affinity.field("nodeAffinity")),
        "pod_affinity": _pod_affinity(affinity.field("podAffinity")),
        "pod_anti_affinity": _pod_affinity(affinity.field("podAntiAffinity")),
        "topology_spread": spread.made_of([_spread(each) for each in spread.entries()]),
        "tolerations": tolerations.made_of([_toleration(each) for each in tolerations.entries()]),
    }


def _node_affinity(part: Part) -> Node | None:
    terms = part.field(REQUIRED).field("nodeSelectorTerms").entries()
    if len(terms) > 1:
        terms[1].wrong(_("one of several terms is not supported; give one, with all it asks for"))
    required = [each for term in terms[:1] for each in _entries(term, "matchExpressions")]
    preferred = part.field(PREFERRED)
    return part.made_of(
        {
            "required": [_requirement(each) for each in required] or None,
            "preferred": _each(preferred, _node_preference),
        }
    )


def _node_preference(part: Part) -> Mapping[str, Any]:
    asked = _entries(part.needed("preference"), "matchExpressions")
    return {"weight": part.needed("weight").whole(1), "selector": [*map(_requirement, asked)]}


def _pod_affinity(part: Part) -> Node | None:
    return part.made_of(
        {
            "required": _each(part.field(REQUIRED), _pod_term),
            "preferred": _each(part.field(PREFERRED), _pod_preference),
        }
    )


def _pod_term(part: Part) -> dict[str, Any]:
    return {
        "selector": selector(part.needed("labelSelector")),
        "topology_key": part.needed("topologyKey").text(),
    }


def _pod_preference(part: Part) -> dict[str, Any]:
    weight = part.needed("weight").whole(1)
    return {"weight": weight, **_pod_term(part.needed("podAffinityTerm"))}


def _spread(part: Part) -> Node:
    labels, skew = part.field("labelSelector"), part.field("maxSkew")
    return part.made(
        {
            "selector": selector(labels) if labels.present else None,
            "topology_key": part.needed("topologyKey").text(),
            "max_skew": skew.made_of(skew.whole(1)),
            "when_unsatisfiable": part.field("whenUnsatisfiable").choice(UNSATISFIABLE),
        }
    )


def _toleration(part: Part) -> Node:
    exists = part.field("operator").choice({"Equal": False, "Exists": True})
    key, value, effect = part.field("key"), part.field("value"), part.field("effect")
    return part.made(
        {
            "key": key.text() or None,
            "value": None if exists else value.text(),
            "effect": effect.choice(EFFECTS) if effect.text() else None,
        }
    )


def _entries(part: Part, name: str) -> list[Part]:
    return part.field(name).entries()


def _each(part: Part, read: Callable[[Part], Mapping[str, Any]]) -> Node | None:
    """Return what is made of each entry of a list; None where it is not there."""
    return part.made_of([each.made(read(each)) for each in part.entries()])
