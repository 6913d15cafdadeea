"""The kinds of objects that manifests have, and the API versions of those that are simulated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.manifests.notes import Notes
from aio_sim.scenario.manifests.parts import Part
from aio_sim.scenario.sentences import shown
from aio_sim.scenario.yaml_tree import Node

VERSIONS: Final[Mapping[str, str]] = {
    "Deployment": "apps/v1",
    "Service": "v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "Namespace": "v1",
    "ResourceQuota": "v1",
    "PodDisruptionBudget": "policy/v1",
    "PriorityClass": "scheduling.k8s.io/v1",
}
"""The API version of each kind that is simulated."""

SILENT: Final = frozenset(
    [
        "APIService",
        "Certificate",
        "ClusterIssuer",
        "ClusterRole",
        "ClusterRoleBinding",
        "ConfigMap",
        "CustomResourceDefinition",
        "Endpoints",
        "EndpointSlice",
        "Gateway",
        "HTTPRoute",
        "Ingress",
        "IngressClass",
        "Issuer",
        "Lease",
        "LimitRange",
        "MutatingWebhookConfiguration",
        "NetworkPolicy",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "PodMonitor",
        "PrometheusRule",
        "Role",
        "RoleBinding",
        "Secret",
        "ServiceAccount",
        "ServiceMonitor",
        "StorageClass",
        "ValidatingWebhookConfiguration",
    ]
)
"""Kinds that run no pods: manifests may have them, and they are named in a warning."""

RUNNING: Final = frozenset(["CronJob", "DaemonSet", "Job", "Pod", "ReplicaSet", "StatefulSet"])
"""Kinds that run pods which are not simulated: without them the answer would be another."""

LIST: Final = "List"


def objects(document: Node, notes: Notes) -> Iterator[Part]:
    """Yield the objects of a document: itself, or the items of a list, that are simulated."""
    part = Part(document, document.mark, "", notes)
    if not part.present:  # an empty document, as between two separators
        return
    if not isinstance(document.content, dict):
        part.wrong(
            _("expected an object with apiVersion and kind, got {value}").format(
                value=shown(part.data)
            )
        )
    elif part.field("kind").data == LIST:
        part.field("apiVersion")
        part.field("metadata")
        for item in part.field("items").entries():
            if _simulated(item):
                yield item
        part.settle()
    elif _simulated(part):
        yield part


def _simulated(part: Part) -> bool:
    """Return whether an object is simulated; what is wrong with its kind is noted."""
    kind, version = part.needed("kind"), part.needed("apiVersion")
    name = kind.text()
    if name in VERSIONS:
        if version.present and version.text() != VERSIONS[name]:
            told = _("{kind} is read in the version {expected}, got {value}")
            version.wrong(
                told.format(kind=name, expected=VERSIONS[name], value=shown(version.data))
            )
        return True
    if name in SILENT:
        kind.warn(_("a {kind} is not simulated").format(kind=name))
    elif name in RUNNING:
        told = _("the pods of a {kind} are not simulated; expected one of {kinds}")
        kind.wrong(told.format(kind=name, kinds=", ".join(VERSIONS)))
    elif name:
        meant = hint(name, [*VERSIONS, *SILENT, *RUNNING])
        if "?" not in meant:
            meant = _("; expected one of {kinds}").format(kinds=", ".join(VERSIONS))
        kind.wrong(_("unknown kind {name}{hint}").format(name=shown(name), hint=meant))
    return False
