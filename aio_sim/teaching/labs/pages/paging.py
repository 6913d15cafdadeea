"""The sheet of the lab on page replacement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aio_sim.kernel.messages import _, plural
from aio_sim.teaching.labs.pages.sheet import Sheet, listed, table
from aio_sim.teaching.labs.paging import PagingAnswer, PagingProblem
from aio_sim.virtualization.memory.paging import PagingStep

if TYPE_CHECKING:
    from rich.console import RenderableType


def sheet(problem: PagingProblem, answer: PagingAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("Which accesses fault, and which page leaves each time?"),
        solution=_solution(answer),
        explanation=_explanation(problem, answer),
    )


def _given(problem: PagingProblem) -> Iterator[RenderableType]:
    form = plural(
        "Page replacement: {policy}, {frames} frame, empty at first",
        "Page replacement: {policy}, {frames} frames, empty at first",
        problem.frames,
    )
    yield form.format(policy=problem.policy, frames=problem.frames)
    yield _("Reference string: {pages}").format(pages=listed(problem.reference))
    yield ""


def _solution(answer: PagingAnswer) -> Iterator[RenderableType]:
    rows = (
        (
            step.page,
            _("hit") if step.hit else _("fault"),
            "" if step.evicted is None else step.evicted,
            " ".join(str(page) for page in step.frames),
        )
        for step in answer.steps
    )
    yield table((_("page"), "", _("evicted"), _("frames")), rows, left=(1, 3))
    yield ""
    yield _score(answer)


def _score(answer: PagingAnswer) -> str:
    hits = plural("{count} hit", "{count} hits", answer.hits).format(count=answer.hits)
    faults = plural("{count} fault", "{count} faults", answer.faults).format(count=answer.faults)
    return _("{hits}, {faults}").format(hits=hits, faults=faults)


def _explanation(problem: PagingProblem, answer: PagingAnswer) -> Iterator[RenderableType]:
    yield ""
    loaded: dict[object, int] = {}
    for time, step in enumerate(answer.steps):
        yield f"{time + 1}. " + _sentence(problem, answer.steps, time, loaded)
        if step.evicted is not None:
            del loaded[step.evicted]
        loaded.setdefault(step.page, time)


def _sentence(
    problem: PagingProblem, steps: Sequence[PagingStep], time: int, loaded: dict[object, int]
) -> str:
    step = steps[time]
    if step.hit:
        return _("Page {page} is in memory: a hit.").format(page=step.page)
    if step.evicted is None:
        return _("Page {page} is not in memory, and a frame is free: a fault.").format(
            page=step.page
        )
    form = _("Page {page} is not in memory: a fault. Page {evicted} leaves: {reason}.")
    reason = _reason(problem, time, step.evicted, loaded)
    return form.format(page=step.page, evicted=step.evicted, reason=reason)


def _reason(problem: PagingProblem, time: int, evicted: object, loaded: dict[object, int]) -> str:
    """Return why the policy chose this page; accesses are numbered from 1."""
    reference = problem.reference
    came = loaded[evicted]
    if problem.policy == "fifo":
        return _("it has been in memory longest, since access {access}").format(access=came + 1)
    if problem.policy == "lru":
        used = max(at for at in range(came, time) if reference[at] == evicted)
        return _("it was used longest ago, at access {access}").format(access=used + 1)
    if problem.policy == "lfu":
        uses = reference[came:time].count(evicted)
        form = plural(
            "it was used least, {count} time since it came in",
            "it was used least, {count} times since it came in",
            uses,
        )
        return form.format(count=uses)
    if problem.policy == "opt":
        return _next_use(reference, time, evicted)
    return _chance(problem.policy)


def _next_use(reference: Sequence[int], time: int, evicted: object) -> str:
    following = [at for at in range(time, len(reference)) if reference[at] == evicted]
    if not following:
        return _("it is never needed again")
    form = _("it is not needed until access {access}, the latest of all")
    return form.format(access=following[0] + 1)


def _chance(policy: str) -> str:
    if policy == "random":
        return _("it was drawn")
    return _("it is the first in turn that was not used since it was last passed over")
