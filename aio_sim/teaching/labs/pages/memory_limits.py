"""The sheet of the lab on memory limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aio_sim.containers.memory_limits import DynamicLimit, Memory, MemoryLimit
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.teaching.labs.memory_limits import (
    CACHE,
    MemoryAnswer,
    MemoryProblem,
    Operation,
    Outcome,
)
from aio_sim.teaching.labs.pages.sheet import Sheet, listed, table

if TYPE_CHECKING:
    from rich.console import RenderableType


def sheet(problem: MemoryProblem, answer: MemoryAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("What does the container hold after each step, and who is killed?"),
        solution=_solution(answer),
        explanation=_explanation(problem, answer),
    )


def _given(problem: MemoryProblem) -> Iterator[RenderableType]:
    yield _("A container with {limit}").format(limit=_limit_in_words(problem.limit))
    yield _("The host has {room} free beside it.").format(room=format_size(problem.room))
    yield ""
    for number, operation in enumerate(problem.operations, start=1):
        yield f"{number:2}. {_in_words(operation)}"
    yield ""


def _limit_in_words(limit: MemoryLimit) -> str:
    if not isinstance(limit, DynamicLimit):
        return _("a fixed memory limit of {size}").format(size=format_size(limit.most))
    return _(
        "a dynamic memory limit from {floor} to {ceiling}, its high-water mark at {mark:.4g} %"
    ).format(
        floor=format_size(limit.floor),
        ceiling=format_size(limit.ceiling),
        mark=float(100 * limit.high_water),
    )


def _in_words(operation: Operation) -> str:
    size = format_size(abs(operation.size))
    if operation.name == CACHE:
        return _("files of {size} are read into the cache").format(size=size)
    form = _("{name} takes {size}") if operation.size >= 0 else _("{name} gives back {size}")
    return form.format(name=operation.name, size=size)


def _solution(answer: MemoryAnswer) -> Iterator[RenderableType]:
    headings = (
        *(_("step"), _("used"), _("cache"), _("limit"), _("free on the host")),
        *(_("reclaimed"), _("killed")),
    )
    rows = (
        (
            number,
            *map(format_size, (outcome.memory.used, outcome.memory.cache, outcome.memory.limit)),
            format_size(outcome.room),
            format_size(outcome.reclaimed) if outcome.reclaimed else "",
            listed(outcome.killed),
        )
        for number, outcome in enumerate(answer.outcomes, start=1)
    )
    yield table(headings, rows, left=(6,))


def _explanation(problem: MemoryProblem, answer: MemoryAnswer) -> Iterator[RenderableType]:
    yield ""
    before = Memory(problem.limit.initial)
    for number, outcome in enumerate(answer.outcomes, start=1):
        yield f"{number}. {' '.join(_why(outcome, before))}"
        before = outcome.memory
    yield ""
    if isinstance(problem.limit, DynamicLimit):
        yield _(
            "What is held beyond the mark raises the limit, while the host has room and the "
            "ceiling is not reached; then cache is reclaimed down to the mark. A lower use lowers "
            "the limit again, never below the floor."
        )
    yield _(
        "What processes need cannot be reclaimed, what is cached can. Beyond the limit the one "
        "that holds most is killed, of equals the last; who asked then asks again."
    )


def _why(outcome: Outcome, before: Memory) -> Iterator[str]:
    operation = outcome.operation
    yield _in_words(operation) + "."
    given_back = before.used - outcome.memory.used
    if operation.size < 0 and given_back < -operation.size:
        form = _("It held {size} only.") if given_back else _("It held nothing.")
        yield form.format(size=format_size(given_back))
    if outcome.reclaimed:
        yield _("{size} of cache are reclaimed.").format(size=format_size(outcome.reclaimed))
    for name in outcome.killed:
        yield _("It does not fit, and {name} is killed.").format(name=name)
    limit, after = before.limit, outcome.memory.limit
    if after > limit:
        yield _("The limit grows to {size}.").format(size=format_size(after))
    elif after < limit:
        yield _("The limit falls to {size}.").format(size=format_size(after))
