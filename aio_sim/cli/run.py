"""`aio-sim run`: simulate one scenario and show what came of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stdout
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from aio_sim.cli.errors import say
from aio_sim.cli.options import (
    Cluster,
    Compose,
    Json,
    Manifests,
    Plugins,
    ScenarioOrFiles,
    Seed,
    Settings,
)
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.cli.loading import Source
    from aio_sim.kernel.trace import Level
    from aio_sim.scenario import Scenario
    from aio_sim.simulation import Run


class OnError(StrEnum):
    """What to do at a row of a log that cannot be used."""

    STOP = "stop"
    SKIP = "skip"


def run(
    scenario: ScenarioOrFiles = None,
    manifests: Manifests = None,
    compose: Compose = None,
    cluster: Cluster = None,
    seed: Seed = None,
    settings: Settings = None,
    plugins: Plugins = None,
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
    from aio_sim.cli.detail import level_to_draw
    from aio_sim.cli.loading import Source
    from aio_sim.cli.output import new_directory

    source = Source(scenario, manifests or (), compose, cluster)
    chosen, said = _chosen(source, settings or (), plugins or (), on_error and on_error.value)
    level: Level = "full" if out or explain else "tasks" if json else level_to_draw(chosen)
    with ExitStack() as stack:
        folder = stack.enter_context(new_directory(out)) if out else None
        finished, whole = _simulate(chosen, seed, level, audit)
        finished.trace.meta.update(said)
        if folder:
            from aio_sim.report.results import write_results

            write_results(finished, folder)
    if json:
        _print_json(finished, explain)
    else:
        _print_summary(finished, explain)
    if audit:
        say(_("audit: every invariant held"))
    if not whole:
        raise KeyboardInterrupt  # what was finished is kept
    _check_jobs(finished)


def _chosen(
    source: Source, settings: Sequence[str], plugins: Sequence[str], on_error: str | None
) -> tuple[Scenario, dict[str, list[str]]]:
    """Return the scenario, and what is to be said of it, which is also said at once."""
    from aio_sim.cli.loading import import_files, load, say_what_came

    source.check()
    if source.scenario is not None:
        return load(source.scenario, settings, plugins, on_error), {}
    found = import_files(source, settings, plugins, on_error)
    say_what_came(found)
    said = {"warnings": list(found.warnings), "assumptions": list(found.assumptions)}
    return found.scenario, {name: each for name, each in said.items() if each}


def _simulate(scenario: Scenario, seed: int | None, level: Level, audit: bool) -> tuple[Run, bool]:
    """Return the run, and whether it came to its end; Ctrl-C ends it where it is."""
    from aio_sim.cli.interrupts import noted_interrupt
    from aio_sim.cli.progress import progress_bar
    from aio_sim.simulation import simulate

    # A plug-in that prints must not get between the results.
    with redirect_stdout(sys.stderr), progress_bar() as show, noted_interrupt() as interrupt:

        def progress(now: int, fraction: float | None) -> bool:
            if show is not None:
                show(now, fraction)
            return not interrupt.asked

        finished = simulate(scenario, seed, level=level, audit=audit, progress=progress)
        return finished, not interrupt.asked


def _check_jobs(finished: Run) -> None:
    """Raise FunctionFailed where a job's own functions did: the run is told, and is a failure."""
    for name, job in finished.trace.meta.get("mapreduce", {}).items():
        if job.get("raised"):
            from aio_sim.distributed.mapreduce.counters import FunctionFailed

            told = _("job {name}: {reason}").format(name=name, reason=job["failure"])
            raise FunctionFailed(told)


def _print_json(finished: Run, explain: bool) -> None:
    from aio_sim.report.results import as_json, result

    if explain:
        _print_sentences(finished, to=sys.stderr)
    print(as_json(result(finished)))


def _print_summary(finished: Run, explain: bool) -> None:
    from aio_sim.report.terminal import print_summary

    if explain:
        _print_sentences(finished, to=sys.stdout)
        print()
    print_summary(finished.trace)


def _print_sentences(finished: Run, to: TextIO) -> None:
    from aio_sim.analysis.explanation import explain

    for line in explain(finished.trace):
        print(line, file=to)
