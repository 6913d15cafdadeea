"""The sheet of the lab on processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aio_sim.containers.processes.answers import Happening, Refusal, What
from aio_sim.containers.processes.script import Outcome, Row, Step
from aio_sim.containers.processes.signals import ExitStatus
from aio_sim.containers.processes.states import ZOMBIE
from aio_sim.containers.processes.table import INIT, OUTSIDE
from aio_sim.kernel.messages import _, plural
from aio_sim.teaching.labs.pages.sheet import Sheet
from aio_sim.teaching.labs.processes import ProcessesAnswer, ProcessesProblem, returned

if TYPE_CHECKING:
    from rich.console import RenderableType


def sheet(problem: ProcessesProblem, answer: ProcessesAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("What does each call return, and what does the tree look like after it?"),
        solution=_solution(answer),
        explanation=_explanation(answer),
    )


def _given(problem: ProcessesProblem) -> Iterator[RenderableType]:
    if problem.reaps:
        yield _("A container with PID 1, an init that reaps whatever ends below it")
    else:
        yield _("A container with PID 1, a program that reaps only what it waits for")
    if problem.limit is not None:
        form = plural("At most {count} process", "At most {count} processes", problem.limit)
        yield form.format(count=problem.limit)
    yield ""
    width = max((len(str(step)) for step in problem.steps), default=0)
    for number, step in enumerate(problem.steps, start=1):
        yield f"{number:2}. {step!s:{width}}   {_question(step)}"
    yield ""


def _question(step: Step) -> str:
    """Return what to answer before one looks."""
    form = {
        "fork": _("Which PID does the child get?"),
        "spawn": _("Which PID does the child get?"),
        "exec": _("What of {actor} changes, and what stays?"),
        "exit": _("What becomes of {actor}, and of its children?"),
        "wait": _("Does {actor} wait, and what for?"),
        "poll": _("Has a child of {actor} ended?"),
        "kill": _("Does the target end, and with which status?"),
        "handle": _("What will the signal do to {actor} now?"),
        "block": _("Who can run now?"),
        "wake": _("Does {actor} run now?"),
    }[step.verb]
    return form.format(actor=step.actor)


def _solution(answer: ProcessesAnswer) -> Iterator[RenderableType]:
    for number, outcome in enumerate(answer.outcomes, start=1):
        yield f"{number}. {outcome.step}{_returned(outcome)}"
        yield from (f"   {line}" for line in tree(outcome.rows))
        if not outcome.rows:
            yield "   " + _("no process is left")
        yield ""
    if answer.exit_code is None:
        yield _("The container runs.")
    else:
        yield _("The container has ended with exit code {code}.").format(code=answer.exit_code)


def _returned(outcome: Outcome) -> str:
    value = returned(outcome)
    return "" if value is None else f" = {value}"


def tree(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of a process tree: PID, name, state, and how a zombie ended."""
    children: dict[int, list[Row]] = {}
    for row in rows:
        children.setdefault(row.parent, []).append(row)
    # A stack, for a chain of forks is as deep as it is long.
    stack = [(row, "", "") for row in reversed(children.get(OUTSIDE, []))]
    while stack:
        row, lead, indent = stack.pop()
        yield f"{lead}{row.pid} {row.name} {_state(row)}"
        below = children.get(row.pid, [])
        for child in reversed(below):
            last = child is below[-1]
            branch, space = ("└─ ", "   ") if last else ("├─ ", "│  ")
            stack.append((child, indent + branch, indent + space))


def _state(row: Row) -> str:
    if row.state is ZOMBIE and row.status is not None:
        return f"{row.state}, {_ending(row.status)}"
    return str(row.state)


def _ending(status: ExitStatus) -> str:
    if status.signal is None:
        return _("exit code {code}").format(code=status.code)
    return _("killed by {signal}, {code}").format(signal=status.signal.name, code=status.reported)


def _explanation(answer: ProcessesAnswer) -> Iterator[RenderableType]:
    yield ""
    for number, outcome in enumerate(answer.outcomes, start=1):
        yield f"{number}. " + " ".join(_sentences(outcome))


def _sentences(outcome: Outcome) -> Iterator[str]:
    step = outcome.step
    if outcome.refusal is not None:
        yield _refused(outcome.refusal, step)
    elif step.verb == "block":
        yield _("{pid} waits for input or output, without a core.").format(pid=step.actor)
    elif step.verb == "wake":
        yield _("{pid} has what it waited for, and is ready.").format(pid=step.actor)
    yield from (_happened(happening) for happening in outcome.happened)


def _refused(refusal: Refusal, step: Step) -> str:
    form = {
        Refusal.ECHILD: _("{actor} has no such child to wait for."),
        Refusal.ESRCH: _("There is no process {target}: it never was, or it has been reaped."),
        Refusal.EAGAIN: _("The limit of processes is reached; zombies count as well."),
        Refusal.EINVAL: _("KILL cannot be caught nor ignored."),
    }[refusal]
    return form.format(actor=step.actor, target=step.rest[0] if step.rest else "")


def _happened(each: Happening) -> str:
    form = {
        What.FORKED: _("{pid} is a copy of {other}, and its child."),
        What.REPLACED: _("{pid} runs another program; PID, parent and children are the same."),
        What.ENDED: _("{pid} has ended, {ending}: a zombie until its parent asks."),
        What.ADOPTED: _("{pid} has lost its parent {other}; PID 1 adopts it."),
        What.REAPED: _("{pid} is reaped for {other}, and leaves the table."),
        What.BLOCKED: _("{pid} waits for {whom}."),
        What.WOKE: _("{pid} wakes."),
        What.NOT_YET: _("{pid} has children, and none has ended."),
        What.CAUGHT: _("{pid} has a handler for {signal}, which runs."),
        What.IGNORED: _("{signal} does nothing to {pid}."),
        What.SHIELDED: _("PID 1 has no handler for {signal}, so that it does not reach it."),
        What.SET: _("{pid} has decided what {signal} does to it."),
        What.CLEARED: _("{pid} goes with PID 1."),
    }[each.what]
    if each.what is What.ENDED and each.pid == INIT:
        form = _("PID 1 has ended, {ending}, and with it the container.")
    return form.format(
        pid=each.pid,
        other=each.other,
        whom=each.other or _("any child"),
        signal="" if each.signal is None else each.signal.name,
        ending="" if each.status is None else _ending(each.status),
    )
