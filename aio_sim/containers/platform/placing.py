"""The scheduling of pending pods: in order of priority, and again only when something changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from aio_sim.containers.platform.cluster import Change, Cluster, What
from aio_sim.containers.platform.decision_record import DecisionRecord
from aio_sim.containers.platform.filters import Refusal
from aio_sim.containers.platform.pod import Pod, PodPhase
from aio_sim.containers.platform.preemption import Preemption, under_way
from aio_sim.containers.platform.scheduler import NoPlace, Scheduler
from aio_sim.kernel.environment import ALLOCATION, Timer


class Kind(NamedTuple):
    """Pods that are all alike: what one of them is refused, the others are, too."""

    namespace: str
    deployment: str
    template: int


class Placing:
    """Binds pending pods to nodes, or makes room for them where their priority allows it.

    `evict` takes a victim away. Pods of one kind wait together: one attempt tells for all.
    """

    def __init__(
        self,
        cluster: Cluster,
        scheduler: Scheduler,
        preemption: Preemption,
        evict: Callable[[Pod], None],
        record: DecisionRecord,
    ) -> None:
        self.attempts = self.preempted = 0
        """Pods that a place was looked for, and victims."""
        self.reasons: Counter[Refusal] = Counter()
        """How often nodes refused pods that then found no place."""
        self._cluster = cluster
        self._scheduler = scheduler
        self._preemption = preemption
        self._evict = evict
        self._record = record
        self._pending: dict[Kind, dict[Pod, None]] = {}
        self._refused: dict[Kind, NoPlace] = {}  # until something changes
        self._timer = Timer(cluster.env, self._place_all, ALLOCATION)
        cluster.watch(self._hear)

    def waiting(self) -> Iterator[Pod]:
        """Yield the pods that have no node, those of one kind together."""
        for pods in self._pending.values():
            yield from pods

    def refused(self) -> Iterator[Pod]:
        """Yield those of them that have found no place."""
        for kind in self._refused:
            yield from self._pending[kind]

    def refusal(self, pod: Pod) -> NoPlace | None:
        """Return why a pod has found no place; None where it has, or was not looked at yet."""
        return self._refused.get(_kind(pod))

    def _hear(self, change: Change) -> None:
        what, pod = change.what, change.pod
        if pod is not None and what is What.CREATED:
            kind = _kind(pod)
            self._pending.setdefault(kind, {})[pod] = None
            self._refused.pop(kind, None)  # for one more may take victims of its own
            self._timer.soon()
        elif pod is not None and what is What.TERMINATING and pod.worker is None:
            self._forget(pod)
        elif what in (What.NODE, What.GONE):
            self._try_again(list(self._refused))
        elif what is What.BOUND:
            self._try_again([kind for kind in self._refused if self._social(kind)])

    def _try_again(self, kinds: list[Kind]) -> None:
        for kind in kinds:
            del self._refused[kind]
        if kinds:
            self._timer.soon()

    def _social(self, kind: Kind) -> bool:
        """Return whether another pod's place may help pods of a kind to one."""
        return next(iter(self._pending[kind])).template.placement.social

    def _forget(self, pod: Pod) -> None:
        kind = _kind(pod)
        pods = self._pending[kind]
        del pods[pod]
        if not pods:
            del self._pending[kind]
            self._refused.pop(kind, None)

    def _place_all(self) -> None:
        """Place what can be placed, the most important and then the oldest first."""
        queue = [_turn(kind, pods) for kind, pods in self._pending.items()]
        queue = [turn for turn in queue if turn[2] not in self._refused]
        heapify(queue)
        while queue:
            kind = heappop(queue)[2]
            if self._place_one(kind) and kind in self._pending:
                heappush(queue, _turn(kind, self._pending[kind]))

    def _place_one(self, kind: Kind) -> bool:
        """Place the first pod of a kind; False where there is no place for it and its like."""
        pod = next(iter(self._pending[kind]))
        answer = self._scheduler.place(pod, self._cluster.workers)
        self.attempts += 1
        if not isinstance(answer, NoPlace):
            self._forget(pod)
            self._record.bound(pod, answer)
            self._cluster.bind(pod, answer.worker)
            return True
        self._refused[kind] = answer
        self.reasons.update(answer.reasons)
        self._record.refused(pod, len(self._pending[kind]), answer)
        for each in list(self._pending[kind]):
            if not self._make_room(each):
                break
        self._cluster.tell(What.REFUSED, pod)
        return False

    def _make_room(self, pod: Pod) -> bool:
        """Take victims away for a pod; False where that does not help."""
        if under_way(pod):
            return True
        self._cluster.nominate(pod, None)
        victims = self._preemption.find(pod, self._cluster.workers)
        if victims is None:
            return False
        for other in list(victims.worker.nominated):
            if other.priority < pod.priority:
                self._cluster.nominate(other, None)
        self._cluster.nominate(pod, victims.worker)
        self._record.preempts(pod, victims)
        for victim in victims.pods:
            if victim.phase is not PodPhase.TERMINATING:
                self.preempted += 1
                self._evict(victim)
        return True


def _kind(pod: Pod) -> Kind:
    return Kind(pod.namespace, pod.deployment, id(pod.template))


def _turn(kind: Kind, pods: dict[Pod, None]) -> tuple[int, int, Kind]:
    first = next(iter(pods))
    return -first.priority, first.number, kind
