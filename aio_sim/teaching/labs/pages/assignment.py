"""The sheet of the lab on task allocation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.units import format_duration
from aio_sim.report.gantt import Gantt
from aio_sim.report.words import number
from aio_sim.teaching.labs.assignment import LISTS, AssignmentAnswer, AssignmentProblem
from aio_sim.teaching.labs.pages.sheet import Sheet, listed, table

if TYPE_CHECKING:
    from rich.console import RenderableType


def sheet(problem: AssignmentProblem, answer: AssignmentAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("Which machine does each task, and when is the last one done?"),
        solution=_solution(answer),
        explanation=_explanation(answer),
    )


def _given(problem: AssignmentProblem) -> Iterator[RenderableType]:
    form = plural(
        "{rule}: {tasks} for {machines} machine",
        "{rule}: {tasks} for {machines} machines",
        problem.machines,
    )
    duties = listed(f"{duty.name} {format_duration(duty.work)}" for duty in problem.duties)
    yield form.format(rule=problem.rule, tasks=duties, machines=problem.machines)
    yield _rule(problem.rule)
    yield ""


def _rule(rule: str) -> str:
    return {
        "list": _("The next of the list goes to the first machine that is free."),
        "lpt": _("The longest that is left goes to the first machine that is free."),
        "sjf": _("The shortest that is left goes to the first machine that is free."),
        "round_robin": _("Each goes to the next machine in turn, and waits there."),
        "random": _("Each goes to any machine, and waits there."),
        "least_loaded": _(
            "Each goes to the machine with the fewest tasks a core, and waits there."
        ),
        "join_shortest_queue": _(
            "Each goes to the machine of the shortest queue, and waits there."
        ),
        "power_of_two": _("Each goes to the one of two machines that has fewer tasks."),
    }[rule]


def _solution(answer: AssignmentAnswer) -> Iterator[RenderableType]:
    rows = (
        (each.name, each.machine, number(each.start), number(each.finish)) for each in answer.done
    )
    yield table((_("task"), _("machine"), _("start, s"), _("finish, s")), rows, left=(0, 1))
    yield ""
    yield _("all done at {makespan} s").format(makespan=number(answer.makespan))


def _explanation(answer: AssignmentAnswer) -> Iterator[RenderableType]:
    yield ""
    yield Gantt(answer.run.trace)
    yield ""
    least, makespan = answer.least, answer.makespan
    yield _(
        "No schedule is shorter than the work of all over the machines, or than the longest task: "
        "{least} s. This one takes {ratio} times that."
    ).format(least=number(least), ratio=number(makespan / least))
    machines, guarantee = answer.problem.machines, answer.guarantee
    yield _bound(answer.problem.rule).format(machines=machines, bound=guarantee)


def _bound(rule: str) -> str:
    """Return the sentence on how far a rule may be from the best schedule."""
    if rule == "lpt":
        return _(
            "It is never more than 4/3 - 1/(3 x {machines}) = {bound} times the best (Graham 1969)."
        )
    if rule in LISTS:
        return _("It is never more than 2 - 1/{machines} = {bound} times the best (Graham 1969).")
    return _("One machine may get all of it: that is never more than {bound} times the best.")
