"""`aio-sim lab assign`: tasks for equal machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aio_sim.cli.lab_options import Explain, LabSeed, Values, show
from aio_sim.cli.options import Json
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.teaching.labs.assignment import Duty


def assign(
    rule: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="list, lpt, sjf, round_robin, random, least_loaded, join_shortest_queue or "
            "power_of_two.",
        ),
    ] = None,
    machines: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Equal machines.")
    ] = None,
    tasks: Annotated[
        Values, typer.Option(metavar="NAME:WORK,...", help="In the order of the list; repeatable.")
    ] = None,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Assign tasks to machines by a rule: where each is done, and how far from the best that is."""
    from aio_sim.cli.lab_values import parts
    from aio_sim.teaching.labs.assignment import draw, solve
    from aio_sim.teaching.labs.pages.assignment import sheet

    texts = parts("--tasks", tasks)
    duties = None if texts is None else [_duty(text) for text in texts]
    problem = draw(seed, rule=rule, machines=machines, duties=duties)
    drawn = None in (rule, machines, tasks)
    show(sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)


def _duty(text: str) -> Duty:
    """Return a task, written `NAME:WORK`."""
    from aio_sim.cli.lab_values import duration
    from aio_sim.teaching.labs.assignment import Duty

    name, sign, work = text.partition(":")
    if not sign or not name:
        sentence = _("--tasks: expected NAME:WORK, as in a:3; got {text!r}")
        raise InputError(sentence.format(text=text[:64]))
    return Duty(name, duration("--tasks", work) or 0)
