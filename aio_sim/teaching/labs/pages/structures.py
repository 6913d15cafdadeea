"""The sheet of the lab on data structures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aio_sim.kernel.messages import _
from aio_sim.storage.structures.catalogue import LIBRARY
from aio_sim.storage.structures.complexity import Complexity
from aio_sim.storage.structures.growth import TOLERANCE, TOLERATED_RATIO, Fit, Growth
from aio_sim.storage.structures.inputs import Case
from aio_sim.storage.structures.measurement import RANGE_KEYS, SIZES
from aio_sim.teaching.labs.pages.plot import plot
from aio_sim.teaching.labs.pages.sheet import Sheet, listed, table
from aio_sim.teaching.labs.structures import StructuresAnswer, StructuresProblem

if TYPE_CHECKING:
    from rich.console import RenderableType


def sheet(problem: StructuresProblem, answer: StructuresAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("How do the costs grow with the number of items?"),
        solution=_solution(problem, answer),
        explanation=_explanation(answer),
    )


def _given(problem: StructuresProblem) -> Iterator[RenderableType]:
    yield _("Data structures: steps counted at {sizes} items, seed {seed}").format(
        sizes=listed(SIZES), seed=problem.seed
    )
    form = _(
        "Steps are comparisons, equality tests, hashes and digits of keys, moves of items, and "
        "pages. Insertions and deletions are amortised; a range has {keys} keys; build is all "
        "insertions from the first."
    )
    yield form.format(keys=RANGE_KEYS)
    if library := [name for name in problem.structures if name in LIBRARY]:
        yield _("Moves derived from the layout of Python's own: {names}").format(
            names=listed(library)
        )
    yield ""


def _solution(problem: StructuresProblem, answer: StructuresAnswer) -> Iterator[RenderableType]:
    if 1 in (len(problem.structures), len(problem.operations)):
        yield _details(answer)
        yield ""
        yield from _plot(problem, answer)
    else:
        for case in Case:
            yield _overview(problem, answer, case)
            yield ""
    yield _space(answer)
    yield ""
    yield _verdict(answer)


def _details(answer: StructuresAnswer) -> RenderableType:
    rows = (
        (
            each.structure.name,
            each.operation,
            each.case,
            each.fit.growth,
            each.expected,
            f"{each.counts[-1][1]:,.1f}",
            _percent(each.fit),
        )
        for each in answer.results
    )
    headings = (
        _("structure"),
        "",
        _("case"),
        _("fitted"),
        _("expected"),
        _("at {n}").format(n=SIZES[-1]),
        _("residual"),
    )
    return table(headings, rows, left=(0, 1, 2, 3, 4))


def _overview(problem: StructuresProblem, answer: StructuresAnswer, case: Case) -> RenderableType:
    found = {
        (each.structure.name, str(each.operation)): _class(each)
        for each in answer.results
        if each.case is case
    }
    rows = (
        (name, *(found[name, operation] for operation in problem.operations))
        for name in problem.structures
    )
    headings = (_("{case} case").format(case=case), *problem.operations)
    return table(headings, rows, left=range(len(headings)))


def _class(each: Complexity) -> str:
    return str(each.fit.growth) + ("" if each.fit.growth is each.expected else " !")


def _plot(problem: StructuresProblem, answer: StructuresAnswer) -> Iterator[RenderableType]:
    average = [each for each in answer.results if each.case is Case.AVERAGE]
    many = len(problem.structures) > 1
    yield _(
        "Steps in the average case; both axes are logarithmic, and where several meet, the first "
        "is seen:"
    )
    yield from plot(
        {each.structure.name if many else str(each.operation): each.counts for each in average}
    )
    yield ""


def _space(answer: StructuresAnswer) -> RenderableType:
    held: dict[str, dict[Case, float]] = {}
    for each in answer.results:
        held.setdefault(each.structure.name, {})[each.case] = each.bytes_per_item
    rows = ((name, *(f"{held[name][case]:,.1f}" for case in Case)) for name in held)
    return table((_("bytes an item"), *(str(case) for case in Case)), rows)


def _verdict(answer: StructuresAnswer) -> str:
    others = [each for each in answer.results if each.fit.growth is not each.expected]
    if not others:
        return _("All {count} fits are of the expected class.").format(count=len(answer.results))
    return _("Not of the expected class: {names}").format(
        names=listed(f"{each.structure.name} {each.operation} {each.case}" for each in others)
    )


def _explanation(answer: StructuresAnswer) -> Iterator[RenderableType]:
    yield ""
    form = _(
        "Each class is fitted as a + b f(n) with a and b of 0 or more, by least squares of the "
        "relative errors; the residual is their root mean square. The slowest class is chosen "
        "whose residual is within {points:g} points of the smallest, or {ratio:g} times it."
    )
    yield form.format(points=TOLERANCE * 100, ratio=TOLERATED_RATIO)
    for each in answer.results:
        yield ""
        yield f"{each.structure.name}, {each.operation}, {each.case}: {formula(each.fit)}"
        yield _("  steps: {counts}").format(
            counts=listed(f"{n}: {count:,.6g}" for n, count in each.counts)
        )
        yield _("  residuals: {residuals}").format(
            residuals=listed(f"{fit.growth}: {_percent(fit)}" for fit in each.candidates)
        )


def formula(fit: Fit) -> str:
    """Return a fit as people write it: `2.1 + 0.98 log n`."""
    if fit.growth is Growth.CONSTANT:
        return f"{fit.base:.3g}"
    return f"{fit.base:.3g} + {fit.slope:.3g} {fit.growth}"


def number(value: float) -> str:
    """Return a cost with three digits at least."""
    return f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"


def _percent(fit: Fit) -> str:
    return f"{fit.residual:.1%}"
