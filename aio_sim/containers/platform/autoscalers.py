"""All that scales by itself: replicas, memory limits, nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aio_sim.containers.platform.cluster import Cluster
from aio_sim.containers.platform.deployments import Deployments
from aio_sim.containers.platform.horizontal import (
    HorizontalScaler,
    HorizontalSpec,
    Scaled,
    unheard,
)
from aio_sim.containers.platform.pod import Pod
from aio_sim.containers.platform.pools import NodePool, PoolSpec
from aio_sim.containers.platform.vertical import VerticalScaler, VerticalSpec
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


class Autoscalers:
    """Autoscalers of deployments, by their names, and pools of nodes."""

    def __init__(
        self, cluster: Cluster, deployments: Deployments, scaled: Scaled = unheard
    ) -> None:
        self.horizontal: dict[str, HorizontalScaler] = {}
        self.vertical: dict[str, VerticalScaler] = {}
        self.pools: list[NodePool] = []
        self._cluster = cluster
        self._deployments = deployments
        self._scaled = scaled

    def scale_replicas(self, spec: HorizontalSpec) -> HorizontalScaler:
        """Scale the replicas of a deployment; InputError where something does already."""
        _check_free(self.horizontal, spec.deployment)
        scaler = HorizontalScaler(
            self._cluster.env,
            spec,
            self._deployments.find(spec.deployment),
            self._deployments.scale,
            self._scaled,
        )
        self.horizontal[spec.deployment] = scaler
        return scaler

    def adjust_memory(self, spec: VerticalSpec) -> VerticalScaler:
        """Adjust the memory limits of a deployment; InputError where something does already."""
        _check_free(self.vertical, spec.deployment)
        deployment = self._deployments.find(spec.deployment)
        scaler = self.vertical[spec.deployment] = VerticalScaler(self._cluster, spec, deployment)
        return scaler

    def add_pools(self, specs: Iterable[PoolSpec], unplaced: Callable[[], Iterable[Pod]]) -> None:
        """Switch nodes of pools on and off from now on."""
        self.pools.extend(NodePool(self._cluster, spec, unplaced) for spec in specs)

    def close(self) -> None:
        """Do nothing more by the clock."""
        for scaler in self.horizontal.values():
            scaler.close()

    def totals(self) -> dict[str, int | float]:
        """Return the counts of what there is, by metric name."""
        found: dict[str, int | float] = {}
        if self.horizontal:
            decisions = sum(len(each.decisions) for each in self.horizontal.values())
            found["container.autoscaler.changes"] = decisions
        if self.vertical:
            adjustments = sum(each.adjustments for each in self.vertical.values())
            found["container.autoscaler.memory"] = adjustments
        if self.pools:
            found["container.nodes.added"] = sum(pool.added for pool in self.pools)
            found["container.nodes.removed"] = sum(pool.removed for pool in self.pools)
        return found


def _check_free(taken: Iterable[str], name: str) -> None:
    if name in taken:
        raise InputError(_("two autoscalers of one kind scale {name}").format(name=name))
