"""Preemption: which pods of lower priority must go so that one can run.

On each node all of them are taken away in thought; those are spared again that may stay, first
those that a disruption budget protects, then by priority. Of the nodes the best is that with the
fewest violated budgets; then that whose most important victim is the least important; then that
with the smallest sum of priorities; then that with the fewest victims; then that whose most
important victims have begun last; then the first.

Source: Kubernetes documentation, Pod Priority and Preemption; kubernetes/kubernetes,
pkg/scheduler/framework/plugins/defaultpreemption (SelectVictimsOnNode) and
framework/preemption/preemption.go (pickOneNodeForPreemption).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from aio_sim.containers.platform.budget import Budgets
from aio_sim.containers.platform.census import Census
from aio_sim.containers.platform.filters import LASTING, Wish, refusals, wish_of
from aio_sim.containers.platform.pod import Pod, PodPhase
from aio_sim.containers.platform.worker import Worker, WorkerState

SMALLEST = 2**31
"""Added to each priority, so that fewer victims of negative priority are fewer: math.MaxInt32+1."""


class Victims(NamedTuple):
    """Pods of one node that must go, and how many of them a budget protects."""

    worker: Worker
    pods: tuple[Pod, ...]
    violations: int

    @property
    def badness(self) -> tuple[int, int, int, int, int]:
        """What is compared; the least is best."""
        priorities = [pod.priority for pod in self.pods]
        highest = max(priorities)
        begun = min(pod.since for pod in self.pods if pod.priority == highest)
        total = sum(priority + SMALLEST for priority in priorities)
        return self.violations, highest, total, len(self.pods), -begun


class Preemption:
    """Finds victims; it changes nothing that lasts."""

    def __init__(self, census: Census, budgets: Budgets) -> None:
        self._census = census
        self._budgets = budgets

    def find(self, pod: Pod, workers: Sequence[Worker]) -> Victims | None:
        """Return whom to take away for a pod, or None where nothing helps."""
        if not pod.template.preempts:
            return None
        wish = wish_of(pod, self._census, workers)
        found = [self._on(wish, worker) for worker in workers]
        return min(
            (each for each in found if each is not None and each.pods),
            key=lambda each: each.badness,
            default=None,
        )

    def _on(self, wish: Wish, worker: Worker) -> Victims | None:
        """Return the victims on one node; None where it cannot take the pod even so."""
        lower = [pod for pod in worker.pods if pod.priority < wish.pod.priority]
        if not lower or LASTING.intersection(refusals(wish, worker)):
            return None
        lower.sort(key=lambda pod: (-pod.priority, pod.since, pod.number))
        protected = set(self._budgets.violated(lower))
        for pod in lower:
            self._take(worker, pod)
        victims: list[Pod] = []
        fits = not refusals(wish, worker)
        for pod in sorted(lower, key=lambda pod: pod not in protected):
            self._put(worker, pod)
            if fits and refusals(wish, worker):
                self._take(worker, pod)
                victims.append(pod)
        for pod in victims:
            self._put(worker, pod)
        violations = sum(pod in protected for pod in victims)
        return Victims(worker, tuple(victims), violations) if fits else None

    def _take(self, worker: Worker, pod: Pod) -> None:
        worker.remove(pod)
        self._census.remove(pod)

    def _put(self, worker: Worker, pod: Pod) -> None:
        worker.add(pod)
        self._census.add(pod, worker)


def under_way(pod: Pod) -> bool:
    """Return whether room is being made for a pod already: victims are ending on its node."""
    worker = pod.nominated
    if worker is None or worker.state is not WorkerState.READY:
        return False
    return any(
        other.phase is PodPhase.TERMINATING and other.priority < pod.priority
        for other in worker.pods
    )
