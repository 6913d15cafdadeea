"""A node as the platform sees it: what it can give, what pods on it request, whether it is well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from aio_sim.containers.engine import ContainerEngine
from aio_sim.containers.platform.pod import Pod
from aio_sim.containers.platform.rules import HOSTNAME, Taint
from aio_sim.kernel.errors import AuditError, InputError
from aio_sim.kernel.messages import _, plural

MOST_PODS = 110
"""Pods on one node: the kubelet's --max-pods, 110."""


class WorkerState(StrEnum):
    """What the platform knows of a node."""

    READY = "ready"
    LOST = "lost"
    """It has not been heard of for its grace period."""
    OFF = "off"
    """It belongs to a pool, and is not switched on, or not any more."""


class Worker:
    """A node of the platform; `cpu` in thousandths of a core and `memory` in bytes are for pods.

    Where they are not given, that is all that the node has. Raises InputError where it is more.
    """

    def __init__(
        self,
        engine: ContainerEngine,
        *,
        labels: Mapping[str, str] | None = None,
        taints: Sequence[Taint] = (),
        cpu: int | None = None,
        memory: int | None = None,
        pods: int = MOST_PODS,
    ) -> None:
        node = engine.node
        self.engine = engine
        self.name = node.name
        self.labels = {HOSTNAME: node.name, **(labels or {})}
        self.taints = tuple(taints)
        self.cpu = node.cpu.cores * 1000 if cpu is None else cpu
        self.memory = node.capacity.memory if memory is None else memory
        self.most_pods = pods
        self.cpu_used = self.memory_used = 0
        """What pods on it request."""
        self.pods: dict[Pod, None] = {}
        self.nominated: dict[Pod, None] = {}
        """Pods for which room is being made here."""
        self.state = WorkerState.READY
        self.cordoned = False
        """Whether it gets no more pods, by somebody's wish."""
        self.alive = True
        """Whether it works, which the platform learns of later."""
        if self.cpu > node.cpu.cores * 1000 or self.memory > node.capacity.memory:
            raise InputError(_("{node} cannot give pods more than it has").format(node=self.name))

    def __repr__(self) -> str:
        return f"<Worker {self.name} {self.state}>"

    @property
    def trouble(self) -> str:
        """What is wrong with it in a sentence, "" where no pod here is the worse for it."""
        active = sum(pod.active for pod in self.pods)
        if self.state is not WorkerState.LOST or not active:
            return ""
        form = plural(
            "node {node} is held to be lost: the pod on it is not ready",
            "node {node} is held to be lost: the {pods} pods on it are not ready",
            active,
        )
        return form.format(node=self.name, pods=active)

    def add(self, pod: Pod) -> None:
        """Note that a pod is here."""
        self.pods[pod] = None
        self.cpu_used += pod.template.cpu
        self.memory_used += pod.template.memory

    def remove(self, pod: Pod) -> None:
        """Note that a pod is here no more."""
        del self.pods[pod]
        self.cpu_used -= pod.template.cpu
        self.memory_used -= pod.template.memory

    def check(self) -> None:
        """Audit the books; AuditError where requests do not add up, or are more than there is."""
        cpu = sum(pod.template.cpu for pod in self.pods)
        memory = sum(pod.template.memory for pod in self.pods)
        exact = (cpu, memory) == (self.cpu_used, self.memory_used)
        if not exact or cpu > self.cpu or memory > self.memory or len(self.pods) > self.most_pods:
            raise AuditError(
                _("{node}: pods request {cpu} thousandths of a core and {memory} bytes").format(
                    node=self.name, cpu=cpu, memory=memory
                )
            )
