"""What the kubelets of all nodes do: make, watch and end the containers of the pods bound there."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from functools import partial
from typing import Any, Final

from simpy.events import Event

from aio_sim.containers.container import Container
from aio_sim.containers.container_state import UP, ContainerState
from aio_sim.containers.platform.cluster import Change, Cluster, What
from aio_sim.containers.platform.pod import Pod, PodPhase
from aio_sim.containers.platform.pod_health import PodHealth
from aio_sim.containers.platform.worker import Worker
from aio_sim.containers.processes.signals import Signal
from aio_sim.containers.restart import Restart, RestartPolicy, Restarts

Story = Generator[Event, Any, None]

ALWAYS: Final = RestartPolicy(Restart.ALWAYS)


class PodRunner:
    """Runs the container of each pod on its node, from when it is bound until it is gone.

    A container that ends by itself, or is killed for
    its liveness probe, is restarted by its engine after a back-off; one that cannot be made is
    tried again after one, too.
    """

    def __init__(self, cluster: Cluster, *, switch_cost: int = 0) -> None:
        self.failures = self.killed = 0
        """Attempts to make a container that failed, and liveness probes that killed one."""
        self._cluster = cluster
        self._env = cluster.env
        self._switch_cost = switch_cost
        self._health: dict[Pod, PodHealth] = {}
        self._attempts: dict[Pod, int] = {}  # stories that made its container; the last counts
        cluster.watch(self._hear)

    def end(self, pod: Pod) -> None:
        """End a pod gracefully; on a node that is dead that waits until it is back."""
        if not pod.active:
            return
        self._cluster.terminate(pod)
        if pod.worker is None:
            self._cluster.remove(pod)
        elif pod.worker.alive:
            self._env.process(self._end(pod, pod.worker))

    def fail(self, worker: Worker) -> None:
        """Lose all that runs on a node, which has died; the platform is not told."""
        worker.alive = False
        worker.engine.fail()
        for pod in worker.pods:
            if pod in self._health:
                self._health[pod].end()

    def recover(self, worker: Worker) -> None:
        """Begin anew on a node that is back: pods that still are to be there are run again."""
        worker.alive = True
        worker.engine.recover()
        for pod in list(worker.pods):
            if pod.phase is PodPhase.TERMINATING:
                self._env.process(self._end(pod, worker))
                continue
            self._cluster.set_ready(pod, ready=False)
            if pod.container is None:
                self._begin(pod, worker)
            elif pod.container.state is ContainerState.NEW:
                self._env.process(self._run(pod, worker, pod.container))

    def _hear(self, change: Change) -> None:
        what, pod, worker = change
        if what is What.BOUND and pod is not None and worker is not None and worker.alive:
            self._begin(pod, worker)

    def _begin(self, pod: Pod, worker: Worker) -> None:
        spec = replace(pod.template.container, name=pod.name, restart=ALWAYS)
        pod.container = container = worker.engine.define(
            spec,
            pod.template.policy,
            switch_cost=self._switch_cost,
            watch=partial(self._follow, pod),
        )
        self._health[pod] = PodHealth(
            self._env,
            pod,
            partial(self._found, pod),
            partial(worker.engine.pause, container),
            partial(self._kill, pod, container),
        )
        self._env.process(self._run(pod, worker, container))

    def _run(self, pod: Pod, worker: Worker, container: Container) -> Story:
        """Make and start the container, again and again where that fails, after back-offs."""
        engine, attempt = worker.engine, self._attempts.get(pod, 0) + 1
        self._attempts[pod] = attempt
        restarts = Restarts(ALWAYS, replace(engine.profile.back_off, at_once=False))
        while reason := (yield engine.create(container)):
            if not worker.alive or not self._wanted(pod, container, attempt):
                return
            self.failures += 1
            pod.trouble = reason
            delay = restarts.after(1, 0)
            assert delay is not None
            yield self._env.timeout(delay)
            if not self._wanted(pod, container, attempt):
                return
        pod.trouble = ""
        if self._wanted(pod, container, attempt):
            pod.trouble = yield engine.start(container)

    def _wanted(self, pod: Pod, container: Container, attempt: int) -> bool:
        """Return whether a pod's container is still to be made, and by this story."""
        removed = container.state is ContainerState.REMOVED
        return pod.active and not removed and self._attempts.get(pod) == attempt

    def _end(self, pod: Pod, worker: Worker) -> Story:
        container, engine = pod.container, worker.engine
        if container is None:  # it was bound to a node that was dead already
            self._remove(pod)
            return
        if container.state in UP or container.state is ContainerState.RESTARTING:
            yield engine.stop(container)
        yield engine.destroy(container)
        if worker.alive and pod.phase is not PodPhase.GONE:
            self._remove(pod)

    def _remove(self, pod: Pod) -> None:
        health = self._health.pop(pod, None)
        if health is not None:  # it was bound before its node died, or was found to have
            health.end()
            del self._attempts[pod]
        self._cluster.remove(pod)

    def _follow(self, pod: Pod) -> None:
        """Note that the state of a pod's container has changed, as its node sees it."""
        container, worker = pod.container, pod.worker
        if container is None or worker is None or not worker.alive or pod not in self._health:
            return
        state = container.state
        if state is ContainerState.RUNNING:
            pod.started_at = container.started_at
        if state is ContainerState.RUNNING and not container.open:  # it is about to end
            self._health[pod].end()
        else:
            self._health[pod].follow(state, container.starts)
        if state is ContainerState.EXITED and pod.active:
            self._cluster.tell(What.ENDED, pod, worker)

    def _found(self, pod: Pod, ready: bool) -> None:
        """Pass on what readiness probes say, unless the node is dead, or the pod is to go."""
        if pod.worker is not None and pod.worker.alive and pod.phase is PodPhase.BOUND:
            self._cluster.set_ready(pod, ready)

    def _kill(self, pod: Pod, container: Container) -> None:
        self.killed += 1
        container.signal(Signal.KILL)
