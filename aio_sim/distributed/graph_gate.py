"""The gate of a task graph: a task goes on when all those before it have finished."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from aio_sim.distributed.attended import Attendant, AttendedDispatcher
from aio_sim.distributed.task_graph import TaskGraph
from aio_sim.kernel.messages import _
from aio_sim.scheduling.process import Process


class GraphGate(Attendant):
    """Holds tasks back until those before them have finished; one that never will fails them.

    `graphs` has the graph of each source of tasks that has one, by the source's number; a task's
    index is its number in the graph. The time up to its release counts as blocked, not as waiting.
    """

    def __init__(self, graphs: Mapping[int, TaskGraph]) -> None:
        self._graphs = graphs
        self._left = {
            source: [len(edges) for edges in graph.before] for source, graph in graphs.items()
        }
        self._held: dict[tuple[int, int], Process] = {}
        self._doomed: dict[tuple[int, int], str] = {}
        self._gone: deque[Process] = deque()

    def arrived(self, task: Process, to: AttendedDispatcher) -> bool:
        """Return whether all tasks before it have finished."""
        key = task.source, task.index
        if key in self._doomed:
            to.fail(task, self._doomed[key])
            return False
        if task.source not in self._graphs or not self._left[task.source][task.index]:
            return True
        self._held[key] = task
        return False

    def finished(self, task: Process, to: AttendedDispatcher) -> None:
        """Let those go on that waited for this task alone."""
        graph = self._graphs.get(task.source)
        if graph is None:
            return
        left = self._left[task.source]
        for edge in graph.after[task.index]:
            left[edge.task] -= 1
            held = None if left[edge.task] else self._held.pop((task.source, edge.task), None)
            if held is not None:
                held.blocked += to.env.now - held.arrival
                held.ready_since = to.env.now
                to.go_on(held, self)

    def gone(self, task: Process, to: AttendedDispatcher) -> None:
        """Let those fail that come after a task that was rejected or lost."""
        self._gone.append(task)
        if len(self._gone) > 1:  # in the midst of doing so: in turn, for chains may be long
            return
        while self._gone:
            self._fail_after(self._gone[0], to)
            self._gone.popleft()

    def _fail_after(self, task: Process, to: AttendedDispatcher) -> None:
        graph = self._graphs.get(task.source)
        name = to.trace.sources[task.source].name(task.index)
        reason = _("{task}, which comes before it, was not completed").format(task=name)
        for edge in graph.after[task.index] if graph is not None else ():
            key = task.source, edge.task
            self._doomed.setdefault(key, reason)
            held = self._held.pop(key, None)
            if held is not None:
                to.fail(held, reason)
