"""What the pods of a deployment are: a container, what it asks for, and where it may run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aio_sim.containers.limits import SHARES
from aio_sim.containers.platform.probe import Probe
from aio_sim.containers.platform.rules import (
    NodePreference,
    PodPreference,
    PodTerm,
    Spread,
    Toleration,
)
from aio_sim.containers.platform.selector import Selector
from aio_sim.containers.spec import ContainerSpec
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.scheduling.policy import SchedulingPolicy


def shares_of(cpu: int) -> int:
    """Return the CPU shares of a request in thousandths of a core, at least the kernel's 2.

    Source: kubernetes/kubernetes, pkg/kubelet/cm/helpers_linux.go, MilliCPUToShares.
    """
    return min(max(cpu * SHARES // 1000, 2), 262_144)


@dataclass(frozen=True, slots=True)
class Health:
    """How a program in a container does, ns after each start of the container.

    It serves, and satisfies probes, from `ready_after` on (None: never); until then requests are
    refused. After `hangs_after` it does nothing any more, until it is killed (None: never hangs).
    """

    ready_after: int | None = 0
    hangs_after: int | None = None

    def __post_init__(self) -> None:
        if min(self.ready_after or 0, self.hangs_after or 0) < 0:
            raise InputError(_("the times of a program's health must not be negative"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where pods may run, and where they had better."""

    selector: Selector = ()
    """What labels a node must have."""
    node_preferences: tuple[NodePreference, ...] = ()
    near: tuple[PodTerm, ...] = ()
    """Pods that must be in the same domain."""
    apart: tuple[PodTerm, ...] = ()
    """Pods that must not."""
    pod_preferences: tuple[PodPreference, ...] = ()
    spread: tuple[Spread, ...] = ()
    tolerations: tuple[Toleration, ...] = ()

    @property
    def social(self) -> bool:
        """Whether other pods decide where these may run."""
        return bool(self.near or self.apart or any(each.hard for each in self.spread))


@dataclass(frozen=True, slots=True, kw_only=True)
class PodTemplate:
    """What each pod of a deployment is.

    `container` is named, and restarted, as the platform does it, whatever it says. `cpu` is the
    request in thousandths of a core; the memory requested is what the container's limit is at
    first, which is lent to it. A higher `priority` comes first, and may evict lower ones where it
    `preempts`.

    Raises InputError where the request is negative.
    """

    container: ContainerSpec
    policy: SchedulingPolicy
    cpu: int = 0
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    placement: Placement = field(default_factory=Placement)
    readiness: Probe | None = None
    liveness: Probe | None = None
    health: Health = field(default_factory=Health)
    priority: int = 0
    preempts: bool = True

    def __post_init__(self) -> None:
        if self.cpu < 0:
            raise InputError(_("a request for CPU time must not be negative"))

    @property
    def memory(self) -> int:
        """The bytes requested."""
        return self.container.memory.initial
