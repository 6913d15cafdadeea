"""The state of the platform: its nodes and pods, and who hears of what changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto
from typing import NamedTuple

from aio_sim.containers.platform.census import Census
from aio_sim.containers.platform.pod import Pod, PodPhase
from aio_sim.containers.platform.rules import Taint
from aio_sim.containers.platform.worker import Worker, WorkerState
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import UnknownName
from aio_sim.kernel.messages import _


class What(Enum):
    """What has changed."""

    CREATED = auto()
    BOUND = auto()
    REFUSED = auto()
    """A pod was found no place for."""
    READY = auto()
    """A pod has become ready, or is no more."""
    ENDED = auto()
    """A container has ended by itself, and will be started again."""
    TERMINATING = auto()
    GONE = auto()
    """A pod is no more; where it had a node, that has room again."""
    NODE = auto()


class Change(NamedTuple):
    """What has changed, and of which pod and node; the node of a pod that is gone, too."""

    what: What
    pod: Pod | None = None
    worker: Worker | None = None


class Cluster:
    """Nodes and pods; every change of theirs goes through here, and those who watch are told."""

    def __init__(self, env: Environment, workers: Sequence[Worker]) -> None:
        self.env = env
        self.workers = list(workers)
        self.pods: dict[str, Pod] = {}
        """Those that are not gone, by name."""
        self.census = Census()
        self._watchers: list[Callable[[Change], None]] = []

    def watch(self, watcher: Callable[[Change], None]) -> None:
        """Tell somebody of every change from now on, after those who asked before."""
        self._watchers.append(watcher)

    def tell(self, what: What, pod: Pod | None = None, worker: Worker | None = None) -> None:
        """Tell all who watch of a change."""
        change = Change(what, pod, worker)
        for watcher in self._watchers:
            watcher(change)

    def worker(self, name: str) -> Worker:
        """Return a node by its name; UnknownName where there is none."""
        for worker in self.workers:
            if worker.name == name:
                return worker
        raise UnknownName(_("node"), name, [worker.name for worker in self.workers])

    def create(self, pod: Pod) -> None:
        """Take in a pod that is to be scheduled."""
        self.pods[pod.name] = pod
        self.tell(What.CREATED, pod)

    def nominate(self, pod: Pod, worker: Worker | None) -> None:
        """Set the room of a pod aside that is being made on a node, or no more."""
        if pod.nominated is not None:
            del pod.nominated.nominated[pod]
        pod.nominated = worker
        if worker is not None:
            worker.nominated[pod] = None

    def bind(self, pod: Pod, worker: Worker) -> None:
        """Give a pod its node."""
        self.nominate(pod, None)
        pod.worker = worker
        pod.phase = PodPhase.BOUND
        worker.add(pod)
        self.census.add(pod, worker)
        self.tell(What.BOUND, pod, worker)

    def set_ready(self, pod: Pod, ready: bool) -> None:
        """Note whether services may send requests to a pod, as far as the platform knows."""
        if ready != pod.ready:
            pod.ready = ready
            pod.ready_since = self.env.now if ready else -1
            self.tell(What.READY, pod, pod.worker)

    def terminate(self, pod: Pod) -> None:
        """Note that a pod is to go."""
        self.nominate(pod, None)
        pod.phase = PodPhase.TERMINATING
        self.set_ready(pod, ready=False)
        self.tell(What.TERMINATING, pod, pod.worker)

    def remove(self, pod: Pod) -> None:
        """Note that nothing is left of a pod."""
        worker = pod.worker
        if worker is not None:
            worker.remove(pod)
            self.census.remove(pod)
        pod.phase = PodPhase.GONE
        del self.pods[pod.name]
        self.tell(What.GONE, pod, worker)

    def turn(self, worker: Worker, state: WorkerState) -> None:
        """Note that a node is in another state."""
        worker.state = state
        self.tell(What.NODE, None, worker)

    def taint(self, worker: Worker, taints: Iterable[Taint]) -> None:
        """Give a node these taints, instead of those that it has."""
        worker.taints = tuple(taints)
        self.tell(What.NODE, None, worker)

    def cordon(self, worker: Worker, cordoned: bool) -> None:
        """Let a node get no more pods, or get them again."""
        if cordoned != worker.cordoned:
            worker.cordoned = cordoned
            self.tell(What.NODE, None, worker)
