"""Writes spans of one track to a trace."""

from __future__ import annotations

from aio_sim.kernel.trace import Trace


class Record:
    """Writes what lasted from then to now to a full trace."""

    def __init__(self, trace: Trace, track: str) -> None:
        self.trace = trace
        self.track = track

    @property
    def kept(self) -> bool:
        """Whether spans are written at all."""
        return self.trace.full

    def span(self, name: str, start: int, end: int, process: int = -1) -> None:
        """Write a span, of a process where one is named; nothing where the trace is not full."""
        trace = self.trace
        if trace.full:
            trace.spans.append((trace.code(name), trace.code(self.track), process, start, end))

    def note(self, text: str, time: int) -> None:
        """Write what happened at an instant, in words: a span without length."""
        self.span(text, time, time)
