"""Options that mean the same in every command."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

ScenarioName: TypeAlias = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A shipped name, or a YAML file.")
]
ScenarioOrFiles: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="[SCENARIO]", help="A shipped name, or a YAML file.", show_default=False
    ),
]
Manifests: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--manifest", metavar="FILE", help="Run Kubernetes manifests instead; repeatable."
    ),
]
Compose: TypeAlias = Annotated[
    str | None, typer.Option("--compose", metavar="FILE", help="Run a compose file instead.")
]
Cluster: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--cluster", metavar="FILE", help="A scenario with the hosts, and the load, of manifests."
    ),
]
Seed: TypeAlias = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", min=0, help="Random seed, instead of the scenario's own."),
]
Settings: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change one field, as in scheduler.quantum=20ms; repeatable.",
    ),
]
Plugins: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--plugin", metavar="FILE", help="Import a Python file with your own policies; repeatable."
    ),
]
Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print one JSON object and nothing else.")
]
