"""The sheet of the lab on scheduling."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aio_sim.analysis.explanation import explain
from aio_sim.kernel.errors import UnitError
from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.units import format_duration, parse_duration
from aio_sim.report.gantt import Gantt
from aio_sim.report.words import number
from aio_sim.teaching.labs.pages.sheet import Sheet, listed, table
from aio_sim.teaching.labs.scheduling import ScheduleAnswer, ScheduleProblem

if TYPE_CHECKING:
    from rich.console import RenderableType

_FIELDS = ("start", "finish", "waiting", "turnaround", "response")


def sheet(problem: ScheduleProblem, answer: ScheduleAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("When does each process run, and how long does each wait?"),
        solution=_solution(answer),
        explanation=_explanation(answer),
    )


def _given(problem: ScheduleProblem) -> Iterator[RenderableType]:
    form = plural("{policy} on {cores} core", "{policy} on {cores} cores", problem.cores)
    told = form.format(policy=problem.policy, cores=problem.cores)
    options = listed(_option(name, value) for name, value in problem.options.items())
    yield f"{told}, {options}" if options else told
    yield from _conventions(problem)
    yield ""
    ranked = any(job.priority for job in problem.jobs)
    headings = (_("process"), _("arrival"), _("work"), *([_("priority")] if ranked else []))
    rows = (
        (
            job.name,
            format_duration(job.arrival),
            format_duration(job.work),
            *([job.priority] if ranked else []),
        )
        for job in problem.jobs
    )
    yield table(headings, rows)
    yield ""


def _option(name: str, value: object) -> str:
    """Return an option in words; a bare number is seconds where times are wanted."""
    if name != "quantum":
        return f"{name} {str(value).lower() if isinstance(value, bool) else value}"
    try:
        return f"{name} {format_duration(parse_duration(value))}"
    except UnitError:  # the scenario says later what it expects
        return f"{name} {value}"


def _conventions(problem: ScheduleProblem) -> Iterator[str]:
    """Yield what must be known to work it out by hand and is not in the policy's name."""
    if problem.policy == "rr":
        yield _("Who arrives as a turn ends queues before the one whose turn it was.")
    if problem.policy in ("sjf", "srtf", "priority"):
        yield _("Of equals the one that arrived first runs first.")
    if problem.policy == "priority":
        yield _("The smaller number is the higher priority.")
        if problem.options.get("preemptive"):
            yield _("A process of higher priority takes the core at once.")
        elif not problem.options:
            yield _("Whoever runs is not interrupted.")


def _solution(answer: ScheduleAnswer) -> Iterator[RenderableType]:
    yield Gantt(answer.run.trace)
    yield ""
    headings = (
        *(_("process"), _("start"), _("finish"), _("waiting")),
        *(_("turnaround"), _("response")),
    )
    rows: list[tuple[str, ...]] = [
        (turn.name, *(number(getattr(turn, field)) for field in _FIELDS)) for turn in answer.turns
    ]
    means = (number(answer.mean(field)) for field in _FIELDS[2:])
    yield table(headings, [*rows, (_("mean"), "", "", *means)])


def _explanation(answer: ScheduleAnswer) -> Iterator[RenderableType]:
    yield ""
    yield from explain(answer.run.trace)
    yield ""
    yield _(
        "waiting = in a ready queue; turnaround = finish - arrival; response = start - arrival; "
        "all in seconds"
    )
