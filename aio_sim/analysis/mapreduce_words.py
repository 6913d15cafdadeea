"""What the tasks of MapReduce jobs went through, in sentences, as their spans tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from aio_sim.analysis.naming import Sentence
from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import SpanRow
from aio_sim.kernel.units import format_duration

if TYPE_CHECKING:
    from aio_sim.kernel.trace import Trace

SPAN: Final = "mapreduce "
"""How the names of the spans of jobs and of attempts begin."""

_ATTEMPT_WORDS: Final = 4
_JOB_WORDS: Final = 2


def job_sentences(trace: Trace) -> Iterator[Sentence]:
    """Yield when jobs and the attempts at their tasks begin, and how they end."""
    spans = [SpanRow(*cells) for cells in trace.spans.rows()]
    named = [(trace.text(span.name), span) for span in spans]
    told = [(name.removeprefix(SPAN).split(), span) for name, span in named if _is_ours(name)]
    for words, span in told:  # a job begins before its tasks
        if len(words) == _JOB_WORDS:
            yield from _job(words, span)
    for words, span in told:
        if len(words) == _ATTEMPT_WORDS:
            yield from _attempt(words, trace.text(span.track), span)


def _is_ours(name: str) -> bool:
    return name.startswith(SPAN)


def _job(words: list[str], span: SpanRow) -> Iterator[Sentence]:
    """Yield how a job begins and ends, from its name and outcome."""
    job, outcome = words
    told = {"job": plain(job), "time": format_duration(span.end - span.start)}
    ends = {
        "done": _("job {job} has ended after {time}"),
        "failed": _("job {job} fails after {time}"),
        "unfinished": _("job {job} is still under way after {time}"),
    }
    yield Sentence(span.start, _("job {job} begins").format(**told))
    if outcome in ends:
        yield Sentence(span.end, ends[outcome].format(**told))


def _attempt(words: list[str], machine: str, span: SpanRow) -> Iterator[Sentence]:
    """Yield how an attempt begins and ends, from its job, task, kind and outcome."""
    job, task, kind, outcome = words
    told = {
        "job": plain(job),
        "task": plain(task),
        "machine": plain(machine),
        "time": format_duration(span.end - span.start),
    }
    begins = {
        "first": _("{job}: {task} begins on {machine}"),
        "again": _("{job}: {task} begins again on {machine}"),
        "backup": _("{job}: a backup of {task} begins on {machine}"),
    }
    ends = {
        "done": _("{job}: {task} is done on {machine} after {time}"),
        "failed": _("{job}: {task} fails on {machine} after {time}"),
        "lost": _("{job}: {task} is lost with {machine}; nobody knows of it yet"),
        "withdrawn": _("{job}: {task} is withdrawn from {machine}, where nobody needs it any more"),
    }
    if kind in begins:
        yield Sentence(span.start, begins[kind].format(**told))
    if outcome in ends:
        yield Sentence(span.end, ends[outcome].format(**told))
