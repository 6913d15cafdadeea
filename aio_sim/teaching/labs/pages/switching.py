"""The sheet of the lab on context switches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aio_sim.kernel.messages import _, plural
from aio_sim.scheduling.context_switch import SwitchCosts, SwitchStep, TlbSwitch, switch_steps
from aio_sim.teaching.labs.pages.sheet import Sheet, listed, table
from aio_sim.teaching.labs.switching import SwitchAnswer, SwitchProblem

if TYPE_CHECKING:
    from rich.console import RenderableType


def sheet(problem: SwitchProblem, answer: SwitchAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("What does a switch cost on average, and which strategy is the cheaper one?"),
        solution=_solution(problem, answer),
        explanation=_explanation(problem, answer),
    )


def _given(problem: SwitchProblem) -> Iterator[RenderableType]:
    count = plural("{count:,} context switch", "{count:,} context switches", problem.switches)
    form = _("{count}: {strategies}; the TLB is {tlb}")
    yield form.format(
        count=count.format(count=problem.switches),
        strategies=listed(problem.strategies),
        tlb=_("flushed") if problem.tlb is TlbSwitch.FLUSH else _("tagged"),
    )
    yield _("A slice uses vector registers with chance {share:g}.").format(share=problem.vector_use)
    yield ""


def _solution(problem: SwitchProblem, answer: SwitchAnswer) -> Iterator[RenderableType]:
    rows = (
        (strategy, f"{each.mean:,.1f}", f"{each.expected:,.1f}", each.least, each.most)
        for strategy, each in answer.results.items()
    )
    headings = (_("ns a switch"), _("mean"), _("expected"), _("least"), _("most"))
    yield table(headings, rows)
    yield ""
    yield _("{using:,} of {switches:,} slices used vector registers").format(
        using=answer.using_vectors, switches=problem.switches
    )
    form = _("precise is the cheaper one where more than {share:.3f} of the slices do")
    yield form.format(share=answer.break_even)


def _explanation(problem: SwitchProblem, answer: SwitchAnswer) -> Iterator[RenderableType]:
    yield ""
    yield _steps_table(problem)
    yield ""
    yield _sizes(problem.costs)
    yield ""
    yield _derivation(problem.costs, answer.break_even)


def _steps_table(problem: SwitchProblem) -> RenderableType:
    """Return each step with its cost under each strategy, without and with use of vectors."""
    cases = [(strategy, uses) for strategy in problem.strategies for uses in (False, True)]
    costs = [switch_steps(strategy, uses, problem.costs) for strategy, uses in cases]
    names = [
        _("{strategy}, vectors").format(strategy=strategy) if uses else str(strategy)
        for strategy, uses in cases
    ]
    rows: list[list[object]] = [
        [_step_name(step), *(each.get(step, "") for each in costs)]
        for step in SwitchStep
        if any(step in each for each in costs)
    ]
    rows.append([_("sum"), *(sum(each.values()) for each in costs)])
    return table((_("ns"), *names), rows)


def _step_name(step: SwitchStep) -> str:
    return {
        SwitchStep.KERNEL_ENTRY: _("kernel entry and exit"),
        SwitchStep.GENERAL_REGISTERS: _("general registers"),
        SwitchStep.PAGE_TABLE_ROOT: _("page table root"),
        SwitchStep.TLB_REFILL: _("refill of the TLB"),
        SwitchStep.ARM_TRAP: _("setting the trap"),
        SwitchStep.TRAP: _("trap at the first use"),
        SwitchStep.VECTOR_SAVE: _("vector state saved"),
        SwitchStep.VECTOR_RESTORE: _("vector state restored"),
    }[step]


def _sizes(costs: SwitchCosts) -> str:
    form = _("general registers: {general:,} bytes, vector state: {vector:,} bytes")
    return form.format(general=costs.general.size, vector=costs.vector.size)


def _derivation(costs: SwitchCosts, share: float) -> str:
    form = _(
        "break-even: (v - w) / (v + t + w) = ({v} - {w}) / ({v} + {t} + {w}) = {share:.3f}, with v "
        "to save and restore the vector state, w to write a control register, t for the trap"
    )
    return form.format(v=costs.vector_time, w=costs.control_write, t=costs.trap, share=share)
