"""What the processes of a trace are called in a sentence."""

from __future__ import annotations

from typing import NamedTuple

from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import NO_TASK, TaskRow, Trace


class Sentence(NamedTuple):
    """What happened at an instant (nanoseconds), in words."""

    time: int
    text: str


class Names:
    """The tasks of a trace, and the names of all its processes."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self.tasks = {cells[0]: TaskRow(*cells) for cells in trace.tasks.rows()}
        """By number."""
        self._others: list[str] = trace.meta.get("processes", [])

    def name(self, process: int, machine: str = "") -> str:
        """Return the name of a process, without that of a machine that was named before it."""
        task = self.tasks.get(process)
        if task is not None:
            return plain(self._trace.sources[task.source].name(task.index))
        if 0 <= process - NO_TASK < len(self._others):
            return plain(self._others[process - NO_TASK].removeprefix(f"{machine}: "))
        return _("process {number}").format(number=process)
