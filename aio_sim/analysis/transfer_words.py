"""What became of files, distributions and the input of tasks, in sentences, as spans tell it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from aio_sim.analysis.naming import Names, Sentence
from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import SpanRow
from aio_sim.kernel.units import format_duration

if TYPE_CHECKING:
    from aio_sim.kernel.trace import Trace

TRACKS: Final = ("files", "distributions")
"""The tracks whose spans are sentences: what was done, from when to when."""
INPUT: Final = "input"
"""The span in which a task waits for its input."""


def transfer_sentences(trace: Trace, names: Names) -> Iterator[Sentence]:
    """Yield when transfers begin and end, and which task waits for its input, and how long."""
    for cells in trace.spans.rows():
        span = SpanRow(*cells)
        if trace.text(span.track) in TRACKS:
            yield from _done(plain(trace.text(span.name)), span)
        elif span.process >= 0 and trace.text(span.name) == INPUT:
            form = _("{machine}: {task} waits for its input, which is there after {time}")
            told = form.format(
                machine=plain(trace.text(span.track)),
                task=names.name(span.process),
                time=format_duration(span.end - span.start),
            )
            yield Sentence(span.start, told)


def _done(what: str, span: SpanRow) -> Iterator[Sentence]:
    if span.end == span.start:
        yield Sentence(span.start, what)
        return
    yield Sentence(span.start, _("{what} begins").format(what=what))
    form = _("{what} has ended after {time}")
    yield Sentence(span.end, form.format(what=what, time=format_duration(span.end - span.start)))
