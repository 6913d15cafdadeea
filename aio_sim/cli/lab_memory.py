"""`aio-sim lab memory`: the fixed and the dynamic memory limit of a container."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Final

import typer

from aio_sim.cli.lab_options import Explain, LabSeed, Values, show
from aio_sim.cli.options import Json
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.containers.memory_limits import MemoryLimit
    from aio_sim.teaching.labs.memory_limits import Operation

_OPERATION: Final = re.compile(r"(?P<name>[A-Za-z][\w-]{0,31})(?P<sign>[+-])(?P<size>.+)", re.ASCII)


def memory(
    fixed: Annotated[str | None, typer.Option(metavar="SIZE", help="A limit that stays.")] = None,
    floor: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Of a dynamic limit: never less.")
    ] = None,
    ceiling: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Of a dynamic limit: never more.")
    ] = None,
    high_water: Annotated[
        float | None,
        typer.Option(metavar="SHARE", min=0, max=1, help="Of a dynamic limit: its mark."),
    ] = None,
    room: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Free on the host beside the container.")
    ] = None,
    operations: Annotated[
        Values,
        typer.Option(metavar="NAME+SIZE,...", help="web+64MiB, web-32MiB, cache+1GiB; repeatable."),
    ] = None,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Limit a container's memory, fixed or dynamic: what it holds after each step, and who dies."""
    from aio_sim.cli.lab_values import parts, size
    from aio_sim.teaching.labs.memory_limits import draw, solve
    from aio_sim.teaching.labs.pages.memory_limits import sheet

    limit = _limit(fixed, floor, ceiling, high_water)
    texts = parts("--operations", operations)
    given = None if texts is None else [_operation(text) for text in texts]
    problem = draw(seed, limit=limit, room=size("--room", room), operations=given)
    drawn = None in (limit, room, given)
    show(sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)


def _limit(
    fixed: str | None, floor: str | None, ceiling: str | None, high_water: float | None
) -> MemoryLimit | None:
    """Return the limit that is given, None where none is."""
    from aio_sim.cli.lab_values import size
    from aio_sim.containers.memory_limits import HIGH_WATER, DynamicLimit, FixedLimit

    dynamic = (floor, ceiling, high_water)
    if fixed is None and dynamic == (None, None, None):
        return None
    if fixed is not None and dynamic == (None, None, None):
        return FixedLimit(size("--fixed", fixed) or 0)
    if fixed is not None or floor is None or ceiling is None:
        raise InputError(_("give either --fixed, or --floor and --ceiling"))
    mark = HIGH_WATER if high_water is None else Fraction(repr(high_water))
    return DynamicLimit(size("--floor", floor) or 0, size("--ceiling", ceiling) or 0, mark)


def _operation(text: str) -> Operation:
    """Return what a process takes or gives back, written `NAME+SIZE` or `NAME-SIZE`."""
    from aio_sim.cli.lab_values import size
    from aio_sim.teaching.labs.memory_limits import Operation

    match = _OPERATION.fullmatch(text)
    if match is None:
        sentence = _("--operations: expected NAME+SIZE or NAME-SIZE, as in web+64MiB; got {text!r}")
        raise InputError(sentence.format(text=text[:64]))
    amount = size("--operations", match["size"]) or 0
    return Operation(match["name"], amount if match["sign"] == "+" else -amount)
