"""Draining nodes: their pods are evicted as fast as disruption budgets allow."""

from __future__ import annotations

from collections.abc import Callable

from simpy.events import Event

from aio_sim.containers.platform.budget import Budgets
from aio_sim.containers.platform.cluster import Change, Cluster, What
from aio_sim.containers.platform.pod import Pod
from aio_sim.containers.platform.rules import Effect, untolerated
from aio_sim.containers.platform.worker import Worker
from aio_sim.kernel.environment import ALLOCATION, Timer


class Drains:
    """Empties nodes; what a budget forbids is tried again when pods have changed.

    Source: Kubernetes documentation, Safely Drain a Node; Taints and Tolerations.
    """

    def __init__(self, cluster: Cluster, budgets: Budgets, end: Callable[[Pod], None]) -> None:
        self.evicted = self.refused = 0
        """Pods taken away, and attempts that a budget forbade."""
        self._cluster = cluster
        self._budgets = budgets
        self._end = end
        self._draining: dict[Worker, Event] = {}
        self._timer = Timer(cluster.env, self._go_on, ALLOCATION)
        cluster.watch(self._hear)

    def drain(self, worker: Worker) -> Event:
        """Let a node get no more pods, and take its pods away; fires when none is left there."""
        self._cluster.cordon(worker, cordoned=True)
        done = self._draining.setdefault(worker, Event(self._cluster.env))
        self._timer.soon()
        return done

    def cancel(self, worker: Worker) -> None:
        """Stop draining a node, and let it get pods again; who waits for the end is not told."""
        self._draining.pop(worker, None)
        self._cluster.cordon(worker, cordoned=False)

    def expel(self, worker: Worker) -> None:
        """End the pods of a node that do not tolerate its taints `NoExecute`, whatever budgets say.

        A taint does not ask, as the death of a node does not: what it is for may be just that.
        """
        for pod in list(worker.pods):
            tolerations = pod.template.placement.tolerations
            if pod.active and untolerated(worker.taints, tolerations, (Effect.NO_EXECUTE,)):
                self.evicted += 1
                self._end(pod)

    def _hear(self, change: Change) -> None:
        if self._draining and change.what in (What.READY, What.GONE, What.BOUND):
            self._timer.soon()

    def _go_on(self) -> None:
        for worker, done in list(self._draining.items()):
            for pod in list(worker.pods):
                self._evict(pod)
            if not worker.pods:
                del self._draining[worker]
                done.succeed(worker.name)

    def _evict(self, pod: Pod) -> None:
        if not pod.active:
            return
        if self._budgets.allow(pod):
            self.evicted += 1
            self._end(pod)
        else:
            self.refused += 1
