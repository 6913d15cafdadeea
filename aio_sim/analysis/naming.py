"""What the processes of a trace are called in a sentence."""

from __future__ import annotations

from typing import Final, NamedTuple

from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import NO_TASK, SpanRow, TaskRow, Trace

_PIECES: Final = ("image copy", "encryption")


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
        self.failed_at = _failures(trace)
        """When each task failed (nanoseconds), of a full trace."""
        self._others: list[str] = trace.meta.get("processes", [])

    def of_a_copy(self, process: int) -> bool:
        """Return whether a process compresses, or encrypts, a piece of what is on its way."""
        place = process - NO_TASK
        return 0 <= place < len(self._others) and self._others[place] in _PIECES

    def name(self, process: int, machine: str = "") -> str:
        """Return the name of a process, without that of a machine that was named before it."""
        task = self.tasks.get(process)
        if task is not None:
            return plain(self._trace.sources[task.source].name(task.index))
        if 0 <= process - NO_TASK < len(self._others):
            return plain(self._others[process - NO_TASK].removeprefix(f"{machine}: "))
        return _("process {number}").format(number=process)


def _failures(trace: Trace) -> dict[int, int]:
    spans = (SpanRow(*cells) for cells in trace.spans.rows())
    return {
        span.process: span.end
        for span in spans
        if span.process >= 0 and trace.text(span.name) == "failed"
    }
