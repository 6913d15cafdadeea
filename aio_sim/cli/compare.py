"""`aio-sim compare`: the same arrivals under several variants."""

from __future__ import annotations

from typing import Annotated

import typer

from aio_sim.cli.options import Json, Plugins, ScenarioName, Seed, Settings


def compare(
    scenario: ScenarioName,
    vary: Annotated[
        list[str],
        typer.Option("--vary", metavar="PATH=A,B,C", help="Values of one field; repeatable."),
    ],
    replications: Annotated[
        int, typer.Option("--replications", metavar="N", min=1, help="Seeds for each variant.")
    ] = 1,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="NAME", help="A metric to compare; repeatable."),
    ] = None,
    seed: Seed = None,
    settings: Settings = None,
    plugins: Plugins = None,
    json: Json = False,
) -> None:
    """Run the same arrivals under each variant and print the differences."""
