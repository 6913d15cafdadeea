"""`aio-sim calibrate`: how fast this machine encrypts and compresses."""

from __future__ import annotations

from collections.abc import Iterator
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
    from aio_sim.cli.lab_files import write
    from aio_sim.kernel.units import parse_duration

    budget = parse_duration(time)
    if budget <= 0:
        raise InputError(_("--time {time}: must be longer than 0").format(time=time))
    if output == "-":
        raise InputError(_("--output -: --json prints to standard output"))
    measured: list[CodecCosts] = []
    # The file is begun first, so that what stands in the way is known before all is measured.
    write(_measured(budget, measured), output, force)
    if json:
        print(_json(measured[0]))
    else:
        _print(measured[0])


def _measured(budget: int, measured: list[CodecCosts]) -> Iterator[bytes]:
    from aio_sim.codecs.calibration import calibrate as measure

    measured.append(measure(budget))
    yield f"{_json(measured[0])}\n".encode()


def _json(costs: CodecCosts) -> str:
    from json import dumps

    return dumps(costs.as_json(), ensure_ascii=False, indent=2)


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
