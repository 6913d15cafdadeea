"""Which nodes can take a pod, and why the others cannot.

Source: kubernetes/kubernetes, pkg/scheduler/framework/plugins: nodeunschedulable, tainttoleration,
nodeaffinity, noderesources (fit.go), podtopologyspread (filtering.go), interpodaffinity
(filtering.go), in this order; the first that refuses a node gives its reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from aio_sim.containers.platform.census import Census, Question, asked
from aio_sim.containers.platform.pod import Pod
from aio_sim.containers.platform.rules import Effect, Spread, untolerated
from aio_sim.containers.platform.selector import selects
from aio_sim.containers.platform.worker import Worker, WorkerState

KEEPING_OUT: Final = (Effect.NO_SCHEDULE, Effect.NO_EXECUTE)


class Refusal(StrEnum):
    """Why a node cannot take a pod, in the words of Kubernetes."""

    NOT_READY = "node(s) were not ready"
    UNSCHEDULABLE = "node(s) were unschedulable"
    TAINT = "node(s) had untolerated taint(s)"
    NODE_AFFINITY = "node(s) didn't match Pod's node affinity/selector"
    CPU = "Insufficient cpu"
    MEMORY = "Insufficient memory"
    PODS = "Too many pods"
    SPREAD = "node(s) didn't match pod topology spread constraints"
    AFFINITY = "node(s) didn't match pod affinity rules"
    ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
    EXISTING_ANTI_AFFINITY = "node(s) didn't satisfy existing pods anti-affinity rules"


LASTING: Final = frozenset(
    {Refusal.NOT_READY, Refusal.UNSCHEDULABLE, Refusal.TAINT, Refusal.NODE_AFFINITY}
)
"""Reasons that remain whichever pods leave the node."""


class Crowding(NamedTuple):
    """A spread constraint, the pods that count, and how many a domain may have before it."""

    topology: str
    counts: Mapping[str, int]
    most: int


class Near(NamedTuple):
    """Domains with pods that must be near; `first` where none are, and the pod is such a one."""

    topology: str
    counts: Mapping[str, int]
    first: bool


Filter = Callable[["Wish", Worker], tuple[Refusal, ...]]
"""Why a node cannot take what a wish is of; nothing where it can."""


class Wish(NamedTuple):
    """What a pod asks of nodes, worked out once for all of them."""

    pod: Pod
    crowding: tuple[Crowding, ...]
    near: tuple[Near, ...]
    apart: tuple[tuple[str, Mapping[str, int]], ...]
    shunned: tuple[tuple[str, Mapping[str, int]], ...]

    @property
    def filters(self) -> list[Filter]:
        """What looks at nodes for it: the filters that it asks anything of, in their order."""
        asks: dict[Filter, tuple[object, ...]] = {
            _labelled: self.pod.template.placement.selector,
            _spread: self.crowding,
            _companions: (*self.near, *self.apart, *self.shunned),
        }
        return [each for each in FILTERS if each not in asks or asks[each]]


def wish_of(pod: Pod, census: Census, workers: Iterable[Worker]) -> Wish:
    """Return what a pod asks of nodes, given who is where."""
    placement = pod.template.placement
    workers = list(workers) if any(each.hard for each in placement.spread) else []
    return Wish(
        pod,
        tuple(_crowding(pod, each, census, workers) for each in placement.spread if each.hard),
        tuple(_near(pod, census)),
        tuple(
            (term.topology, census.answer(asked(pod.namespace, term))) for term in placement.apart
        ),
        tuple(census.shunned(pod.namespace, pod.labels)),
    )


def refusals(wish: Wish, worker: Worker) -> tuple[Refusal, ...]:
    """Return why a node cannot take the pod; nothing where it can."""
    return first_refusals(wish.filters, wish, worker)


def first_refusals(filters: Iterable[Filter], wish: Wish, worker: Worker) -> tuple[Refusal, ...]:
    """Return why the first filter that refuses a node does so; nothing where none does."""
    for look in filters:
        found = look(wish, worker)
        if found:
            return found
    return ()


def _crowding(pod: Pod, spread: Spread, census: Census, workers: list[Worker]) -> Crowding:
    """Count the pods of a constraint; the emptiest domain is one of nodes that suit the pod."""
    counts = census.answer(Question(pod.namespace, spread.selector, spread.topology))
    suiting = pod.template.placement.selector
    domains = {
        worker.labels[spread.topology]
        for worker in workers
        if spread.topology in worker.labels
        and worker.state is not WorkerState.OFF
        and selects(suiting, worker.labels)
    }
    least = min((counts.get(domain, 0) for domain in domains), default=0)
    itself = selects(spread.selector, pod.labels)
    return Crowding(spread.topology, counts, least + spread.skew - itself)


def _near(pod: Pod, census: Census) -> Iterable[Near]:
    """Yield what must be near; the first of pods that want each other may be anywhere."""
    for term in pod.template.placement.near:
        counts = census.answer(asked(pod.namespace, term))
        first = not counts and selects(term.selector, pod.labels)
        yield Near(term.topology, counts, first)


def _ready(_wish: Wish, worker: Worker) -> tuple[Refusal, ...]:
    if worker.state is not WorkerState.READY:
        return (Refusal.NOT_READY,)
    return (Refusal.UNSCHEDULABLE,) if worker.cordoned else ()


def _tainted(wish: Wish, worker: Worker) -> tuple[Refusal, ...]:
    if not worker.taints:
        return ()
    tolerations = wish.pod.template.placement.tolerations
    return (Refusal.TAINT,) if untolerated(worker.taints, tolerations, KEEPING_OUT) else ()


def _labelled(wish: Wish, worker: Worker) -> tuple[Refusal, ...]:
    selector = wish.pod.template.placement.selector
    return () if selects(selector, worker.labels) else (Refusal.NODE_AFFINITY,)


def _resources(wish: Wish, worker: Worker) -> tuple[Refusal, ...]:
    """All that lacks; room that is being made for pods as important counts as taken."""
    template = wish.pod.template
    cpu, memory = worker.cpu - worker.cpu_used, worker.memory - worker.memory_used
    pods = worker.most_pods - len(worker.pods)
    for other in worker.nominated:
        if other is not wish.pod and other.priority >= wish.pod.priority:
            cpu -= other.template.cpu
            memory -= other.template.memory
            pods -= 1
    if template.cpu <= cpu and template.memory <= memory and pods:
        return ()
    found = []
    if pods < 1:
        found.append(Refusal.PODS)
    if template.cpu > max(cpu, 0):
        found.append(Refusal.CPU)
    if template.memory > memory:
        found.append(Refusal.MEMORY)
    return tuple(found)


def _spread(wish: Wish, worker: Worker) -> tuple[Refusal, ...]:
    for topology, counts, most in wish.crowding:
        domain = worker.labels.get(topology)
        if domain is None or counts.get(domain, 0) > most:
            return (Refusal.SPREAD,)
    return ()


def _companions(wish: Wish, worker: Worker) -> tuple[Refusal, ...]:
    for topology, counts, first in wish.near:
        domain = worker.labels.get(topology)
        if domain is None or not (first or domain in counts):
            return (Refusal.AFFINITY,)
    if _among(wish.apart, worker):
        return (Refusal.ANTI_AFFINITY,)
    return (Refusal.EXISTING_ANTI_AFFINITY,) if _among(wish.shunned, worker) else ()


def _among(places: Iterable[tuple[str, Mapping[str, int]]], worker: Worker) -> bool:
    return any(worker.labels.get(topology) in domains for topology, domains in places)


FILTERS: Final[tuple[Filter, ...]] = (
    _ready,
    _tainted,
    _labelled,
    _resources,
    _spread,
    _companions,
)
"""What looks at a node, in this order."""
