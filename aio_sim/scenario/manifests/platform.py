"""All objects of some manifests, as the section `platform` of a scenario."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aio_sim.kernel.messages import _
from aio_sim.scenario.manifests.autoscalers import autoscaler
from aio_sim.scenario.manifests.deployments import (
    DEFAULT_NAMESPACE,
    Named,
    deployment,
    service,
)
from aio_sim.scenario.manifests.kinds import objects
from aio_sim.scenario.manifests.notes import Notes
from aio_sim.scenario.manifests.parts import Part
from aio_sim.scenario.manifests.rules import (
    Quota,
    budget,
    namespace,
    priority_class,
    quota,
    tighter,
)
from aio_sim.scenario.yaml_tree import Node


class Objects:
    """The objects of manifests by kind, and what becomes of them."""

    def __init__(self, documents: Iterable[Node], notes: Notes) -> None:
        self._parts: dict[str, list[Part]] = {}
        for document in documents:
            for part in objects(document, notes):
                self._parts.setdefault(part.field("kind").text(), []).append(part)
        self.deployments = [deployment(part) for part in self._of("Deployment")]
        self.services = [each for part in self._of("Service") if (each := service(part))]
        self._keep_services_with_pods()
        self._autoscalers = [
            made
            for part in self._of("HorizontalPodAutoscaler")
            if (made := autoscaler(part, self.deployments))
        ]
        self._budgets = [budget(part) for part in self._of("PodDisruptionBudget")]
        self._classes = dict(priority_class(part) for part in self._of("PriorityClass"))
        self._namespaces = self._spaces()
        for parts in self._parts.values():
            for part in parts:
                part.settle()

    @property
    def sections(self) -> dict[str, list[Node] | dict[str, Node]]:
        """What the section `platform` has of them, by its fields; none that are empty."""
        found: dict[str, list[Node] | dict[str, Node]] = {
            "namespaces": self._namespaces,
            "priority_classes": self._classes,
            "deployments": [each.node for each in self.deployments],
            "services": [each.node for each in self.services],
            "autoscalers": self._autoscalers,
            "disruption_budgets": self._budgets,
        }
        return {name: each for name, each in found.items() if each}

    def _of(self, kind: str) -> list[Part]:
        return self._parts.get(kind, [])

    def _keep_services_with_pods(self) -> None:
        """Leave out services that no pod of a deployment is behind, with a warning."""
        spaces: dict[str, list[Mapping[str, str]]] = {}
        for each in self.deployments:
            labels = each.data["template"].get("labels", {})
            spaces.setdefault(each.namespace, []).append(labels)
        reached = {each.name for each in self.services if _has_pods(each, spaces)}
        for each in self.services:
            if each.name not in reached:
                place = each.part.field("spec").field("selector")
                told = _("selects no pods of a Deployment in the namespace {space}; left out")
                place.warn(told.format(space=each.namespace))
        self.services = [each for each in self.services if each.name in reached]

    def _spaces(self) -> dict[str, Node]:
        """Return all namespaces that are made or used, and their quotas."""
        quotas: dict[str, Quota] = {}
        parts: dict[str, Part] = {}
        for part in self._of("Namespace"):
            parts[namespace(part)] = part
        for each in (*self.deployments, *self.services):
            parts.setdefault(each.namespace, each.part)
        for part in self._of("ResourceQuota"):
            place, limits = quota(part)
            parts.setdefault(place, part)
            quotas[place] = tighter(quotas.get(place, {}), limits)
        parts = {name: part for name, part in parts.items() if _counts(name, quotas)}
        return {name: part.made(quotas.get(name, {})) for name, part in parts.items()}


def _has_pods(service: Named, spaces: Mapping[str, list[Mapping[str, str]]]) -> bool:
    """Return whether a service selects pods, given the labels of those in each namespace."""
    asked = service.data["selector"].items()
    return any(asked <= labels.items() for labels in spaces.get(service.namespace, ()))


def _counts(name: str, quotas: Mapping[str, Any]) -> bool:
    return bool(name) and (name != DEFAULT_NAMESPACE or name in quotas)
