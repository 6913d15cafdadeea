"""`HorizontalPodAutoscaler` of a manifest, in a scenario's words."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

from aio_sim.containers.quantity import parse_quantity
from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.manifests.deployments import Named, identity
from aio_sim.scenario.manifests.parts import Part
from aio_sim.scenario.sentences import shown
from aio_sim.scenario.yaml_tree import Node

DEFAULT_UTILIZATION: Final = 80
"""Per cent of the CPU requested, where no metric is given (autoscaling/v2, MetricSpec)."""

SELECT: Final = {"Max": "max", "Min": "min", "Disabled": "disabled"}
POLICIES: Final = {"Pods": "pods", "Percent": "percent"}

_REQUESTS = re.compile(r"request|rps|qps", re.IGNORECASE)
"""What names of metrics of requests a second have in them: an assumption."""


def autoscaler(part: Part, deployments: Collection[Named]) -> Node | None:
    """Return an autoscaler; None where it would never do anything, which is warned of."""
    _fields, _name, namespace = identity(part)
    spec = part.needed("spec")
    target = _target(spec.needed("scaleTargetRef"), namespace, deployments)
    fewest, most = spec.field("minReplicas"), spec.needed("maxReplicas")
    metrics = _metrics(spec, target)
    if target is None or not metrics:
        return None
    return part.made(
        {
            "deployment": spec.field("scaleTargetRef").field("name").made(target.name),
            "min_replicas": fewest.made_of(fewest.whole()),
            "max_replicas": most.made_of(most.whole(1)),
            "metrics": metrics,
            "behavior": _behavior(spec.field("behavior")),
        }
    )


def _target(part: Part, namespace: str, deployments: Collection[Named]) -> Named | None:
    part.field("apiVersion")
    kind, name = part.needed("kind"), part.needed("name")
    if kind.text() not in ("", "Deployment"):
        kind.wrong(_("must be Deployment, got {value}").format(value=shown(kind.text())))
        return None
    known = {each.name: each for each in deployments if each.namespace == namespace}
    if name.present and name.text() not in known:
        told = _("there is no Deployment {name} in the namespace {space}{hint}")
        meant = hint(name.text(), known)
        name.wrong(told.format(name=shown(name.text()), space=namespace, hint=meant))
    return known.get(name.text())


def _metrics(spec: Part, target: Named | None) -> list[Node]:
    listed = spec.field("metrics")
    found = [made for each in listed.entries() if (made := _metric(each)) is not None]
    if not listed.entries():
        found = [spec.made({"metric": "cpu_utilization", "target": DEFAULT_UTILIZATION})]
    if target is not None and not _asks_for_cpu(target):
        shares = [each for each in found if each.data()["metric"] == "cpu_utilization"]
        if shares:
            told = _("the pods of {name} request no CPU time, so their utilization is not known")
            spec.warn(told.format(name=target.name))
        found = [each for each in found if each not in shares]
    if not found:
        spec.warn(_("has no metric that is simulated, and scales nothing"))
    return found


def _asks_for_cpu(target: Named) -> bool:
    template: dict[str, Any] = target.data["template"]
    return "cpu" in template.get("requests", {}) or "cpu" in template.get("limits", {})


def _metric(part: Part) -> Node | None:
    kinds = {"Resource": "resource", "ContainerResource": "containerResource", "Pods": "pods"}
    kind = part.needed("type").text()
    if kind not in kinds:
        part.leave_out(_("is not simulated; expected CPU time, or requests a second of pods"))
        return None
    said = part.needed(kinds[kind])
    target = said.needed("target")
    target.field("type")
    if kind == "Pods":
        return _requests(part, said.needed("metric").needed("name").text(), target)
    if said.needed("name").text() != "cpu":
        part.leave_out(_("is not simulated; expected CPU time, or requests a second of pods"))
        return None
    return _cpu(part, target)


def _requests(part: Part, name: str, target: Part) -> Node | None:
    if not _REQUESTS.search(name):
        part.leave_out(_("is not simulated; expected CPU time, or requests a second of pods"))
        return None
    value = target.needed("averageValue").read(parse_quantity)
    return part.made({"metric": "requests", "target": None if value is None else float(value)})


def _cpu(part: Part, target: Part) -> Node | None:
    percent, amount = target.field("averageUtilization"), target.field("averageValue")
    if amount.present:
        value = amount.read(parse_quantity)
        return part.made({"metric": "cpu", "target": None if value is None else float(value)})
    if not percent.present:
        target.wrong(_("needs averageUtilization, or averageValue"))
    return part.made({"metric": "cpu_utilization", "target": percent.whole(1)})


def _behavior(part: Part) -> Node | None:
    return part.made_of(
        {
            "scale_up": _rules(part.field("scaleUp")),
            "scale_down": _rules(part.field("scaleDown")),
        }
    )


def _rules(part: Part) -> Node | None:
    window, policies = part.field("stabilizationWindowSeconds"), part.field("policies")
    tolerance = part.field("tolerance")
    share = tolerance.read(parse_quantity)
    return part.made_of(
        {
            "stabilization_window": window.made_of(window.whole()),
            "policies": policies.made_of([_policy(each) for each in policies.entries()]),
            "select_policy": part.field("selectPolicy").choice(SELECT),
            "tolerance": tolerance.made_of(None if share is None else float(share)),
        }
    )


def _policy(part: Part) -> Node:
    return part.made(
        {
            "type": part.needed("type").choice(POLICIES),
            "value": part.needed("value").whole(1),
            "period": part.needed("periodSeconds").whole(1),
        }
    )
