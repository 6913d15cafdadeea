"""A pod template of a manifest, as the pods of a deployment in a scenario."""

from __future__ import annotations

from typing import Any

from aio_sim.kernel.messages import _
from aio_sim.scenario.manifests.parts import Part
from aio_sim.scenario.manifests.placement import placement
from aio_sim.scenario.manifests.resources import resources
from aio_sim.scenario.yaml_tree import Node


def pod(template: Part) -> Node:
    """Return the pods of a template: its containers as one, which is like the first of them."""
    labels, spec = template.field("metadata").field("labels"), template.needed("spec")
    containers = spec.needed("containers").entries()
    grace = spec.field("terminationGracePeriodSeconds")
    made: dict[str, Any] = {
        "labels": labels.made_of(labels.labels() or None),
        "grace": grace.made_of(grace.whole()),
        "priority_class": spec.field("priorityClassName").text() or None,
    }
    if containers:
        made |= _container(containers)
    elif spec.field("containers").present:
        spec.field("containers").wrong(_("needs at least one container"))
    return template.made(made | placement(spec))


def _container(containers: list[Part]) -> dict[str, Any]:
    first = containers[0]
    for container in containers:
        container.needed("name")
        _check_image(container.needed("image"))
    for other in containers[1:]:
        other.warn(_("is not simulated but for its resources, which count as the first one's"))
    found = {
        "image": first.field("image").made(first.field("image").text()),
        "readiness": probe(first.field("readinessProbe")),
        "liveness": probe(first.field("livenessProbe")),
    }
    return {name: value for name, value in found.items() if value} | resources(containers)


def _check_image(part: Part) -> None:
    if part.present and not part.text().strip():
        part.wrong(_("must be the name of an image"))


def probe(part: Part) -> Node | None:
    """Return a probe; what it asks for, and how, is not simulated."""
    delay, period = part.field("initialDelaySeconds"), part.field("periodSeconds")
    success, failure = part.field("successThreshold"), part.field("failureThreshold")
    return part.made_of(
        {
            "initial_delay": delay.made_of(delay.whole()),
            "period": period.made_of(period.whole(1)),
            "success_threshold": success.made_of(success.whole(1)),
            "failure_threshold": failure.made_of(failure.whole(1)),
        }
    )
