"""From the rows of a trace to tasks in order of arrival: origin, window, scale of time, limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from aio_sim.distributed.tasks import TaskBlock
from aio_sim.kernel.errors import Problem, WorkloadError
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import LARGEST
from aio_sim.scenario.readers.rows import Rows, Skips, joined, length, take
from aio_sim.scenario.readers.terms import CHUNK, Fits

LATEST = CHUNK
"""How many rows late, against the order of arrival, a row may stand in a file."""


@dataclass(frozen=True)
class Window:
    """Which stretch of a log is replayed, and how fast; times in nanoseconds."""

    from_first: bool = False
    """Whether time 0 is the earliest row, and not the file's own 0."""
    start: int | None = None
    end: int | None = None
    time_scale: Fraction = Fraction(1)


def not_empty(chunks: Iterator[Rows], skips: Skips) -> Iterator[Rows]:
    """Yield the same rows.

    Raises WorkloadError where there is none at all.
    """
    empty = True
    for chunk in chunks:
        empty = empty and not length(chunk)
        yield chunk
    if empty and skips.first is not None:
        message = _("none of its rows can be used; the first: {problem}").format(
            problem=replace(skips.first, file="")
        )
        raise WorkloadError(Problem(message, skips.file, skips.first.line))
    if empty:
        raise WorkloadError(Problem(_("there are no rows in it"), skips.file))


def ordered(chunks: Iterator[Rows], skips: Skips) -> Iterator[Rows]:
    """Yield the rows in order of arrival, those of one instant in the order of the file.

    A row may stand up to LATEST rows late; one that is later still goes to `skips`. What stands
    before a line in error is yielded first, so that a reader who stops there never meets it.
    """
    held: Rows | None = None
    latest = -LARGEST
    failure: WorkloadError | None = None
    for chunk in _gathered(chunks):
        if isinstance(chunk, WorkloadError):
            failure = chunk
            break
        held = _in_time(chunk if held is None else joined(held, chunk), latest, skips)
        ready = length(held) - LATEST
        if ready > 0:
            latest = int(held["arrival"][ready - 1])
            yield from _cut(take(held, slice(ready)))
            held = take(held, slice(ready, None))
    if held is not None:
        yield from _cut(held)
    if failure is not None:
        raise failure


def _gathered(chunks: Iterator[Rows]) -> Iterator[Rows | WorkloadError]:
    """Yield the rows in chunks of CHUNK or more, for merging them costs little; an error last."""
    waiting: list[Rows] = []
    count = 0
    failure: WorkloadError | None = None
    try:
        for chunk in chunks:
            waiting.append(chunk)
            count += length(chunk)
            if count >= CHUNK:
                yield joined(*waiting)
                waiting, count = [], 0
    except WorkloadError as error:
        failure = error
    if waiting:
        yield joined(*waiting)
    if failure is not None:
        yield failure


def _in_time(rows: Rows, latest: int, skips: Skips) -> Rows:
    """Return the rows sorted by arrival, without those that come before what has been yielded."""
    arrival = rows["arrival"]
    if (arrival[1:] < arrival[:-1]).any():
        rows = take(rows, np.argsort(arrival, kind="stable"))
    too_late = int(np.searchsorted(rows["arrival"], latest))
    for line in np.sort(rows["line"][:too_late]).tolist():
        skips.add(
            _("arrives before rows that stand more than {rows} rows above; sort the file").format(
                rows=LATEST
            ),
            line,
        )
    return take(rows, slice(too_late, None))


def _cut(rows: Rows) -> Iterator[Rows]:
    for at in range(0, length(rows), CHUNK):
        yield take(rows, slice(at, at + CHUNK))


def windowed(chunks: Iterator[Rows], window: Window, skips: Skips) -> Iterator[Rows]:
    """Yield the rows of a window of time, counted from its beginning and scaled.

    Rows that arrive before the file's 0 go to `skips`.

    Raises WorkloadError where a scaled arrival is beyond 2**62 ns.
    """
    origin: int | None = None if window.from_first else 0
    for rows in chunks:
        if origin is None:
            origin = int(rows["arrival"][0])
        rows["arrival"] = rows["arrival"] - origin
        over = window.end is not None and bool(rows["arrival"][-1] >= window.end)
        inside = take(rows, _inside(rows, window, skips))
        if length(inside):
            inside["arrival"] = _scaled(inside["arrival"] - (window.start or 0), window, skips.file)
            yield inside
        if over:
            return


def _inside(rows: Rows, window: Window, skips: Skips) -> slice:
    arrival = rows["arrival"]
    first = int(np.searchsorted(arrival, 0))
    for line in np.sort(rows["line"][:first]).tolist():
        skips.add(_("arrives before time 0; `origin: first` makes 0 of the first row"), line)
    if window.start is not None:
        first = max(first, int(np.searchsorted(arrival, window.start)))
    if window.end is None:
        return slice(first, None)
    return slice(first, int(np.searchsorted(arrival, window.end)))


def _scaled(arrival: npt.NDArray[np.int64], window: Window, file: str) -> npt.NDArray[np.int64]:
    """Return arrivals times the scale, to the nearest nanosecond; exact."""
    by, over = window.time_scale.as_integer_ratio()
    last = int(arrival[-1])
    if last * by > LARGEST * over:
        raise WorkloadError(Problem(_("`time_scale` makes arrivals too late to count"), file))
    if last * by + over < LARGEST:
        return (arrival * by + over // 2) // over
    return np.array([(at * by + over // 2) // over for at in arrival.tolist()], dtype=np.int64)


def limited(
    blocks: Iterator[TaskBlock], limit: int | None, fits: Fits | None
) -> Iterator[TaskBlock]:
    """Yield tasks until `limit` of them are accepted: neither refused, nor too large to fit."""
    if limit is None:
        yield from blocks
        return
    left = limit
    for block in blocks:
        accepted = np.cumsum(_accepted(block, fits))
        if accepted[-1] >= left:
            yield _first(block, int(np.searchsorted(accepted, left)) + 1)
            return
        left -= int(accepted[-1])
        yield block


def _accepted(block: TaskBlock, fits: Fits | None) -> npt.NDArray[np.bool_]:
    accepted = np.ones(len(block), dtype=np.bool_) if fits is None else fits(block)
    if block.refused is not None:
        accepted = accepted & np.array([reason is None for reason in block.refused])
    return accepted


def _first(block: TaskBlock, n: int) -> TaskBlock:
    """Return the first n tasks of a block."""
    columns = {field.name: getattr(block, field.name) for field in fields(block)}
    return TaskBlock(**{name: _head(column, n) for name, column in columns.items()})


def _head(column: Any, n: int) -> Any:
    return column[:n] if isinstance(column, np.ndarray | list | range) else column
