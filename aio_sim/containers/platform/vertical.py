"""Vertical adjustment: dynamic memory limits that follow what containers have turned out to need.

What was killed for memory gets a higher ceiling, in place, before it is started again: by a fifth
or 100 MiB, whichever is more. Pods made from then on have it, too, and as floor, which is what they
request, what a container has held at most and 15 % more.

Source: Kubernetes autoscaler, vertical-pod-autoscaler: --oom-bump-up-ratio 1.2,
--oom-min-bump-up-bytes 100 MiB, --recommendation-margin-fraction 0.15. The recommender there takes
the 90th percentile of a histogram that decays with a half-life of a day; here it is the peak.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from aio_sim.containers.container_memory import ContainerMemory
from aio_sim.containers.memory_limits import DynamicLimit
from aio_sim.containers.platform.cluster import Change, Cluster, What
from aio_sim.containers.platform.deployment import Deployment
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

BUMP: Final = Fraction(6, 5)
LEAST_BUMP: Final = 100 * 2**20
"""Bytes."""
MARGIN: Final = Fraction(15, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerticalSpec:
    """The deployment, and the bytes between which its limits are adjusted.

    Raises InputError where the least is above the most, or not above 0.
    """

    deployment: str
    least: int
    most: int

    def __post_init__(self) -> None:
        if not 0 < self.least <= self.most:
            raise InputError(_("the bounds of a vertical adjustment are above 0, and in order"))


class VerticalScaler:
    """Adjusts the memory limits of one deployment, when a container of it has ended."""

    def __init__(self, cluster: Cluster, spec: VerticalSpec, deployment: Deployment) -> None:
        self.adjustments = 0
        self._spec = spec
        self._deployment = deployment
        self._failures: dict[ContainerMemory, int] = {}
        cluster.watch(self._hear)

    def _hear(self, change: Change) -> None:
        pod = change.pod
        if change.what is not What.ENDED or pod is None or pod.deployment != self._deployment.name:
            return
        assert pod.container is not None
        memory = pod.container.memory
        if memory is None or not isinstance(memory.limit, DynamicLimit):
            return
        if memory.failures > self._failures.get(memory, 0):
            self._failures[memory] = memory.failures
            self._raise(memory, memory.limit)

    def _raise(self, memory: ContainerMemory, limit: DynamicLimit) -> None:
        ceiling = min(raised(limit.ceiling), max(self._spec.most, limit.ceiling))
        floor = min(max(int(memory.peak * (1 + MARGIN)), self._spec.least, limit.floor), ceiling)
        if ceiling == limit.ceiling:
            return
        self.adjustments += 1
        memory.limit = DynamicLimit(limit.floor, ceiling, limit.high_water)
        self._deployment.memory = DynamicLimit(floor, ceiling, limit.high_water)


def raised(ceiling: int) -> int:
    """Return the ceiling, in bytes, of what was killed for memory under one of so many."""
    return max(int(ceiling * BUMP), ceiling + LEAST_BUMP)
