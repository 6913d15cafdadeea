"""The sheet of the lab on virtual machines on a host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.units import format_size
from aio_sim.teaching.labs.machines import Lodging, MachinesAnswer, MachinesProblem
from aio_sim.teaching.labs.pages.sheet import Sheet, table

if TYPE_CHECKING:
    from rich.console import RenderableType

    from aio_sim.virtualization.machine.claim import MachineClaim


def sheet(problem: MachinesProblem, answer: MachinesAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("Which machines find room, and what has each of them when all are busy?"),
        solution=_solution(answer),
        explanation=_explanation(problem, answer),
    )


def _given(problem: MachinesProblem) -> Iterator[RenderableType]:
    form = plural(
        "A host with {cores} core and {memory} under {profile}, which promises",
        "A host with {cores} cores and {memory} under {profile}, which promises",
        problem.cores,
    )
    yield form.format(
        cores=problem.cores, memory=format_size(problem.memory), profile=problem.profile.name
    )
    yield _("each core {cores:g} times and its memory {memory:g} times").format(
        cores=float(problem.overcommit.cores), memory=float(problem.overcommit.memory)
    )
    yield ""
    headings = (_("machine"), _("cores"), _("memory"), _("shares"), _("reserved"), _("limit"))
    yield table(
        headings, ((at, *_asked(claim)) for at, claim in enumerate(problem.claims)), left=()
    )
    yield ""


def _asked(claim: MachineClaim) -> tuple[object, ...]:
    limit = claim.core_limit
    return (
        claim.cores,
        format_size(claim.memory),
        f"{claim.shares:,}",
        f"{float(claim.reserved_cores):g}",
        "" if limit is None else f"{float(limit):g}",
    )


def _solution(answer: MachinesAnswer) -> Iterator[RenderableType]:
    headings = (_("machine"), _("cores when all are busy"), _("memory"), _("refused"))
    rows = ((at, *_given_to(lodging)) for at, lodging in enumerate(answer.lodgings))
    yield table(headings, rows, left=(3,))
    yield ""
    form = plural(
        "{count} machine on the host: {cores:g} virtual cores a core, {memory:.4g} of its memory",
        "{count} machines on the host: {cores:g} virtual cores a core, {memory:.4g} of its memory",
        answer.ledger.machines,
    )
    yield form.format(
        count=answer.ledger.machines,
        cores=float(answer.ledger.core_ratio),
        memory=float(answer.ledger.memory_ratio),
    )


def _given_to(lodging: Lodging) -> tuple[object, ...]:
    if lodging.refused is not None:
        return "", "", lodging.refused
    return f"{float(lodging.cores):.4g}", format_size(lodging.memory), ""


def _explanation(problem: MachinesProblem, answer: MachinesAnswer) -> Iterator[RenderableType]:
    there = [(at, each) for at, each in enumerate(answer.lodgings) if each.refused is None]
    yield ""
    yield _(
        "Each has at least what is reserved, and at most its virtual cores or its limit. Between "
        "these a level of core time a share rises until the cores are used up:"
    )
    yield ""
    yield _divided((at, *_core_row(each)) for at, each in there)
    yield ""
    yield from _room(problem, answer)
    yield ""
    yield _divided((at, *_memory_row(each)) for at, each in there)


def _divided(rows: Iterable[tuple[object, ...]]) -> RenderableType:
    headings = (_("machine"), _("at least"), _("at most"), _("has"), _("a 1,000 shares"), "")
    return table(headings, rows, left=(5,))


def _core_row(lodging: Lodging) -> tuple[object, ...]:
    claim = lodging.claim
    least = claim.reserved_cores
    most = min(Fraction(claim.cores), Fraction(claim.core_limit or claim.cores))
    per_share = float(lodging.cores) / claim.shares * 1000
    numbers = (float(least), float(most), float(lodging.cores), per_share)
    return (*(f"{number:.4g}" for number in numbers), _bound(lodging.cores, least, most))


def _memory_row(lodging: Lodging) -> tuple[object, ...]:
    wants = lodging.claim.of_memory(None).claim
    least, most = wants.reservation, wants.most(lodging.claim.memory)
    sizes = (least, most, lodging.memory, lodging.memory * 1000 // wants.shares)
    return (*map(format_size, sizes), _bound(lodging.memory, least, most))


def _bound(has: Fraction | int, least: Fraction | int, most: Fraction | int) -> str:
    if has >= most:
        return _("all it may have")
    return _("what is reserved") if least and has <= least else ""


def _room(problem: MachinesProblem, answer: MachinesAnswer) -> Iterator[str]:
    """Yield what is left of the host's memory for guests, and how that is divided."""
    ledger = answer.ledger
    sizes = (problem.memory, ledger.own, ledger.overhead - ledger.own, ledger.guest_memory)
    total, own, overhead, left = (format_size(max(size, 0)) for size in sizes)
    if ledger.own > problem.memory:
        yield _("The monitor keeps {own} for itself, more than the {total} of the host.").format(
            own=own, total=total
        )
        return
    yield _(
        "Of {total} the monitor keeps {own} for itself and {overhead} for the machines; {left} are "
        "left for the guests. A level of memory a share rises in the same way until that is used "
        "up, or each has all it may have:"
    ).format(total=total, own=own, overhead=overhead, left=left)
