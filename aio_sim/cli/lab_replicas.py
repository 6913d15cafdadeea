"""`aio-sim lab replicas`: where the pieces of a file are, and what is lost with nodes."""

from __future__ import annotations

from typing import Annotated

import typer

from aio_sim.cli.lab_options import Explain, LabSeed, Values, show
from aio_sim.cli.options import Json


def replicas(
    nodes: Annotated[int | None, typer.Option(metavar="N", min=1, help="Data nodes.")] = None,
    racks: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="To which they are dealt out in turn.")
    ] = None,
    blocks: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Blocks of the file.")
    ] = None,
    redundancy: Annotated[
        str | None, typer.Option(metavar="N|rs-D-P", help="Copies, or pieces as in rs-6-3.")
    ] = None,
    fail: Annotated[
        Values, typer.Option(metavar="NODE,...", help="Nodes that die, such as node-0; repeatable.")
    ] = None,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Keep a file's blocks as copies or stripes on racks: what is lost when nodes die."""
    from aio_sim.cli.lab_values import parts
    from aio_sim.teaching.labs.pages.replicas import sheet
    from aio_sim.teaching.labs.replicas import draw, solve

    problem = draw(
        seed,
        nodes=nodes,
        racks=racks,
        blocks=blocks,
        redundancy=redundancy,
        failed=parts("--fail", fail),
    )
    drawn = None in (nodes, racks, blocks, redundancy, fail)
    show(sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)
