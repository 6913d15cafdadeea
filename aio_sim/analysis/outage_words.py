"""Hosts that die and come back, in words, as their spans tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from aio_sim.analysis.naming import Sentence
from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import SpanRow

if TYPE_CHECKING:
    from aio_sim.kernel.trace import Trace

TRACK: Final = "failures"
DOWN: Final = " down"
"""How the name of the span ends for which a host was down."""


def outage_sentences(trace: Trace) -> Iterator[Sentence]:
    """Yield when hosts died, and when they came back before the end of the run."""
    for cells in trace.spans.rows():
        span = SpanRow(*cells)
        name = trace.text(span.name)
        if trace.text(span.track) != TRACK or not name.endswith(DOWN):
            continue
        host = plain(name.removesuffix(DOWN))
        yield Sentence(span.start, _("{host} dies, with all that is on it").format(host=host))
        if span.end < trace.meta["ended_at"]:
            yield Sentence(span.end, _("{host} is back").format(host=host))
