"""`aio-sim lab schedule`: processes under a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from aio_sim.cli.lab_options import Explain, LabSeed, Values, show
from aio_sim.cli.options import Json
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.teaching.labs.scheduling import Job


def schedule(
    policy: Annotated[
        str | None, typer.Option(metavar="NAME", help="Any scheduling policy, such as rr.")
    ] = None,
    option: Annotated[
        Values, typer.Option(metavar="NAME=VALUE", help="Of the policy; repeatable.")
    ] = None,
    quantum: Annotated[str | None, typer.Option(metavar="TIME", help="Of rr.")] = None,
    cores: Annotated[int, typer.Option(metavar="N", min=1, help="Cores.")] = 1,
    tasks: Annotated[
        Values,
        typer.Option(metavar="NAME:ARRIVAL:WORK[:PRIORITY],...", help="The processes; repeatable."),
    ] = None,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Schedule processes: when each runs under a policy, and how long each waits."""
    from aio_sim.cli.lab_values import duration, parts
    from aio_sim.kernel.units import seconds
    from aio_sim.teaching.labs.pages.scheduling import sheet
    from aio_sim.teaching.labs.scheduling import draw, solve

    jobs = parts("--tasks", tasks)
    options = _options(parts("--option", option))
    if quantum is not None:
        options["quantum"] = seconds(duration("--quantum", quantum) or 0)
    given = None if jobs is None else [_job(text) for text in jobs]
    problem = draw(seed, policy=policy, options=options, cores=cores, jobs=given)
    drawn = None in (policy, tasks) or len(problem.options) > len(options)
    show(sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)


def _options(texts: list[str] | None) -> dict[str, Any]:
    """Return the options of a policy, written `NAME=VALUE`."""
    options: dict[str, Any] = {}
    for text in texts or ():
        name, sign, value = text.partition("=")
        if not sign or not name:
            sentence = _("--option: expected NAME=VALUE, as in preemptive=true; got {text!r}")
            raise InputError(sentence.format(text=text[:64]))
        options[name] = {"true": True, "false": False}.get(value, value)
    return options


def _job(text: str) -> Job:
    """Return a process, written `NAME:ARRIVAL:WORK[:PRIORITY]`."""
    from aio_sim.cli.lab_values import duration, whole_number
    from aio_sim.teaching.labs.scheduling import Job

    fields = text.split(":")
    if len(fields) not in (3, 4):
        sentence = _("--tasks: expected NAME:ARRIVAL:WORK[:PRIORITY], as in P1:0:24; got {text!r}")
        raise InputError(sentence.format(text=text[:64]))
    priority = whole_number("--tasks", fields[3]) if fields[3:] else 0
    arrival, work = (duration("--tasks", field) or 0 for field in fields[1:3])
    return Job(fields[0], arrival, work, priority)
