"""`aio-sim lab structures` and `choose`: what data structures cost, and which one suits."""

from __future__ import annotations

from typing import Annotated

import typer

from aio_sim.cli.lab_options import Explain, LabSeed, Values, show
from aio_sim.cli.options import Json
from aio_sim.kernel.errors import UnknownName


def structures(
    structure: Annotated[
        Values, typer.Option(metavar="NAME", help="Measure this one alone; repeatable.")
    ] = None,
    operation: Annotated[
        Values,
        typer.Option(
            metavar="NAME", help="insert, lookup, delete, scan, range or build; repeatable."
        ),
    ] = None,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Measure data structures: how the steps of their operations grow with the items.

    Without --structure and --operation all are measured; the seed draws the keys.
    """
    from aio_sim.cli.lab_values import parts
    from aio_sim.teaching.labs.pages.structures import sheet
    from aio_sim.teaching.labs.structures import problem, solve

    given = problem(seed, parts("--structure", structure), parts("--operation", operation))
    show(sheet(given, solve(given)), drawn=False, explain=explain, json=json)


def choose(
    mix: Annotated[
        Values,
        typer.Option(metavar="lookup=9,insert=1", help="Weights of operations; repeatable."),
    ] = None,
    items: Annotated[int, typer.Option(metavar="N", min=1, help="Items.")] = 1_000_000,
    case: Annotated[str, typer.Option(metavar="NAME", help="best, average or worst.")] = "average",
    medium: Annotated[
        str,
        typer.Option(metavar="NAME", help="memory, where steps count, or disk, where pages do."),
    ] = "memory",
    most_bytes: Annotated[
        float | None, typer.Option(metavar="BYTES", min=0, help="An item may take, at most.")
    ] = None,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Choose a data structure for a mix of operations, by what was measured."""
    from aio_sim.cli.lab_values import weights
    from aio_sim.storage.structures.choice import Demands, Medium
    from aio_sim.storage.structures.inputs import Case
    from aio_sim.teaching.labs.pages.structure_choice import sheet
    from aio_sim.teaching.labs.structure_choice import ChoiceProblem, draw_mix, solve, weighed

    _known("case", case, [str(each) for each in Case])
    _known("medium", medium, [str(each) for each in Medium])
    given = weights("--mix", mix)
    shares = weighed(draw_mix(seed) if given is None else given)
    problem = ChoiceProblem(Demands(shares, items, Case(case), Medium(medium), most_bytes), seed)
    show(sheet(problem, solve(problem)), drawn=mix is None, explain=explain, json=json)


def _known(kind: str, name: str, names: list[str]) -> None:
    if name not in names:
        raise UnknownName(kind, name, names)
