"""The sheet of the lab on bringing one thing to many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aio_sim.distributed.distribution_times import rounds, sending_time
from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.units import format_duration, format_size
from aio_sim.teaching.labs.distribution import (
    BY_PIECES,
    DistributionAnswer,
    DistributionProblem,
    Took,
)
from aio_sim.teaching.labs.pages.sheet import Sheet, table

if TYPE_CHECKING:
    from rich.console import RenderableType


def sheet(problem: DistributionProblem, answer: DistributionAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("How long does each scheme take until the last one has it all?"),
        solution=_solution(answer),
        explanation=_explanation(problem),
    )


def _given(problem: DistributionProblem) -> Iterator[RenderableType]:
    form = plural(
        "{size} go from one host to {count} other.",
        "{size} go from one host to {count} others.",
        problem.targets,
    )
    yield form.format(size=format_size(problem.size), count=problem.targets)
    if set(problem.schemes) & set(BY_PIECES):
        form = plural(
            "Chain and swarm send {count} piece.",
            "Chain and swarm send {count} pieces.",
            problem.pieces,
        )
        yield form.format(count=problem.pieces)
    form = _("Each host has {rate:g} Mbit/s each way; a byte is under way for {latency}.")
    rate = problem.bandwidth / 10**6
    yield form.format(rate=rate, latency=format_duration(problem.latency))
    yield ""


def _solution(answer: DistributionAnswer) -> Iterator[RenderableType]:
    rows = (
        (
            each.scheme,
            _formula(each),
            format_duration(each.simulated),
            format_size(each.sent),
        )
        for each in answer.took
    )
    headings = (_("scheme"), _("formula"), _("simulated"), _("sent by the source"))
    yield table(headings, rows)
    yield ""
    yield _("first: {scheme}").format(scheme=answer.best)


def _formula(took: Took) -> str:
    """Return what the formula of a scheme says, which of the swarm is a bound."""
    time = format_duration(took.formula)
    return _("at least {time}").format(time=time) if took.scheme == "swarm" else time


def _explanation(problem: DistributionProblem) -> Iterator[RenderableType]:
    size, rate, pieces = problem.size, problem.bandwidth, problem.pieces
    numbers = {
        "all": format_duration(sending_time(size, rate)),
        "piece": format_duration(sending_time(-(-size // pieces), rate)),
        "latency": format_duration(problem.latency),
        "targets": problem.targets,
        "pieces": pieces,
        "rounds": rounds(problem.targets),
    }
    forms = {
        "unicast": _(
            "unicast: the source's card carries all copies: n S / B + L = {targets} x {all} + "
            "{latency}"
        ),
        "chain": _(
            "chain: each passes pieces on to the next: (m + n - 1) (S / (m B) + L) = "
            "({pieces} + {targets} - 1) ({piece} + {latency})"
        ),
        "tree": _(
            "tree: those who have it double each round: ceil(log2(n + 1)) (S / B + L) = {rounds} "
            "({all} + {latency})"
        ),
        "swarm": _(
            "swarm: all pass pieces on to all, in no planned order; at the least (m - 1 + "
            "ceil(log2(n + 1))) (S / (m B) + L) = ({pieces} - 1 + {rounds}) ({piece} + {latency})"
        ),
    }
    yield ""
    for scheme in problem.schemes:
        yield forms[scheme].format(**numbers)
    yield ""
    yield _("S bytes to n targets at B a second each way, in m pieces, each L under way")
