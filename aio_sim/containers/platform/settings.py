"""What a platform is: rules of its scheduler, grace periods, budgets, quotas, pools of nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aio_sim.containers.platform.budget import DisruptionBudget
from aio_sim.containers.platform.outages import EVICTION, GRACE
from aio_sim.containers.platform.pools import PoolSpec
from aio_sim.containers.platform.quotas import NamespaceQuota
from aio_sim.containers.platform.scheduler import SAMPLE
from aio_sim.containers.platform.scores import Packing
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSettings:
    """The defaults are those of Kubernetes; times are ns.

    `sample` is how many nodes that can take a pod are compared. After `grace` a dead node is held
    to be lost, and after `eviction` more its pods are replaced. `switch_cost` is that of a context
    switch in containers. Raises InputError where a time is negative.
    """

    packing: Packing = Packing.LEAST_ALLOCATED
    sample: int = SAMPLE
    grace: int = GRACE
    eviction: int = EVICTION
    switch_cost: int = 0
    budgets: tuple[DisruptionBudget, ...] = ()
    quotas: Mapping[str, NamespaceQuota] = field(default_factory=dict)
    pools: tuple[PoolSpec, ...] = ()

    def __post_init__(self) -> None:
        if min(self.grace, self.eviction, self.switch_cost) < 0:
            raise InputError(_("the times of a platform must not be negative"))
