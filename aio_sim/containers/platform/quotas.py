"""Namespaces, and what all pods of one may request together.

Source: Kubernetes documentation, Resource Quotas: a pod that would exceed the quota is not created.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aio_sim.containers.platform.cluster import Change, Cluster, What
from aio_sim.containers.platform.pod import Pod
from aio_sim.containers.platform.template import PodTemplate
from aio_sim.kernel.errors import AuditError, InputError
from aio_sim.kernel.messages import _


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceQuota:
    """At most so many thousandths of a core, bytes and pods; None is no limit.

    Raises InputError where one is negative.
    """

    cpu: int | None = None
    memory: int | None = None
    pods: int | None = None

    def __post_init__(self) -> None:
        if min(self.cpu or 0, self.memory or 0, self.pods or 0) < 0:
            raise InputError(_("a quota must not be negative"))

    @property
    def limits(self) -> dict[str, int]:
        """What is limited, by name."""
        given = {"cpu": self.cpu, "memory": self.memory, "pods": self.pods}
        return {name: limit for name, limit in given.items() if limit is not None}


class Quotas:
    """What the pods of each namespace request, from their creation until they are gone."""

    def __init__(self, cluster: Cluster, quotas: Mapping[str, NamespaceQuota]) -> None:
        self.refused = 0
        """Attempts to create a pod that a quota forbade."""
        self._quotas = dict(quotas)
        self._used = {name: dict.fromkeys(("cpu", "memory", "pods"), 0) for name in quotas}
        cluster.watch(self._hear)

    def used(self, namespace: str) -> Mapping[str, int]:
        """Return what the pods of a namespace with a quota request."""
        return self._used[namespace]

    def refusal(self, namespace: str, template: PodTemplate) -> str:
        """Return why there may be no such pod, or ""."""
        if namespace not in self._quotas:
            return ""
        used, asked = self._used[namespace], _requests(template)
        for name, limit in self._quotas[namespace].limits.items():
            if used[name] + asked[name] > limit:
                self.refused += 1
                return _(
                    "exceeded quota of {namespace}: requested {what} {asked}, used {used}, "
                    "limited to {limit}"
                ).format(
                    namespace=namespace, what=name, asked=asked[name], used=used[name], limit=limit
                )
        return ""

    def check(self) -> None:
        """Audit; AuditError where a namespace requests more than its quota."""
        for namespace, quota in self._quotas.items():
            for name, limit in quota.limits.items():
                if self._used[namespace][name] > limit:
                    raise AuditError(
                        _("namespace {namespace} requests more {what} than its quota").format(
                            namespace=namespace, what=name
                        )
                    )

    def _hear(self, change: Change) -> None:
        pod = change.pod
        if pod is None or pod.namespace not in self._quotas:
            return
        if change.what is What.CREATED:
            self._add(pod, 1)
        elif change.what is What.GONE:
            self._add(pod, -1)

    def _add(self, pod: Pod, sign: int) -> None:
        used = self._used[pod.namespace]
        for name, amount in _requests(pod.template).items():
            used[name] += sign * amount


def _requests(template: PodTemplate) -> dict[str, int]:
    return {"cpu": template.cpu, "memory": template.memory, "pods": 1}
