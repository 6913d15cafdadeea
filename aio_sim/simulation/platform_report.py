"""What a run tells of its platform: totals, and what the report shows of it."""

from __future__ import annotations

from typing import Any

from aio_sim.containers.platform.platform import Platform
from aio_sim.kernel.units import seconds

MOST_TROUBLES = 20
"""Troubles told in full."""

Totals = dict[str, int | float]


def platform_totals(platform: Platform) -> Totals:
    """Return the totals of a platform, and of the containers of its pods."""
    engines = [worker.engine for worker in platform.cluster.workers]
    containers = [each for engine in engines for each in engine.containers.values()]
    quotas = [each.group.quota for each in containers if each.group.quota is not None]
    return platform.totals() | {
        "container.pods.restarts": sum(engine.restarts for engine in engines),
        "container.pods.oom_kills": sum(each.oom_kills for each in containers),
        "container.pods.throttled": sum(quota.throttled for quota in quotas) / 1e9,
        "container.pods.cpu": sum(each.cpu.busy for each in containers) / 1e9,
        "container.pods.pulls": sum(engine.puller.pulls for engine in engines),
        "container.pods.pulled": sum(engine.puller.bytes for engine in engines),
    }


def platform_meta(platform: Platform) -> dict[str, Any]:
    """Return what a report tells of a platform beside its totals."""
    deployments = [
        {
            "name": each.name,
            "namespace": each.spec.namespace,
            "revision": each.newest.number,
            "image": each.newest.template.container.image,
            "trouble": each.trouble,
        }
        for each in platform.deployments.all.values()
    ]
    refused = {str(reason): count for reason, count in platform.placing.reasons.items()}
    return {
        "platform": {
            "deployments": deployments,
            "services": list(platform.services),
            "nodes": {worker.name: len(worker.pods) for worker in platform.cluster.workers},
            "refused": refused,
            "troubles": platform.troubles()[:MOST_TROUBLES],
            "decisions": _decisions(platform),
        }
    }


def _decisions(platform: Platform) -> list[dict[str, Any]]:
    """Return each change of a number of replicas by an autoscaler, in order of time."""
    found = [
        {
            "at": seconds(time),
            "deployment": name,
            "replicas": decision.desired,
            "reason": str(decision.reason),
        }
        for name, scaler in platform.autoscalers.horizontal.items()
        for time, decision in scaler.decisions
    ]
    return sorted(found, key=lambda each: (each["at"], each["deployment"]))
