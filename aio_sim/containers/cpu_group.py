"""The control group of a container: a Cpu of its own, whose cores are processes of the node's."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from aio_sim.containers.limits import CpuLimits
from aio_sim.containers.node import Node
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import Trace
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.cpu_quota import CpuQuota
from aio_sim.scheduling.policy import SchedulingPolicy
from aio_sim.scheduling.switching import SwitchModel
from aio_sim.scheduling.virtual_core import VirtualCores

if TYPE_CHECKING:
    import numpy as np


class CpuGroup:
    """What a container computes with: one process of the node a core it may use, one quota for all.

    Raises InputError where the policy is `ps`, where a core is named that the node does not have,
    and where cores are named and the node has one ready queue for all.
    """

    def __init__(
        self,
        node: Node,
        trace: Trace,
        name: str,
        limits: CpuLimits,
        policy: SchedulingPolicy,
        *,
        switch_cost: int | SwitchModel = 0,
        random_stream: Callable[[str], np.random.Generator] | None = None,
    ) -> None:
        allowed = limits.allowed(node.cpu.cores)
        _check(node, limits, policy)
        first = node.numbers([f"{name}/{core}" for core in range(len(allowed))])
        quota = None if limits.quota is None else CpuQuota(node.env, limits.quota, limits.period)
        self.quota = quota
        self.cores = VirtualCores(
            node.env,
            node.cpu,
            first,
            limits.weight,
            quota,
            together=True,
            allowed=None if limits.cores is None else allowed,
        )
        self.cpu = Cpu(
            node.env,
            trace,
            name,
            len(allowed),
            policy,
            switch_cost=switch_cost,
            speed=node.cpu.speed,
            random_stream=random_stream,
            supply=self.cores,
        )
        self._node = node
        node.cpu.follow_speed(self._keep_pace)

    def weigh(self, shares: int) -> None:
        """Count with so many shares from now on; InputError as CpuLimits."""
        self.cores.weigh(CpuLimits(shares).weight)

    def close(self) -> None:
        """Hear no more of the node."""
        self._node.cpu.unfollow_speed(self._keep_pace)

    def _keep_pace(self) -> None:
        self.cpu.set_speed(Fraction(self._node.cpu.speed))


def _check(node: Node, limits: CpuLimits, policy: SchedulingPolicy) -> None:
    if policy.mechanism == "sharing":
        raise InputError(_("processes in a container cannot be scheduled by ps; rr is near it"))
    if limits.cores is not None and node.cpu.queues < node.cpu.cores:
        raise InputError(
            _("{node}: to keep a container on some cores, each needs `queue: per_core`").format(
                node=node.name
            )
        )
