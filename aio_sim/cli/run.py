"""`aio-sim run`: simulate one scenario and show what came of it."""

from __future__ import annotations

import sys
from contextlib import ExitStack, redirect_stdout
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aio_sim.cli.options import Json, Plugins, ScenarioName, Seed, Settings
from aio_sim.cli.output import new_directory

if TYPE_CHECKING:
    from aio_sim.kernel.trace import Level
    from aio_sim.scenario import Scenario
    from aio_sim.simulation import Run


class OnError(StrEnum):
    """What to do at a row of a log that cannot be used."""

    STOP = "stop"
    SKIP = "skip"


def run(
    scenario: ScenarioName,
    seed: Seed = None,
    setting: Settings = None,
    plugin: Plugins = None,
    json: Json = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write the results into a new directory."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print each decision in a sentence.")
    ] = False,
    audit: Annotated[
        bool, typer.Option("--audit", help="Check the machine's invariants as the run goes.")
    ] = False,
    on_error: Annotated[
        OnError | None,
        typer.Option("--on-error", help="What to do at a row of a log that cannot be used."),
    ] = None,
) -> None:
    """Run a scenario and print key numbers, a chart of the cores and a table of the tasks."""
    from aio_sim.cli.loading import load

    chosen = load(scenario, setting or (), plugin or (), on_error and on_error.value)
    with ExitStack() as stack:
        folder = stack.enter_context(new_directory(out)) if out else None
        level: Level = (
            "full" if folder or explain or (not json and _can_be_drawn(chosen)) else "tasks"
        )
        finished = _simulate(chosen, seed, level, audit)
        if folder:
            from aio_sim.report.results import write_results

            write_results(finished, folder)
    if json:
        _print_json(finished)
    else:
        _print_summary(finished, explain)


def _simulate(scenario: Scenario, seed: int | None, level: Level, audit: bool) -> Run:
    from aio_sim.cli.progress import progress_bar
    from aio_sim.simulation import simulate

    # A plug-in that prints must not get between the results.
    with redirect_stdout(sys.stderr), progress_bar() as progress:
        return simulate(scenario, seed, level=level, audit=audit, progress=progress)
