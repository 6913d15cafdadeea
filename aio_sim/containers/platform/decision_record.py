"""What a full trace keeps of a platform's decisions: notes of words and numbers, for a reader.

A note is `platform`, what was decided, and then words without spaces; `aio_sim.analysis` makes
sentences of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aio_sim.containers.platform.cluster import Change, Cluster, What
from aio_sim.kernel.span_record import Record

if TYPE_CHECKING:
    from aio_sim.containers.autoscaling import Decision
    from aio_sim.containers.platform.deployment import Deployment
    from aio_sim.containers.platform.pod import Pod
    from aio_sim.containers.platform.preemption import Victims
    from aio_sim.containers.platform.scheduler import Chosen, NoPlace
    from aio_sim.kernel.trace import Trace

TRACK: Final = "platform"


class DecisionRecord:
    """Notes what the controllers of a platform decide, and what they see."""

    def __init__(self, cluster: Cluster, trace: Trace) -> None:
        self._env = cluster.env
        self._record = Record(trace, TRACK)
        if trace.full:
            cluster.watch(self._hear)

    def bound(self, pod: Pod, chosen: Chosen) -> None:
        """Note why a pod goes to a node: how many could take it, and how good that one is."""
        self._note("bound", pod.name, chosen.worker.name, *chosen[1:])

    def refused(self, pod: Pod, waiting: int, answer: NoPlace) -> None:
        """Note why no node can take a pod and its like, and how many of them wait."""
        reasons = [f"{reason.name}={count}" for reason, count in answer.reasons.items()]
        self._note("refused", pod.name, waiting, answer.nodes, *reasons)

    def preempts(self, pod: Pod, victims: Victims) -> None:
        """Note who must go for a pod."""
        names = [victim.name for victim in victims.pods]
        self._note("preempts", pod.name, victims.worker.name, *names)

    def scaled(self, deployment: Deployment, decision: Decision, before: int) -> None:
        """Note why an autoscaler wants another number of replicas; the ratio is in per cent."""
        advice = decision.recommendation
        ratio = -1 if advice.ratio is None else round(advice.ratio * 100)
        numbers = (before, decision.desired, advice.replicas, decision.stabilised, ratio)
        self._note("scaled", deployment.name, *numbers, decision.reason)

    def wanted(self, deployment: Deployment) -> None:
        """Note that somebody wants another number of replicas."""
        self._note("wanted", deployment.name, deployment.replicas)

    def updated(self, deployment: Deployment) -> None:
        """Note that somebody wants another template."""
        newest = deployment.newest
        self._note("updated", deployment.name, newest.number, newest.template.container.image)

    def stalled(self, deployment: Deployment) -> None:
        """Note that an update, or a beginning, makes no progress."""
        newest = sum(pod.ready for pod in deployment.newest.pods)
        former = deployment.ready - newest
        self._note("stalled", deployment.name, newest, deployment.replicas, former)

    def _note(self, what: str, *words: object) -> None:
        if self._record.kept:
            told = " ".join(map(str, (TRACK, what, *words)))
            self._record.note(told, self._env.now)

    def _hear(self, change: Change) -> None:
        what, pod, worker = change
        if what is What.NODE and worker is not None:
            cordoned = "cordoned" if worker.cordoned else worker.state
            self._note("node", worker.name, cordoned)
        elif pod is not None and what is What.READY:
            self._note("ready" if pod.ready else "unready", pod.name)
        elif pod is not None and what in (What.ENDED, What.TERMINATING, What.GONE):
            self._note(what.name.lower(), pod.name)
