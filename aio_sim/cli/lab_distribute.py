"""`aio-sim lab distribute`: one thing to many, by four schemes."""

from __future__ import annotations

from typing import Annotated

import typer

from aio_sim.cli.lab_options import Explain, LabSeed, Values, show
from aio_sim.cli.options import Json


def distribute(
    scheme: Annotated[
        Values, typer.Option(metavar="NAME", help="unicast, chain, tree, swarm; all if not given.")
    ] = None,
    size: Annotated[str | None, typer.Option(metavar="SIZE", help="Of what is sent.")] = None,
    targets: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Hosts that are to have it.")
    ] = None,
    pieces: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Of chain and swarm.")
    ] = None,
    bandwidth: Annotated[
        str, typer.Option(metavar="RATE", help="Of each host, each way.")
    ] = "1Gbps",
    latency: Annotated[str, typer.Option(metavar="TIME", help="From host to host.")] = "1ms",
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Bring one thing to many hosts: how long each scheme takes, by formula and simulated."""
    from aio_sim.cli.lab_values import duration, parts, rate
    from aio_sim.cli.lab_values import size as read_size
    from aio_sim.teaching.labs.distribution import BY_PIECES, draw, solve
    from aio_sim.teaching.labs.pages.distribution import sheet

    problem = draw(
        seed,
        schemes=parts("--scheme", scheme),
        size=read_size("--size", size),
        targets=targets,
        pieces=pieces,
        bandwidth=rate("--bandwidth", bandwidth) or 0,
        latency=duration("--latency", latency) or 0,
    )
    in_pieces = set(problem.schemes) & set(BY_PIECES)
    drawn = None in (size, targets) or (pieces is None and bool(in_pieces))
    show(sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)
