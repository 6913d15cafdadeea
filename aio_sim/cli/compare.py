"""`aio-sim compare`: the same arrivals under several variants."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Annotated

import typer

from aio_sim.cli.errors import DONE, INTERRUPTED, say
from aio_sim.cli.options import Json, Plugins, ScenarioName, Seed, Settings
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.analysis.comparison import Comparison
    from aio_sim.analysis.variants import Values
    from aio_sim.scenario import Scenario

_OPENING, _CLOSING, _QUOTES = "[{", "]}", "\"'"


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
) -> int:
    """Run the same arrivals under each variant and print the differences."""
    from aio_sim.analysis.variants import combinations, made
    from aio_sim.cli.loading import other_kinds
    from aio_sim.cli.plugins import load_plugins
    from aio_sim.scenario.load import reader

    values = combinations(_variations(vary))
    load_plugins(plugins or ())
    form = _(
        "{file} is no scenario; `aio-sim run {option} {file} --out DIR` makes one of it, "
        "DIR/scenario.yaml, that can be compared"
    )
    with other_kinds(scenario, form):
        variants = made(values, reader(scenario), settings or ())
    found = _compare(values, variants, replications, seed, metric)
    if json:
        _print_json(found)
    else:
        _print_table(found)
    if found.interrupted:
        say(_("interrupted after {count} replications").format(count=found.replications))
        return INTERRUPTED
    return DONE


def _compare(
    values: list[Values],
    variants: list[Scenario],
    replications: int,
    seed: int | None,
    metrics: Sequence[str] | None,
) -> Comparison:
    from aio_sim.analysis.comparison import compare_variants
    from aio_sim.cli.progress import counting_bar

    # A plug-in that prints must not get between the results.
    with redirect_stdout(sys.stderr), counting_bar() as progress:
        return compare_variants(
            *(values, variants, replications, seed), metrics=metrics, progress=progress
        )


def _print_json(found: Comparison) -> None:
    from aio_sim.report.comparison import comparison_result
    from aio_sim.report.results import as_json

    print(as_json(comparison_result(found)))


def _print_table(found: Comparison) -> None:
    from aio_sim.report.comparison import print_comparison

    print_comparison(found)


def _variations(options: Iterable[str]) -> dict[str, list[str]]:
    """Return the values by path.

    Raises InputError for an option that is not PATH=A,B,C, or a path given twice.
    """
    found: dict[str, list[str]] = {}
    for option in options:
        path, sign, text = option.partition("=")
        path, values = path.strip(), [value.strip() for value in split_values(text)]
        if not sign or not path or not all(values):
            raise InputError(
                _("--vary {option}: expected PATH=A,B,C, as in scheduler.policy=fcfs,sjf").format(
                    option=option
                )
            )
        if path in found:
            raise InputError(_("--vary {path}: given twice").format(path=path))
        found[path] = values
    return found


def split_values(text: str) -> list[str]:
    """Return the parts between commas, but for commas within brackets or quotes."""
    values, depth, quote = [""], 0, ""
    for each in text:
        if quote:
            quote = "" if each == quote else quote
        elif each in _QUOTES:
            quote = each
        depth += (each in _OPENING) - (each in _CLOSING)
        if each == "," and not depth and not quote:
            values.append("")
        else:
            values[-1] += each
    return values
