"""`aio-sim lab machine`: the life of a virtual machine, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aio_sim.cli.lab_options import Explain, LabSeed, Values, show
from aio_sim.cli.options import Json
from aio_sim.kernel.errors import InputError, UnitError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.scenario.hosts import DiskSpec

_DISK = "550MB/s:520MB/s:100us"


def machine(
    profile: Annotated[
        Values,
        typer.Option(metavar="NAME", help="The monitor: esxi or virtualbox; repeat to compare."),
    ] = None,
    cores: Annotated[int | None, typer.Option(metavar="N", min=1, help="Virtual cores.")] = None,
    memory: Annotated[str | None, typer.Option(metavar="SIZE", help="Of the machine.")] = None,
    image: Annotated[str | None, typer.Option(metavar="SIZE", help="Of its disk image.")] = None,
    disk: Annotated[
        str, typer.Option(metavar="READ:WRITE:LATENCY", help="Of the host's disk.")
    ] = _DISK,
    steps: Annotated[
        Values,
        typer.Option(
            metavar="STEP,...",
            help="create, boot, pause, resume, snapshot, shut_down, destroy, in any order that is "
            "possible; repeatable.",
        ),
    ] = None,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Lead a machine through its life: the state after each step, and what each step takes."""
    from aio_sim.cli.lab_values import parts, size
    from aio_sim.teaching.labs.machine_life import draw, solve
    from aio_sim.teaching.labs.pages.machine_life import sheet

    problem = draw(
        seed,
        profiles=parts("--profile", profile),
        cores=cores,
        memory=size("--memory", memory),
        image=size("--image", image),
        disk=_disk(disk),
        steps=parts("--steps", steps),
    )
    drawn = None in (profile, cores, memory, image, steps)
    show(sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)


def _disk(text: str) -> DiskSpec:
    """Return a disk, written `READ:WRITE:LATENCY`."""
    from aio_sim.cli.lab_values import duration
    from aio_sim.kernel.units import parse_rate
    from aio_sim.scenario.hosts import USUAL_DISK

    fields = text.split(":")
    if len(fields) != 3:
        raise InputError(
            _("--disk: expected READ:WRITE:LATENCY, as in {usual}; got {text!r}").format(
                usual=_DISK, text=text[:64]
            )
        )
    try:
        read, write = (parse_rate(field) for field in fields[:2])
    except UnitError as error:
        raise UnitError(f"--disk: {error}") from None
    if min(read, write) < 8:
        raise InputError(_("--disk: a rate must be at least 1 byte a second"))
    latency = duration("--disk", fields[2])
    return USUAL_DISK.model_copy(update={"read": read, "write": write, "latency": latency})
