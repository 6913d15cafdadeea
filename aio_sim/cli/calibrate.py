"""`aio-sim calibrate`: how fast this machine encrypts and compresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aio_sim.cli.lab_options import Force
from aio_sim.cli.options import Json
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.codecs.costs import CodecCosts


def calibrate(
    time: Annotated[
        str, typer.Option(metavar="DURATION", help="Measure each operation three times so long.")
    ] = "100ms",
    output: Annotated[
        str | None, typer.Option("--output", metavar="FILE", help="Where to write the JSON.")
    ] = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Measure how fast this machine encrypts and compresses.

    Without --output nothing is written.
    """
    from json import dumps

    from aio_sim.cli.lab_files import write
    from aio_sim.codecs.calibration import calibrate as measure
    from aio_sim.kernel.units import parse_duration

    budget = parse_duration(time)
    if budget <= 0:
        raise InputError(_("--time {time}: must be longer than 0").format(time=time))
    if output == "-":
        raise InputError(_("--output -: --json prints to standard output"))
    costs = measure(budget)
    text = dumps(costs.as_json(), ensure_ascii=False, indent=2)
    write([f"{text}\n".encode()], output, force)
    if json:
        print(text)
    else:
        _print(costs)


def _print(costs: CodecCosts) -> None:
    from aio_sim.report.console import console
    from aio_sim.teaching.labs.pages.sheet import print_parts, table

    streams = [
        (name, f"{speed.forward / 1e6:,.1f}", f"{speed.back / 1e6:,.1f}")
        for name, speed in costs.streams.items()
    ]
    operations = [
        (name, f"{speed.forward:,}", f"{speed.back:,}") for name, speed in costs.operations.items()
    ]
    parts = (
        costs.machine,
        "",
        table((_("MB/s"), _("there"), _("back")), streams),
        "",
        table((_("operations/s"), _("public"), _("private")), operations),
    )
    print_parts(parts, console())
