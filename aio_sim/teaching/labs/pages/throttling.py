"""The sheet of the lab on CPU bandwidth control."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.units import format_duration
from aio_sim.teaching.labs.pages.sheet import Sheet, table
from aio_sim.teaching.labs.throttling import Stretch, ThrottleAnswer, ThrottleProblem, stretches

if TYPE_CHECKING:
    from rich.console import RenderableType

_WIDTH: Final = 40
"""Characters of a period."""
_ROWS: Final = 20
"""Periods that are drawn."""


def sheet(problem: ThrottleProblem, answer: ThrottleAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("When is the work done, and for how long is it throttled?"),
        solution=_solution(answer),
        explanation=_explanation(problem, answer),
    )


def _given(problem: ThrottleProblem) -> Iterator[RenderableType]:
    form = _("CPU bandwidth control: {quota} of CPU time in every {period}")
    yield form.format(quota=format_duration(problem.quota), period=format_duration(problem.period))
    form = plural(
        "{work} of work for {threads} thread, from {start} on",
        "{work} of work for {threads} threads, shared equally, from {start} on",
        problem.threads,
    )
    yield form.format(
        work=format_duration(problem.work),
        threads=problem.threads,
        start=format_duration(problem.start),
    )
    yield ""


def _solution(answer: ThrottleAnswer) -> Iterator[RenderableType]:
    finish, periods, throttled = answer.run[:3]
    form = plural(
        "done at {finish}, in {periods:,} period; throttled for {throttled}",
        "done at {finish}, in {periods:,} periods; throttled for {throttled}",
        periods,
    )
    yield form.format(
        finish=format_duration(finish), periods=periods, throttled=format_duration(throttled)
    )


def _explanation(problem: ThrottleProblem, answer: ThrottleAnswer) -> Iterator[RenderableType]:
    yield ""
    rows = (
        (
            format_duration(stretch.period * problem.period),
            _bar(problem, stretch),
            format_duration(stretch.running),
            format_duration(stretch.held),
        )
        for stretch in islice(stretches(problem), _ROWS)
    )
    yield table((_("period from"), "", _("runs"), _("held back")), rows, left=(1,))
    if answer.run.periods > _ROWS:
        yield _("... and {count:,} more").format(count=answer.run.periods - _ROWS)
    yield ""
    yield _("█ runs, ░ is throttled, · is not there")
    yield ""
    yield _derivation(problem)


def _bar(problem: ThrottleProblem, stretch: Stretch) -> str:
    """Return a period as a line of characters, each the state at its middle."""
    return "".join(_mark(problem.period, stretch, cell) for cell in range(_WIDTH))


def _mark(period: int, stretch: Stretch, cell: int) -> str:
    # Doubled, so that the middle of a cell is a whole number of parts.
    middle = (2 * _WIDTH * stretch.period + 2 * cell + 1) * period
    scale = 2 * _WIDTH
    if not stretch.begin * scale <= middle < stretch.end * scale:
        return "·"
    return "█" if middle < (stretch.begin + stretch.running) * scale else "░"


def _derivation(problem: ThrottleProblem) -> str:
    if problem.quota >= problem.threads * problem.period:
        return _("The quota lasts for every period: it never throttles.")
    runs = format_duration(-(-problem.quota // problem.threads))
    form = plural(
        "The quota lasts for {runs} of a period; then nothing of it runs until the next one "
        "begins.",
        "With {threads} at once the quota lasts for {quota} / {threads} = {runs} of a period; then "
        "nothing of it runs until the next one begins.",
        problem.threads,
    )
    return form.format(threads=problem.threads, quota=format_duration(problem.quota), runs=runs)
