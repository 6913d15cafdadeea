"""Commands that look without running: `list`, `schema`, `check`."""

from __future__ import annotations

from typing import Annotated

import typer

from aio_sim.cli.errors import DONE, MISUSED, explain_error
from aio_sim.cli.options import Plugins
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


def list_scenarios() -> None:
    """Print the shipped scenarios, a line each."""
    from aio_sim.scenario import Scenario, shipped

    names = sorted(shipped())
    width = max(map(len, names))
    for name in names:
        print(f"{name:<{width}}  {Scenario.load(name).description}")


def schema() -> None:
    """Print the JSON Schema of a scenario, with which editors complete and check the YAML."""
    import json

    from aio_sim.scenario import scenario_schema

    print(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))


def check(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Scenario files, or shipped names; manifests, too."),
    ],
    plugins: Plugins = None,
) -> int:
    """Read scenarios and report everything that is wrong with them, without running.

    Kubernetes manifests and compose files are recognised, and checked as such.
    """
    from aio_sim.cli.plugins import load_plugins

    load_plugins(plugins or ())
    return max([_check(file) for file in files])


def _check(file: str) -> int:
    from aio_sim.scenario import Scenario

    try:
        Scenario.load(file)
    except InputError as error:
        return _check_as_other(file, error)
    print(_("{file}: correct").format(file=file))
    return DONE


def _check_as_other(file: str, error: InputError) -> int:
    """Report what is wrong with a file that is no correct scenario, but may be a manifest."""
    from aio_sim.cli.loading import Source, say_what_came
    from aio_sim.scenario.manifests.recognition import Format, recognised

    form = recognised(file)
    if form is None:
        explain_error(error)
        return MISUSED
    source = Source(compose=file) if form is Format.COMPOSE else Source(manifests=[file])
    try:
        found = source.imported(())
    except InputError as other:
        explain_error(other)
        return MISUSED
    say_what_came(found)
    told = _("{file}: correct; run it with {option}")
    print(told.format(file=file, option=form.value))
    return DONE
