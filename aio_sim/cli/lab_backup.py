"""`aio-sim lab backup`: which backups a restore needs."""

from __future__ import annotations

from typing import Annotated

import typer

from aio_sim.cli.lab_options import Explain, LabSeed, show
from aio_sim.cli.options import Json


def backup(
    strategy: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="Between full ones: full, incremental, differential."),
    ] = None,
    cycle: Annotated[
        int, typer.Option(metavar="DAYS", min=1, help="From one full backup to the next.")
    ] = 7,
    day: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="The day to restore, from 0.")
    ] = None,
    damaged: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="The day of a damaged backup.")
    ] = None,
    writes: Annotated[
        float, typer.Option(metavar="W", min=0, help="How often a block is written in a day.")
    ] = 0.1,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Find the backups that a restore of some day reads, and what a damaged one costs."""
    from aio_sim.teaching.labs.backups import draw, solve
    from aio_sim.teaching.labs.pages.backups import sheet

    problem = draw(seed, strategy=strategy, cycle=cycle, day=day, damaged=damaged, writes=writes)
    drawn = None in (strategy, day)
    show(sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)
