"""The sheet of the lab on virtual machines on a host."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.units import format_duration, format_size
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
    yield ""
    yield _(
        "Each has at least what is reserved, and at most its virtual cores or its limit. Between "
        "these a level of core time a share rises until the cores are used up:"
    )
    yield ""
    there = [(at, each) for at, each in enumerate(answer.lodgings) if each.refused is None]
    headings = (_("machine"), _("at least"), _("at most"), _("has"), _("a 1,000 shares"), "")
    yield table(headings, ((at, *_filled(each)) for at, each in there), left=(5,))
    yield ""
    yield _("The monitor's own memory for them: {overhead}").format(
        overhead=format_size(answer.ledger.overhead)
    )
    yield ""
    yield from _boot(problem, answer.lodgings[0].claim)


def _filled(lodging: Lodging) -> tuple[object, ...]:
    claim = lodging.claim
    least = claim.reserved_cores
    most = min(Fraction(claim.cores), Fraction(claim.core_limit or claim.cores))
    bound = ""
    if lodging.cores >= most:
        bound = _("all it may have")
    elif least and lodging.cores <= least:
        bound = _("what is reserved")
    per_share = float(lodging.cores) / claim.shares * 1000
    numbers = (float(least), float(most), float(lodging.cores), per_share)
    return (*(f"{number:.4g}" for number in numbers), bound)


def _boot(problem: MachinesProblem, claim: MachineClaim) -> Iterator[RenderableType]:
    yield _("To make and boot machine 0 takes, beside waiting for a core and the disk:")
    yield ""
    profile = problem.profile
    stages = profile.create_cost() + profile.boot_cost(claim.image, claim.memory)
    rows = (
        (
            stage.name,
            format_duration(stage.time) if stage.time else "",
            format_size(int(stage.read / profile.disk_efficiency)) if stage.read else "",
            format_duration(int(stage.work / profile.speed)) if stage.work else "",
        )
        for stage in stages
    )
    yield table((_("stage"), _("time"), _("read from the disk"), _("of a core")), rows)
