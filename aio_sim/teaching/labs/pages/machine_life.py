"""The sheet of the lab on the life of a virtual machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.units import format_duration, format_size
from aio_sim.teaching.labs.machine_life import Life, LifeAnswer, LifeProblem, Spent, transitions
from aio_sim.teaching.labs.pages.sheet import Sheet, listed, table

if TYPE_CHECKING:
    from rich.console import RenderableType

    from aio_sim.virtualization.profile import Profile


def sheet(problem: LifeProblem, answer: LifeAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("In which state is the machine after each step, and how long does each take?"),
        solution=_solution(answer),
        explanation=_explanation(answer),
    )


def _given(problem: LifeProblem) -> Iterator[RenderableType]:
    form = plural(
        "A machine of {cores} virtual core, {memory} of memory and an image of {image}, alone",
        "A machine of {cores} virtual cores, {memory} of memory and an image of {image}, alone",
        problem.cores,
    )
    yield form.format(
        cores=problem.cores,
        memory=format_size(problem.memory),
        image=format_size(problem.image),
    )
    names = listed(profile.name for profile in problem.profiles)
    yield _("on a host under {names}").format(names=names)
    yield _("Its disk reads {read} a second and writes {write}, after {latency}.").format(
        read=format_size(problem.disk.read // 8),
        write=format_size(problem.disk.write // 8),
        latency=format_duration(problem.disk.latency),
    )
    yield _("Steps: {steps}").format(steps=listed(problem.steps))
    yield ""


def _solution(answer: LifeAnswer) -> Iterator[RenderableType]:
    names = [life.profile.name for life in answer.lives]
    yield table((_("step"), _("state after it"), *names), _rows(answer), left=(0, 1))


def _rows(answer: LifeAnswer) -> Iterator[tuple[str, ...]]:
    for steps in zip(*(life.steps for life in answer.lives), strict=True):
        times = (format_duration(done.time) for done in steps)
        yield steps[0].step, steps[0].after, *times
    yield _("all"), "", *(format_duration(life.time) for life in answer.lives)


def _explanation(answer: LifeAnswer) -> Iterator[RenderableType]:
    yield ""
    yield _("What can be done in each state, and the state after it:")
    yield ""
    yield from diagram()
    for life in answer.lives:
        yield ""
        yield _about(life)
        yield ""
        yield _stages(life)
    yield ""
    yield _(
        "Disk: latency + bytes / efficiency / rate. Core: work / speed. Nobody else is on the "
        "host; with others, both are waited for."
    )


def diagram() -> Iterator[str]:
    """Yield the lines of the diagram of states: each state, and an arrow for each way out of it."""
    for state, steps in transitions().items():
        ways = [f"── {step} ──> {after}" for step, after in steps.items()] or ["(the end)"]
        for number, way in enumerate(ways):
            yield f"{'' if number else state:<10} {way}"


def _about(life: Life) -> str:
    return _(
        "{name} ({kind}): a guest has {speed:.4g} of a core's speed and {disk:.4g} of the disk's; "
        "the monitor takes {overhead} for it."
    ).format(
        name=life.profile.name,
        kind=str(life.profile.kind),
        speed=float(life.profile.speed),
        disk=float(life.profile.disk_efficiency),
        overhead=format_size(life.overhead),
    )


def _stages(life: Life) -> RenderableType:
    headings = (_("step"), _("stage"), _("time"), _("on the disk"), _("of a core"), _("takes"))
    rows = (
        ("" if number else done.step, *_row(spent, life.profile))
        for done in life.steps
        for number, spent in enumerate(done.stages)
    )
    return table(headings, rows, left=(0, 1))


def _row(spent: Spent, profile: Profile) -> tuple[str, ...]:
    stage = spent.stage
    size = int((stage.read + stage.written) / profile.disk_efficiency)
    return (
        stage.name,
        format_duration(stage.time) if stage.time else "",
        format_size(size) if size else "",
        format_duration(spent.core) if spent.core else "",
        format_duration(spent.time),
    )
