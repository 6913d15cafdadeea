"""What a platform hands in at the end of a run: totals by metric name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aio_sim.containers.platform.deployment import Deployment
from aio_sim.containers.platform.selector import selects
from aio_sim.containers.platform.service import Service
from aio_sim.kernel.environment import SECOND


def deployment_totals(deployment: Deployment) -> dict[str, int | float]:
    """Return what became of one deployment, as `container.<name>.<what>`."""
    prefix = f"container.{deployment.name}"
    return {
        f"{prefix}.replicas": deployment.replicas,
        f"{prefix}.replicas.most": deployment.most_replicas,
        f"{prefix}.ready": deployment.ready,
        f"{prefix}.served": deployment.served,
        f"{prefix}.lost": deployment.lost,
    }


def service_totals(
    services: Iterable[Service], deployments: Mapping[str, Deployment]
) -> dict[str, int | float]:
    """Return what became of the requests to services that are not named as a deployment is."""
    found: dict[str, int | float] = {}
    for service in services:
        if service.name not in deployments:
            behind = [each for each in deployments.values() if _is_behind(each, service)]
            prefix = f"container.{service.name}"
            found |= {
                f"{prefix}.replicas": sum(each.replicas for each in behind),
                f"{prefix}.ready": len(service.endpoints),
                f"{prefix}.served": service.served,
                f"{prefix}.lost": service.lost,
            }
    return found


def _is_behind(deployment: Deployment, service: Service) -> bool:
    """Return whether a service sends tasks to the pods of a deployment, as they now are."""
    labels = deployment.labels(deployment.newest.template)
    same = deployment.spec.namespace == service.spec.namespace
    return same and selects(service.spec.selector, labels)


def start_totals(times: Sequence[int]) -> dict[str, int | float]:
    """Return how long pods took from creation to readiness, in seconds; none without any."""
    if not times:
        return {}
    return {
        "container.pods.start.mean": sum(times) / len(times) / SECOND,
        "container.pods.start.max": max(times) / SECOND,
    }
