"""`Deployment` and `Service` of a manifest, in a scenario's words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from aio_sim.containers.platform.selector import Operator, Requirement, selects
from aio_sim.kernel.messages import _
from aio_sim.scenario.manifests.parts import Part
from aio_sim.scenario.manifests.placement import OPERATORS, selector
from aio_sim.scenario.manifests.pods import pod
from aio_sim.scenario.yaml_tree import Node

STRATEGIES: Final = {"RollingUpdate": "rolling_update", "Recreate": "recreate"}

DEFAULT_NAMESPACE: Final = "default"

_OPERATORS: Final = {ours: Operator(theirs) for theirs, ours in OPERATORS.items()}


@dataclass(frozen=True)
class Named:
    """An object of a manifest: its name, its namespace, and what becomes of it in a scenario."""

    part: Part
    name: str
    namespace: str
    node: Node

    @cached_property
    def data(self) -> dict[str, Any]:
        """What becomes of it, as plain data."""
        data: dict[str, Any] = self.node.data()
        return data


def identity(part: Part) -> tuple[dict[str, Any], str, str]:
    """Return `name` and `namespace` of an object as fields, and as texts."""
    metadata = part.needed("metadata")
    name, namespace = metadata.needed("name"), metadata.field("namespace")
    place = namespace.text() or DEFAULT_NAMESPACE
    fields = {
        "name": name.made(name.text()),
        "namespace": None if place == DEFAULT_NAMESPACE else namespace.made(place),
    }
    return fields, name.text(), place


def deployment(part: Part) -> Named:
    """Return a `Deployment`, whose selector must be met by its own pods."""
    fields, name, namespace = identity(part)
    spec = part.needed("spec")
    template = spec.needed("template")
    replicas, least = spec.field("replicas"), spec.field("minReadySeconds")
    deadline = spec.field("progressDeadlineSeconds")
    pods = pod(template)
    _check_selector(spec.needed("selector"), pods)
    fields |= {
        "replicas": replicas.made_of(replicas.whole()),
        "template": pods,
        "strategy": _strategy(spec.field("strategy")),
        "min_ready": least.made_of(least.whole()),
        "progress_deadline": deadline.made_of(deadline.whole(1)),
    }
    return Named(part, name, namespace, part.made(fields))


def _strategy(part: Part) -> Node | None:
    bounds = part.field("rollingUpdate")
    surge, lacking = bounds.field("maxSurge"), bounds.field("maxUnavailable")
    return part.made_of(
        {
            "type": part.field("type").choice(STRATEGIES),
            "max_surge": surge.made_of(surge.data),
            "max_unavailable": lacking.made_of(lacking.data),
        }
    )


def _check_selector(part: Part, pods: Node) -> None:
    """Note where the pods of a deployment are not those that it selects, as Kubernetes does."""
    labels = pods.data().get("labels", {})
    if not part.present:
        return
    asked = requirements(selector(part).data())
    if not asked:
        part.wrong(_("must name at least one label"))
    elif not selects(asked, labels):
        part.wrong(_("does not match the labels of the template"))


def requirements(data: Any) -> tuple[Requirement, ...]:
    """Return the selector that a scenario's words for it are."""
    if isinstance(data, dict):
        return tuple(Requirement(key, Operator.IN, (value,)) for key, value in data.items())
    return tuple(
        Requirement(each["key"], _OPERATORS[each["operator"]], tuple(each.get("values", ())))
        for each in data
        if "operator" in each  # one that is not known has been told
    )


def service(part: Part) -> Named | None:
    """Return a `Service`; None where it is a name for something outside the cluster."""
    fields, name, namespace = identity(part)
    selected = part.needed("spec").field("selector")
    labels = selected.labels()
    if not labels:
        part.warn(_("selects no pods, and is not simulated"))
        return None
    return Named(part, name, namespace, part.made(fields | {"selector": selected.made(labels)}))
