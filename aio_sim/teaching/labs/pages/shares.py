"""The sheet of the lab on shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.units import format_size
from aio_sim.teaching.labs.pages.sheet import Sheet, listed, table
from aio_sim.teaching.labs.shares import Resource, SharesAnswer, SharesProblem

if TYPE_CHECKING:
    from rich.console import RenderableType

    from aio_sim.virtualization.entitlement import Claim

_SHARES: Final = 1000
"""Levels are shown for so many shares."""


def sheet(problem: SharesProblem, answer: SharesAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("Which machines find room, and what is each entitled to when all want all?"),
        solution=_solution(answer),
        explanation=_explanation(problem, answer),
    )


def _amount(resource: Resource, units: Fraction | int | None) -> str:
    if units is None:
        return ""
    amount = resource.amount(units)
    return f"{amount:.4g}" if resource is Resource.CORES else format_size(int(amount))


def _given(problem: SharesProblem) -> Iterator[RenderableType]:
    if problem.resource is Resource.CORES:
        form = plural("A host with {cores} core", "A host with {cores} cores", problem.capacity)
        yield form.format(cores=problem.capacity)
    else:
        form = _("A host with {memory} for its guests, and an idle memory tax of {tax:g}")
        yield form.format(memory=format_size(problem.capacity), tax=float(problem.idle_tax))
    ratio = _("It promises at most {ratio:g} times what there is.")
    yield ratio.format(ratio=float(problem.overcommit))
    yield ""
    size = _("virtual cores") if problem.resource is Resource.CORES else _("size")
    headings = [_("machine"), _("shares"), _("reserved"), _("limit"), size]
    if problem.resource is Resource.MEMORY:
        headings.append(_("active"))
    rows = ((at, *_asked(problem.resource, claim)) for at, claim in enumerate(problem.claims))
    yield table(headings, rows, left=())
    yield ""


def _asked(resource: Resource, claim: Claim) -> tuple[str, ...]:
    amounts = [claim.reservation, claim.limit, claim.demand]
    if resource is Resource.MEMORY:
        amounts.append(claim.demand if claim.active is None else claim.active)
    return (f"{claim.shares:,}", *(_amount(resource, units) for units in amounts))


def _solution(answer: SharesAnswer) -> Iterator[RenderableType]:
    headings = [_("machine"), _("entitled to"), _("refused")]
    if answer.balloons:
        headings.insert(2, _("in its balloon"))
    yield table(headings, _rows(answer), left=(len(headings) - 1,))
    yield ""
    form = plural(
        "{count} machine on the host, which has promised {ratio:.4g} times what there is",
        "{count} machines on the host, which has promised {ratio:.4g} times what there is",
        answer.ledger.machines,
    )
    yield form.format(count=answer.ledger.machines, ratio=float(answer.ratio))


def _rows(answer: SharesAnswer) -> Iterator[tuple[object, ...]]:
    for at, reason in enumerate(answer.refused):
        sizes = [answer.entitled[at], *answer.balloons[at : at + 1]]
        cells = [_amount(answer.resource, size) if reason is None else "" for size in sizes]
        yield at, *cells, reason or ""


def _explanation(problem: SharesProblem, answer: SharesAnswer) -> Iterator[RenderableType]:
    yield ""
    yield _(
        "Each begins with what it reserves. A level rises, so much for 1,000 shares; whoever it "
        "reaches rises with it, until it has all it may have, or nothing is left:"
    )
    yield ""
    headings = (_("level"), _("given"), _("rose"), _("then"))
    yield table(headings, _stages(problem, answer), left=(2, 3))
    if problem.resource is Resource.MEMORY and problem.idle_tax:
        yield ""
        yield _(
            "Of the level beyond its active memory a machine gets {part:.4g} only, for idle memory "
            "is taxed."
        ).format(part=float(1 - problem.idle_tax))
    if answer.changes:
        yield ""
        yield from _changes(answer)


def _stages(problem: SharesProblem, answer: SharesAnswer) -> Iterator[tuple[str, ...]]:
    """Yield a row for each moment: the level, what is given by then, who rose, and what is next."""
    claims = [problem.claims[at] for at in answer.there]
    before: tuple[Fraction, ...] = answer.steps[0].amounts
    following = [*(step.amounts for step in answer.steps[1:]), answer.steps[-1].amounts]
    for step, after in zip(answer.steps, following, strict=True):
        risen = _differing(answer.there, before, step.amounts)
        rising = _differing(answer.there, step.amounts, after)
        events = _events(answer.there, claims, step.amounts, risen, rising)
        done = sum(step.amounts) >= problem.units
        yield (
            _amount(answer.resource, int(step.level * _SHARES)),
            _amount(answer.resource, int(sum(step.amounts))),
            listed(risen),
            _used_up(problem) if done else events,
        )
        before = step.amounts


def _differing(
    there: Sequence[int], some: Sequence[Fraction], others: Sequence[Fraction]
) -> list[int]:
    return [at for at, one, other in zip(there, some, others, strict=True) if one != other]


def _used_up(problem: SharesProblem) -> str:
    if problem.resource is Resource.CORES:
        return _("the cores are used up")
    return _("the memory is used up")


def _events(
    there: Sequence[int],
    claims: Sequence[Claim],
    amounts: Sequence[Fraction],
    risen: Sequence[int],
    rising: Sequence[int],
) -> str:
    """Return what happens at a level: who joins, who is full, whose memory is idle from here."""
    has = dict(zip(there, zip(claims, amounts, strict=True), strict=True))
    groups = (
        (_("{who}: all it may have"), [at for at in risen if at not in rising]),
        (_("{who}: rises from here"), [at for at in rising if at not in risen]),
        (
            _("{who}: the rest is idle"),
            [at for at in rising if at in risen and has[at][0].active == has[at][1]],
        ),
    )
    return "; ".join(form.format(who=listed(who)) for form, who in groups if who)


def _changes(answer: SharesAnswer) -> Iterator[str]:
    yield _("When machine {at}, the last one, is turned on, balloons move in this order:").format(
        at=answer.there[-1]
    )
    for number, (machine, change) in enumerate(answer.changes, start=1):
        if change < 0:
            form = _("{number}. machine {machine} gives {size}: its balloon grows")
        else:
            form = _("{number}. machine {machine} gets {size}")
        yield form.format(number=number, machine=machine, size=format_size(abs(change)))
