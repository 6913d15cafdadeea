"""How good a node is for a pod that it can take: points from 0 to 100 by each view, weighted.

Source: kubernetes/kubernetes, pkg/scheduler/framework/plugins: noderesources (least_allocated.go,
most_allocated.go, balanced_allocation.go), podtopologyspread (scoring.go), interpodaffinity,
nodeaffinity and tainttoleration with helper.DefaultNormalizeScore; the weights are those of
pkg/scheduler/apis/config/v1/default_plugins.go. Points for images that a node has are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from math import floor, log
from typing import Final

from aio_sim.containers.platform.census import Census, Question, asked
from aio_sim.containers.platform.pod import Pod
from aio_sim.containers.platform.rules import HOSTNAME, ZONE, Effect, Spread, untolerated
from aio_sim.containers.platform.selector import equal_to, selects
from aio_sim.containers.platform.worker import Worker

MOST: Final = 100
"""Points: framework.MaxNodeScore."""

USUAL_CPU: Final = 100
"""What scores take a pod to use that requests no CPU time: util.DefaultMilliCPURequest."""

DEFAULT_SPREAD: Final = ((HOSTNAME, 3), (ZONE, 5))
"""Topology and skew that a pod's own likes are spread by, where it says nothing (systemDefault)."""


class Packing(StrEnum):
    """Which nodes are better, by what is requested of them."""

    LEAST_ALLOCATED = "least_allocated"
    """The emptiest: pods are spread. What Kubernetes does by default."""
    MOST_ALLOCATED = "most_allocated"
    """The fullest: pods are packed, so that nodes become idle."""


Points = list[int] | None
"""Of each node, or None where all are the same."""


def totals(pod: Pod, workers: Sequence[Worker], census: Census, packing: Packing) -> list[int]:
    """Return the weighted points of nodes, all of which can take the pod."""
    sums = PACKINGS[packing](pod, workers)
    for view, weight in VIEWS:
        points = view(pod, workers, census)
        if points is not None:
            sums = [total + weight * more for total, more in zip(sums, points, strict=True)]
    return [total + more for total, more in zip(sums, balanced(pod, workers), strict=True)]


def least_allocated(pod: Pod, workers: Sequence[Worker]) -> list[int]:
    """Return the mean share of CPU and memory that is left with the pod there, in per cent."""
    cpu, memory = pod.template.cpu or USUAL_CPU, pod.template.memory
    return [
        (
            max(each.cpu - each.cpu_used - cpu, 0) * MOST // each.cpu
            + max(each.memory - each.memory_used - memory, 0) * MOST // each.memory
        )
        // 2
        for each in workers
    ]


def most_allocated(pod: Pod, workers: Sequence[Worker]) -> list[int]:
    """Return the mean share of CPU and memory that is requested with the pod there, in per cent."""
    cpu, memory = pod.template.cpu or USUAL_CPU, pod.template.memory
    return [
        (
            min(each.cpu_used + cpu, each.cpu) * MOST // each.cpu
            + min(each.memory_used + memory, each.memory) * MOST // each.memory
        )
        // 2
        for each in workers
    ]


def balanced(pod: Pod, workers: Sequence[Worker]) -> list[int]:
    """Return 100 less the standard deviation of the shares requested, in per cent.

    Of two shares a and b that is |a - b| / 2.
    """
    cpu, memory = pod.template.cpu, pod.template.memory
    points = []
    for each in workers:
        left = min(each.cpu_used + cpu, each.cpu) * each.memory
        right = min(each.memory_used + memory, each.memory) * each.cpu
        whole = 2 * each.cpu * each.memory
        points.append(MOST * (whole - abs(left - right)) // whole)
    return points


def tolerated(pod: Pod, workers: Sequence[Worker], _census: Census) -> Points:
    """Return more for nodes with fewer taints that merely prefer others."""
    if not any(worker.taints for worker in workers):
        return None
    tolerations = pod.template.placement.tolerations
    effects = (Effect.PREFER_NO_SCHEDULE,)
    counts = [len(untolerated(each.taints, tolerations, effects)) for each in workers]
    return [MOST - points for points in _scaled(counts)]


def preferred(pod: Pod, workers: Sequence[Worker], _census: Census) -> Points:
    """Return more for nodes of the labels that the pod prefers."""
    preferences = pod.template.placement.node_preferences
    if not preferences:
        return None
    return _scaled(
        [
            sum(each.weight for each in preferences if selects(each.selector, worker.labels))
            for worker in workers
        ]
    )


def companions(pod: Pod, workers: Sequence[Worker], census: Census) -> Points:
    """Return more for nodes near pods that it prefers, less near those that it would avoid."""
    preferences = pod.template.placement.pod_preferences
    if not preferences:
        return None
    sums = [0] * len(workers)
    for preference in preferences:
        topology = preference.term.topology
        counts = census.answer(asked(pod.namespace, preference.term))
        for index, worker in enumerate(workers):
            sums[index] += preference.weight * counts.get(worker.labels.get(topology, ""), 0)
    least, spread = min(sums), max(sums) - min(sums)
    return [MOST * (each - least) // spread if spread else 0 for each in sums]


def scattered(pod: Pod, workers: Sequence[Worker], census: Census) -> Points:
    """Return more for nodes in whose domains there are fewer pods of its kind."""
    wishes = _soft(pod)
    raw = [0.0] * len(workers)
    for wish in wishes:
        counts = census.answer(Question(pod.namespace, wish.selector, wish.topology))
        domains = [worker.labels.get(wish.topology) for worker in workers]
        _scatter(raw, domains, counts, wish.skew)
    points = [floor(each + 0.5) for each in raw]
    most, least = max(points, default=0), min(points, default=0)
    if most == least:
        return None
    return [MOST * (most + least - each) // most for each in points]


def _scatter(
    raw: list[float], domains: list[str | None], counts: Mapping[str, int], skew: int
) -> None:
    """Add, for each domain, its pods times the logarithm of the number of domains and two."""
    weight = log(len(set(domains) - {None}) + 2)
    for index, domain in enumerate(domains):
        if domain is not None:
            raw[index] += counts.get(domain, 0) * weight + skew - 1


def _soft(pod: Pod) -> Sequence[Spread]:
    spread = pod.template.placement.spread
    if spread:
        return [each for each in spread if not each.hard]
    likes = equal_to(pod.labels)
    return [Spread(likes, topology, skew, hard=False) for topology, skew in DEFAULT_SPREAD]


def _scaled(counts: list[int]) -> list[int]:
    """Return counts so that the largest becomes 100."""
    most = max(counts, default=0)
    return [MOST * count // most if most else 0 for count in counts]


PACKINGS: Final[Mapping[Packing, Callable[[Pod, Sequence[Worker]], list[int]]]] = {
    Packing.LEAST_ALLOCATED: least_allocated,
    Packing.MOST_ALLOCATED: most_allocated,
}

VIEWS: Final[tuple[tuple[Callable[[Pod, Sequence[Worker], Census], Points], int], ...]] = (
    (tolerated, 3),
    (preferred, 2),
    (scattered, 2),
    (companions, 2),
)
"""Views beside resources and their balance, which count once, and their weights."""
