"""The sheet of the lab on variable partitions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aio_sim.kernel.messages import _, plural
from aio_sim.teaching.labs.allocation import (
    BUDDY,
    AllocationAnswer,
    AllocationProblem,
    AllocationStep,
    steps,
)
from aio_sim.teaching.labs.pages.sheet import Sheet, listed, table

if TYPE_CHECKING:
    from rich.console import RenderableType

    from aio_sim.virtualization.memory.allocator import Hole


def sheet(problem: AllocationProblem, answer: AllocationAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("Which address does each request get, and what is free in the end?"),
        solution=_solution(problem, answer),
        explanation=_explanation(problem),
    )


def _given(problem: AllocationProblem) -> Iterator[RenderableType]:
    form = _("Variable partitions: {fit}, memory of {size} from address {base}, {joining}")
    yield form.format(
        fit=_("buddy system") if problem.fit == BUDDY else f"{problem.fit} fit",
        size=problem.size,
        base=problem.base,
        joining=_("holes joined")
        if problem.coalesce or problem.fit == BUDDY
        else _("holes not joined"),
    )
    yield _("Requests: {operations}").format(operations=listed(problem.operations))
    yield _("+N asks for N, -N frees what the N-th + got, counted from 0.")
    yield ""


def _solution(problem: AllocationProblem, answer: AllocationAnswer) -> Iterator[RenderableType]:
    rows = (
        (
            step.operation.operation,
            _("none fits") if step.operation.address is None else step.operation.address,
            "" if step.searched is None else step.searched,
            _holes(step.free),
        )
        for step in steps(problem)
    )
    headings = (_("request"), _("address"), _("searched"), _("free: start+size"))
    yield table(headings, rows, left=(0, 3))
    yield ""
    free = sum(hole.size for hole in answer.free)
    form = plural("{size} free in {count} hole", "{size} free in {count} holes", len(answer.free))
    yield form.format(size=free, count=len(answer.free))


def _holes(holes: tuple[Hole, ...]) -> str:
    return " ".join(f"{hole.start}+{hole.size}" for hole in holes) or _("nothing")


def _explanation(problem: AllocationProblem) -> Iterator[RenderableType]:
    yield ""
    before = f"{problem.base}+{problem.size}"
    for number, step in enumerate(steps(problem), start=1):
        yield f"{number}. {_sentence(problem, step, before)}"
        before = _holes(step.free)


def _sentence(problem: AllocationProblem, step: AllocationStep, before: str) -> str:
    request, address = step.operation
    size = request[1:]
    if request.startswith("-"):
        form = _("{request}: the block at {address} is free again, which leaves {free}.")
        return form.format(request=request, address=address, free=_holes(step.free))
    if address is None:
        return _("{request}: none of {free} has room for {size}.").format(
            request=request, free=before, size=size
        )
    form = _("{request}: of {free}, {rule} begins at {address}.")
    return form.format(request=request, free=before, rule=_rule(problem.fit), address=address)


def _rule(fit: str) -> str:
    """Return which of the holes that are large enough the fit takes."""
    return {
        "first": _("the first that is large enough"),
        "best": _("the smallest that is large enough"),
        "worst": _("the largest"),
        "next": _("the first that is large enough from where the last search ended"),
        BUDDY: _("the smallest block, halved as often as it can be,"),
    }[fit]
