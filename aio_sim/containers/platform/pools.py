"""Node autoscaling: nodes are switched on for pods that find no place, and off when they are idle.

Pods that found no place are put, in thought, first fit, on nodes that are being switched on and
then on those that are off; of these as many are switched on as it takes.

Source: Kubernetes autoscaler, cluster-autoscaler FAQ: --scale-down-unneeded-time 10 min. There a
node is unneeded that is used by less than half, and its pods can go elsewhere; here, an empty one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from aio_sim.containers.platform.cluster import Change, Cluster, What
from aio_sim.containers.platform.filters import LASTING, Refusal, refusals, wish_of
from aio_sim.containers.platform.pod import Pod
from aio_sim.containers.platform.worker import Worker, WorkerState
from aio_sim.kernel.environment import ALLOCATION, COMPLETION, SECOND, Timer
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

IDLE: Final = 600 * SECOND
BOOT: Final = 60 * SECOND
"""From the wish for a node until it takes pods: an assumption."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSpec:
    """Nodes by name that are switched on and off, at least so many on; times are ns.

    Raises InputError where the least is negative, or more than there are.
    """

    nodes: tuple[str, ...]
    least: int = 0
    boot: int = BOOT
    idle: int = IDLE

    def __post_init__(self) -> None:
        if not 0 <= self.least <= len(self.nodes):
            raise InputError(_("the least number of nodes of a pool is from 0 to all of them"))


class NodePool:
    """One pool; `unplaced` yields the pods that have found no place."""

    def __init__(
        self, cluster: Cluster, spec: PoolSpec, unplaced: Callable[[], Iterable[Pod]]
    ) -> None:
        self.added = self.removed = 0
        self._cluster = cluster
        self._spec = spec
        self._unplaced = unplaced
        self._workers = {cluster.worker(name): None for name in spec.nodes}
        self._booting: dict[Worker, Timer] = {}
        self._idle: dict[Worker, Timer] = {}
        self._timer = Timer(cluster.env, self._grow, ALLOCATION)
        for worker in list(self._workers)[spec.least :]:
            worker.state = WorkerState.OFF
        for worker in self._workers:
            self._watch(worker)
        cluster.watch(self._hear)

    @property
    def on(self) -> int:
        """How many nodes are on."""
        return sum(worker.state is not WorkerState.OFF for worker in self._workers)

    def _hear(self, change: Change) -> None:
        if change.what is What.REFUSED:
            self._timer.soon()
        worker = change.worker
        if worker is not None and worker in self._workers:
            self._watch(worker)

    def _watch(self, worker: Worker) -> None:
        """Begin to count the time of a node that is idle, or stop counting."""
        if worker.pods or worker.state is not WorkerState.READY:
            timer = self._idle.pop(worker, None)
            if timer is not None:
                timer.cancel()
        elif worker not in self._idle:
            timer = Timer(self._cluster.env, partial(self._remove, worker), COMPLETION)
            timer.set(self._cluster.env.now + self._spec.idle)
            self._idle[worker] = timer

    def _remove(self, worker: Worker) -> None:
        del self._idle[worker]
        if self.on > self._spec.least:
            self.removed += 1
            self._cluster.turn(worker, WorkerState.OFF)

    def _grow(self) -> None:
        off = [each for each in self._workers if each.state is WorkerState.OFF and each.alive]
        off.sort(key=lambda worker: worker not in self._booting)
        pods = [pod for pod in self._unplaced() if pod.nominated is None]
        for worker in needed(self._cluster, pods, off):
            if worker not in self._booting:
                timer = Timer(self._cluster.env, partial(self._join, worker), COMPLETION)
                timer.set(self._cluster.env.now + self._spec.boot)
                self._booting[worker] = timer

    def _join(self, worker: Worker) -> None:
        del self._booting[worker]
        if worker.alive:
            self.added += 1
            self._cluster.turn(worker, WorkerState.READY)


def needed(cluster: Cluster, pods: Iterable[Pod], off: Sequence[Worker]) -> list[Worker]:
    """Return the nodes, of those that are off, that pods would need, first fit."""
    rooms: dict[Worker, tuple[int, int, int]] = {}
    for pod in pods:
        template = pod.template
        for worker in off:
            if not _suits(cluster, pod, worker):
                continue
            cpu, memory, places = rooms.get(worker, (worker.cpu, worker.memory, worker.most_pods))
            if template.cpu <= cpu and template.memory <= memory and places:
                rooms[worker] = (cpu - template.cpu, memory - template.memory, places - 1)
                break
    return [worker for worker in off if worker in rooms]


def _suits(cluster: Cluster, pod: Pod, worker: Worker) -> bool:
    """Return whether a pod could run on a node, if it were on and empty."""
    state, worker.state = worker.state, WorkerState.READY
    reasons = refusals(wish_of(pod, cluster.census, ()), worker)
    worker.state = state
    return not LASTING.union({Refusal.CPU, Refusal.MEMORY, Refusal.PODS}).intersection(reasons)
