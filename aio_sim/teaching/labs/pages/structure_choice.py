"""The sheet of the lab on the choice of a data structure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aio_sim.kernel.messages import _
from aio_sim.storage.structures.choice import Candidate, Demands, Medium
from aio_sim.storage.structures.measurement import SIZES
from aio_sim.teaching.labs.pages.sheet import Sheet, listed, table
from aio_sim.teaching.labs.pages.structures import formula, number
from aio_sim.teaching.labs.structure_choice import ChoiceAnswer, ChoiceProblem

if TYPE_CHECKING:
    from rich.console import RenderableType


def sheet(problem: ChoiceProblem, answer: ChoiceAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem.demands),
        task=_("Which data structure suits this mix?"),
        solution=_solution(problem.demands, answer),
        explanation=_explanation(problem.demands, answer),
    )


def _given(demands: Demands) -> Iterator[RenderableType]:
    yield _("{items:,} items, {case} case, in {medium}").format(
        items=demands.items,
        case=demands.case,
        medium=_("pages on disk") if demands.medium is Medium.DISK else _("memory"),
    )
    if demands.most_bytes is not None:
        yield _("At most {bytes:g} bytes an item").format(bytes=demands.most_bytes)
    shares = listed(f"{name} {share:.1%}" for name, share in demands.shares().items())
    yield _("Operations: {shares}").format(shares=shares)
    yield ""


def _solution(demands: Demands, answer: ChoiceAnswer) -> Iterator[RenderableType]:
    operations = list(demands.shares())
    rows = (
        (
            each.structure.name,
            number(each.mean),
            *(str(each.fits[operation].growth) for operation in operations),
            f"{each.bytes_per_item:,.0f}",
        )
        for each in answer.candidates
    )
    cost = _("pages") if demands.medium is Medium.DISK else _("steps")
    yield table((_("structure"), cost, *map(str, operations), _("bytes")), rows)
    yield ""
    yield _("{name} costs least: {steps} an operation on average").format(
        name=answer.chosen.structure.name, steps=f"{number(answer.chosen.mean)} {cost}"
    )


def _explanation(demands: Demands, answer: ChoiceAnswer) -> Iterator[RenderableType]:
    yield ""
    yield _(
        "Costs were counted at up to {most} items, and are taken from there along the fitted "
        "class; the mean weighs them by the shares. A tie goes to the smaller structure."
    ).format(most=SIZES[-1])
    for each in answer.candidates:
        yield f"{each.structure.name}: {_sum(each, demands)}"


def _sum(each: Candidate, demands: Demands) -> str:
    terms = []
    for operation, share in demands.shares().items():
        law = formula(each.fits[operation])
        terms.append(f"{share:.3g} x {number(each.costs[operation])} ({operation}, {law})")
    return " + ".join(terms) + f" = {number(each.mean)}"
