"""The sheet of the lab on horizontal autoscaling."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from aio_sim.containers.autoscaling import Decision, Reason, Recommendation
from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.units import format_duration
from aio_sim.teaching.labs.autoscaling import AutoscaleAnswer, AutoscaleProblem, number
from aio_sim.teaching.labs.pages.sheet import Sheet, listed

if TYPE_CHECKING:
    from rich.console import RenderableType


def sheet(problem: AutoscaleProblem, answer: AutoscaleAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("How many replicas does the autoscaler want?"),
        solution=_solution(answer.decision),
        explanation=_explanation(problem, answer.decision),
    )


def _given(problem: AutoscaleProblem) -> Iterator[RenderableType]:
    form = plural(
        "Autoscaling: {count} replica, metric {metric} on average, target {target}",
        "Autoscaling: {count} replicas, metric {metric} on average, target {target}",
        problem.replicas,
    )
    yield form.format(
        count=problem.replicas, metric=number(problem.metric), target=number(problem.target)
    )
    yield _bounds(problem)
    if problem.not_ready or problem.missing:
        yield _("Pods not ready: {not_ready}; ready and without the metric: {missing}").format(
            not_ready=problem.not_ready, missing=problem.missing
        )
    if problem.history:
        yield _("Recommended before: {history}; window down {down}, up {up}").format(
            history=_ages(problem.history),
            down=format_duration(problem.autoscaler.down.window),
            up=format_duration(problem.autoscaler.up.window),
        )
    if problem.changes:
        yield _("Changed before: {changes}").format(changes=_ages(problem.changes))
    yield ""


def _bounds(problem: AutoscaleProblem) -> str:
    form = _("Tolerance {tolerance}, from {least} to {most} replicas")
    return form.format(
        tolerance=number(problem.autoscaler.up.tolerance),
        least=problem.autoscaler.minimum,
        most=_("any number of")
        if problem.autoscaler.maximum is None
        else problem.autoscaler.maximum,
    )


def _ages(entries: tuple[tuple[int, int], ...]) -> str:
    form = _("{replicas}, {age} ago")
    return listed(form.format(replicas=number, age=format_duration(age)) for age, number in entries)


def _solution(decision: Decision) -> Iterator[RenderableType]:
    form = plural("{count} replica: {reason}", "{count} replicas: {reason}", decision.desired)
    yield form.format(count=decision.desired, reason=_reason(decision.reason))


def _reason(reason: Reason) -> str:
    return {
        Reason.SCALE_UP: _("the formula asks for more"),
        Reason.SCALE_DOWN: _("the formula asks for fewer"),
        Reason.UNCHANGED: _("the formula asks for as many as there are"),
        Reason.WITHIN_TOLERANCE: _("the metric is within the tolerance of its target"),
        Reason.DAMPENED: _("the pods that were not measured could turn the change around"),
        Reason.NO_METRICS: _("there is nothing to decide by"),
        Reason.STABILISED: _("a recommendation within the stabilization window holds it back"),
        Reason.RATE_LIMITED: _("the scaling policies allow no faster change"),
        Reason.MIN_REPLICAS: _("there are never fewer"),
        Reason.MAX_REPLICAS: _("there are never more"),
        Reason.OFF: _("at 0 replicas the autoscaler is off"),
    }[reason]


def _explanation(problem: AutoscaleProblem, decision: Decision) -> Iterator[RenderableType]:
    yield ""
    for place, sentence in enumerate(_steps(problem, decision), start=1):
        yield f"{place}. {sentence}"


def _steps(problem: AutoscaleProblem, decision: Decision) -> Iterator[str]:
    found = decision.recommendation
    if found.ratio is None:
        yield _("The formula is not needed: {reason}.").format(reason=_reason(decision.reason))
        return
    yield from _ratios(problem, found.ratio, found.counted)
    yield _outcome(found, found.ratio)
    yield _stabilisation(found.replicas, decision.stabilised)
    yield _limits(decision)


def _stabilisation(before: int, after: int) -> str:
    if before == after:
        return _("Stabilization: no earlier recommendation within its window holds it back.")
    form = _("Stabilization: {before} becomes {after}, the most cautious in its window.")
    return form.format(before=before, after=after)


def _limits(decision: Decision) -> str:
    if decision.desired == decision.stabilised:
        return _("Limits: {count} is within the bounds, and no policy slows the change.").format(
            count=decision.desired
        )
    form = _("Limits: {before} becomes {after}: {reason}.")
    return form.format(
        before=decision.stabilised, after=decision.desired, reason=_reason(decision.reason)
    )


def _ratios(problem: AutoscaleProblem, decisive: Fraction, counted: int) -> Iterator[str]:
    reading = problem.reading
    form = plural(
        "metric / target = {metric} / {target} = {ratio:.4g}, over {count} pod.",
        "metric / target = {metric} / {target} = {ratio:.4g}, over {count} pods.",
        reading.measured,
    )
    yield form.format(
        metric=number(problem.metric),
        target=number(problem.target),
        ratio=float(reading.ratio),
        count=reading.measured,
    )
    if counted != reading.measured:
        form = _("With those not measured, at {assumed} each: {ratio:.4g}, over {counted} pods.")
        assumed = 0 if reading.ratio > 1 else number(problem.target)
        yield form.format(assumed=assumed, ratio=float(decisive), counted=counted)


def _outcome(found: Recommendation, ratio: Fraction) -> str:
    if found.reason in (Reason.WITHIN_TOLERANCE, Reason.DAMPENED):
        form = _("It stays at {count}: {reason}.")
        return form.format(count=found.replicas, reason=_reason(found.reason))
    form = _("Outside the tolerance: ceil({counted} x {ratio:.4g}) = {replicas}.")
    return form.format(counted=found.counted, ratio=float(ratio), replicas=found.replicas)
