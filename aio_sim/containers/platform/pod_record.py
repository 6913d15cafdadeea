"""What a trace keeps of pods: how long each had no place, and how long it took to become ready."""

from __future__ import annotations

from aio_sim.containers.platform.cluster import Change, Cluster, What
from aio_sim.kernel.span_record import Record
from aio_sim.kernel.trace import Trace


class PodRecord:
    """Writes spans of pods, and collects the times from creation to the first readiness."""

    def __init__(self, cluster: Cluster, trace: Trace) -> None:
        self.start_times: list[int] = []
        """Nanoseconds."""
        self._env = cluster.env
        self._trace = trace
        self._new: set[str] = set()  # pods that were not ready yet
        cluster.watch(self._hear)

    def _hear(self, change: Change) -> None:
        what, pod, now = change.what, change.pod, self._env.now
        if pod is None:
            return
        record = Record(self._trace, f"{pod.name} stages")
        if what is What.CREATED:
            self._new.add(pod.name)
        elif what is What.BOUND and change.worker is not None:
            record.span("pending", pod.since, now)
        elif what is What.READY and pod.ready and pod.name in self._new:
            self._new.remove(pod.name)
            self.start_times.append(now - pod.since)
        elif what is What.GONE:
            self._new.discard(pod.name)
