"""Whole cores, granted and given back, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from aio_sim.analysis.naming import Names, Sentence
from aio_sim.analysis.replay import EXCLUSIVE
from aio_sim.analysis.words import listed
from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.trace import SpanRow, Trace
from aio_sim.kernel.units import format_duration


def grants(trace: Trace, names: Names) -> Iterator[Sentence]:
    """Yield when tasks were granted cores as a whole, and when they gave them back."""
    if EXCLUSIVE not in trace.strings:
        return
    code = trace.strings.index(EXCLUSIVE)
    spans = sorted(
        (span for cells in trace.spans.rows() if (span := SpanRow(*cells)).name == code),
        key=lambda span: (span.process, span.start),
    )
    told: list[Sentence] = []
    for (process, start, end), group in groupby(spans, key=lambda s: (s.process, *s[3:])):
        tracks = [trace.text(span.track) for span in group]
        told += _asked(names, process, start)
        told.append(Sentence(start, _granted(names, process, start, tracks)))
        told.append(Sentence(end, _returned(names, process, len(tracks))))
    yield from sorted(told, key=lambda sentence: sentence.time)


def _asked(names: Names, process: int, granted: int) -> Iterator[Sentence]:
    """Yield the arrival of a task that had to wait for its cores."""
    task = names.tasks.get(process)
    if task is not None and task.arrival < granted:
        form = _("{task} arrives with {work} of work and waits for its cores")
        work = format_duration(task.work)
        yield Sentence(task.arrival, form.format(task=names.name(process), work=work))


def _granted(names: Names, process: int, start: int, tracks: list[str]) -> str:
    hosts = list(dict.fromkeys(track.rpartition("/")[0] for track in tracks))
    sentence = plural(
        "{task} gets {count} whole core of {hosts}",
        "{task} gets {count} whole cores of {hosts}",
        len(tracks),
    ).format(task=names.name(process), count=len(tracks), hosts=listed(hosts))
    task = names.tasks.get(process)
    if task is None or task.arrival == start:
        return sentence
    return sentence + _(", after a wait of {time}").format(
        time=format_duration(start - task.arrival)
    )


def _returned(names: Names, process: int, count: int) -> str:
    return plural(
        "{task} gives its core back", "{task} gives its {count} cores back", count
    ).format(task=names.name(process), count=count)
