"""`aio-sim lab container`: the life of a container, from its image to its removal."""

from __future__ import annotations

from typing import Annotated

import typer

from aio_sim.cli.lab_options import Explain, LabSeed, show
from aio_sim.cli.options import Json


def container(
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="docker or kubernetes.")] = (
        None
    ),
    image: Annotated[str | None, typer.Option(metavar="SIZE", help="Of its image.")] = None,
    bandwidth: Annotated[
        str, typer.Option(metavar="RATE", help="To the registry; none: the image is there already.")
    ] = "1Gbps",
    work: Annotated[
        str | None, typer.Option(metavar="TIME", help="CPU time that its program takes.")
    ] = None,
    code: Annotated[
        int | None, typer.Option(metavar="N", min=0, max=255, help="The exit code it ends with.")
    ] = None,
    restart: Annotated[
        str | None, typer.Option(metavar="POLICY", help="no, on-failure, always, unless-stopped.")
    ] = None,
    retries: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="At most, with on-failure.")
    ] = None,
    removed: Annotated[
        str | None, typer.Option(metavar="TIME", help="When the container is removed.")
    ] = None,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Lead a container through its life: its states, and how its restart policy goes on."""
    from aio_sim.cli.lab_values import duration, rate, size
    from aio_sim.teaching.labs.container_life import draw, solve
    from aio_sim.teaching.labs.pages.container_life import sheet

    problem = draw(
        seed,
        profile=profile,
        image=size("--image", image),
        bandwidth=None if bandwidth == "none" else rate("--bandwidth", bandwidth),
        work=duration("--work", work),
        code=code,
        restart=restart,
        retries=retries,
        removed=duration("--removed", removed),
    )
    needed = (profile, work, code, restart, removed)
    drawn = None in needed or (image is None and problem.bandwidth is not None)
    show(sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)
