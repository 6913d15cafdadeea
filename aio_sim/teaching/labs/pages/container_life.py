"""The sheet of the lab on the life of a container."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aio_sim.containers.profile import RuntimeProfile
from aio_sim.containers.restart import BackOff
from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.units import format_duration, format_size
from aio_sim.scenario.hosts import USUAL_DISK
from aio_sim.teaching.labs.container_life import ContainerAnswer, ContainerProblem, Stay
from aio_sim.teaching.labs.pages.sheet import Sheet, listed, table

if TYPE_CHECKING:
    from rich.console import RenderableType


def sheet(problem: ContainerProblem, answer: ContainerAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("In which states is the container, from when to when? How often is it started?"),
        solution=_solution(answer),
        explanation=_explanation(problem, answer.stays),
    )


def _given(problem: ContainerProblem) -> Iterator[RenderableType]:
    size = format_size(problem.image)
    if problem.bandwidth is None:
        form = _("A container on a host with the runtime {profile}; its image is there already.")
        yield form.format(profile=problem.profile)
    else:
        form = _(
            "A container on a host with the runtime {profile}; its image of {size} comes from a "
            "registry at {rate:g} Mbit/s."
        )
        yield form.format(profile=problem.profile, size=size, rate=problem.bandwidth / 10**6)
    form = _("Its program works for {work} and ends with exit code {code}.")
    yield form.format(work=format_duration(problem.work), code=problem.code)
    restart = problem.restart
    if problem.retries is not None:
        restart = plural(
            "{policy}, at most {count} time", "{policy}, at most {count} times", problem.retries
        ).format(policy=problem.restart, count=problem.retries)
    yield _("Restart policy: {restart}. It is removed at {at}.").format(
        restart=restart, at=format_duration(problem.removed)
    )
    yield from _costs(problem)
    yield ""


def _costs(problem: ContainerProblem) -> Iterator[str]:
    """Yield what the steps of its life take, which must be known to work out the times."""
    profile = RuntimeProfile.named(problem.profile)
    if problem.bandwidth is not None:
        form = _(
            "Once pulled, an image is unpacked at {unpack:g} MB/s and written to disk at {write:g} "
            "MB/s, after {latency}."
        )
        rates = (profile.unpack_rate / 10**6, USUAL_DISK.write / 8 / 10**6)
        latency = format_duration(USUAL_DISK.latency)
        yield form.format(unpack=rates[0], write=rates[1], latency=latency)
    steps = (
        (_("creation"), profile.create),
        (_("start"), profile.start),
        (_("end"), profile.stop),
    )
    yield listed(f"{step}: {format_duration(cost.time + cost.work)}" for step, cost in steps)
    yield _back_off(profile.back_off)


def _back_off(rule: BackOff) -> str:
    form = (
        _(
            "Back-off: none at first, then {first}, doubled each time up to {most}; anew after "
            "{reset} of running."
        )
        if rule.at_once
        else _("Back-off: {first}, doubled each time up to {most}; anew after {reset} of running.")
    )
    times = map(format_duration, (rule.first, rule.most, rule.reset))
    return form.format(**dict(zip(("first", "most", "reset"), times, strict=True)))


def _solution(answer: ContainerAnswer) -> Iterator[RenderableType]:
    rows = (
        (
            stay.state,
            format_duration(stay.begin),
            format_duration(stay.end),
            format_duration(stay.end - stay.begin),
        )
        for stay in answer.stays
    )
    yield table((_("state"), _("from"), _("to"), _("for")), rows)
    yield ""
    starts = int(answer.run.metrics["container.starts"])
    yield plural("started {count} time", "started {count} times", starts).format(count=starts)


def _explanation(problem: ContainerProblem, stays: Sequence[Stay]) -> Iterator[RenderableType]:
    profile = RuntimeProfile.named(problem.profile)
    reasons = {
        "creating": _("the image is pulled and unpacked, its files are set up ({create})"),
        "starting": _("names and limits are set up, its first process begins ({start})"),
        "running": _("its first process runs"),
        "restarting": _("a back-off, each twice as long as the one before"),
        "exited": _("its first process has ended, and it is not to be started yet, or again"),
    }
    yield ""
    for state in dict.fromkeys(stay.state for stay in stays):
        if state in reasons:
            reason = reasons[state].format(
                create=_cost(profile.create.time, profile.create.work),
                start=_cost(profile.start.time, profile.start.work),
            )
            yield f"{state}: {reason}"
    yield _("Where it is removed meanwhile, creation and start are ended first.")
    yield ""
    yield {
        "no": _("`no`: it is never started again."),
        "on-failure": _("`on-failure`: it is started again after any exit code but 0."),
        "always": _("`always`: it is started again whatever the exit code."),
        "unless-stopped": _(
            "`unless-stopped`: it is started again whatever the exit code, until somebody stops it."
        ),
    }[problem.restart]


def _cost(time: int, work: int) -> str:
    return _("{time}, and {work} of a core").format(
        time=format_duration(time), work=format_duration(work)
    )
