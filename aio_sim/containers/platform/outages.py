"""Nodes that die: what runs there is lost at once, and the platform learns of it later.

A node that was not heard of for its grace period is held to be lost: its pods are not ready. Some
time after that they are taken off it, so that others are made elsewhere.

Source: Kubernetes documentation, kube-controller-manager, --node-monitor-grace-period, 50 s; Taints
and Tolerations, "Taint based Evictions": tolerationSeconds of 300 s for unreachable nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from aio_sim.containers.platform.cluster import Cluster
from aio_sim.containers.platform.runner import PodRunner
from aio_sim.containers.platform.worker import Worker, WorkerState
from aio_sim.kernel.environment import COMPLETION, SECOND, Timer

GRACE: Final = 50 * SECOND
EVICTION: Final = 300 * SECOND


class Outages:
    """Lets nodes die and come back; `grace` and `eviction` are ns, one after the other."""

    def __init__(
        self,
        cluster: Cluster,
        runner: PodRunner,
        grace: int = GRACE,
        eviction: int = EVICTION,
    ) -> None:
        self.deaths = self.evicted = 0
        """Nodes that died, and pods that were taken off them."""
        self._cluster = cluster
        self._runner = runner
        self._grace = grace
        self._eviction = eviction
        self._timers: dict[Worker, Timer] = {}

    def expect(self, worker: Worker) -> None:
        """Take a node for one that is not up yet; in a pool it is off."""
        worker.alive = False
        if worker.state is WorkerState.READY:
            worker.state = WorkerState.LOST

    def fail(self, worker: Worker) -> None:
        """Let a node die; nothing where it is dead."""
        if not worker.alive:
            return
        self.deaths += 1
        self._runner.fail(worker)
        self._after(self._grace, worker, self._lose)

    def repair(self, worker: Worker) -> None:
        """Let a node come back: its containers are made anew; nothing where it is not dead."""
        if worker.alive:
            return
        timer = self._timers.pop(worker, None)
        if timer is not None:
            timer.cancel()
        self._runner.recover(worker)
        off = worker.state is WorkerState.OFF
        self._cluster.turn(worker, WorkerState.OFF if off else WorkerState.READY)

    def _lose(self, worker: Worker) -> None:
        if worker.state is not WorkerState.OFF:
            self._cluster.turn(worker, WorkerState.LOST)
        for pod in list(worker.pods):
            self._cluster.set_ready(pod, ready=False)
        self._after(self._eviction, worker, self._evict)

    def _evict(self, worker: Worker) -> None:
        for pod in list(worker.pods):
            self.evicted += pod.active
            self._runner.end(pod)

    def _after(self, delay: int, worker: Worker, step: Callable[[Worker], None]) -> None:
        timer = self._timers[worker] = Timer(self._cluster.env, partial(step, worker), COMPLETION)
        timer.set(self._cluster.env.now + delay)
