"""`aio-sim lab machines`: virtual machines on a host, what they are promised and what they get."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

import typer

from aio_sim.cli.lab_options import Explain, LabSeed, show
from aio_sim.cli.options import Json
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.virtualization.machine.claim import MachineClaim


def machines(
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="The monitor: esxi or virtualbox.")
    ] = None,
    cores: Annotated[int | None, typer.Option(metavar="N", min=1, help="Of the host.")] = None,
    memory: Annotated[str | None, typer.Option(metavar="SIZE", help="Of the host.")] = None,
    machine: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CORES:MEMORY:SHARES[:RESERVED[:LIMIT]]",
            help="A machine, as in 1:2GiB:1000:0.5; repeatable.",
        ),
    ] = None,
    overcommit_cores: Annotated[
        str | None, typer.Option(metavar="N", help="How often a core is promised.")
    ] = None,
    overcommit_memory: Annotated[
        str | None, typer.Option(metavar="N", help="How often memory is promised.")
    ] = None,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Put virtual machines on a host: which find room, and what each has when all are busy."""
    from aio_sim.cli.lab_container_values import quantity
    from aio_sim.cli.lab_values import parts, size
    from aio_sim.teaching.labs.machines import draw, solve
    from aio_sim.teaching.labs.pages.machines import sheet

    asked = parts("--machine", machine)
    problem = draw(
        seed,
        profile=profile,
        cores=cores,
        memory=size("--memory", memory),
        claims=None if asked is None else [_claim(text) for text in asked],
        overcommit_cores=quantity("--overcommit-cores", overcommit_cores),
        overcommit_memory=quantity("--overcommit-memory", overcommit_memory),
    )
    drawn = None in (profile, cores, memory, machine)
    show(sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)


def _claim(text: str) -> MachineClaim:
    """Return what a machine claims, as it is written on the command line."""
    from aio_sim.cli.lab_container_values import quantity
    from aio_sim.cli.lab_values import size, whole_number
    from aio_sim.virtualization.machine.claim import MachineClaim

    option = "--machine"
    fields = text.split(":")
    if not 3 <= len(fields) <= 5:
        raise InputError(
            _("{option}: expected CORES:MEMORY:SHARES, as in 1:2GiB:1000; got {text!r}").format(
                option=option, text=text[:64]
            )
        )
    cores, memory, shares = fields[:3]
    reserved = quantity(option, fields[3]) if len(fields) > 3 else None
    limit = quantity(option, fields[4]) if len(fields) > 4 else None
    claim = MachineClaim(
        whole_number(option, cores),
        size(option, memory) or 0,
        shares=whole_number(option, shares),
        reserved_cores=reserved or Fraction(0),
        core_limit=limit,
    )
    _check(option, text, claim)
    return claim


def _check(option: str, text: str, claim: MachineClaim) -> None:
    """InputError for a machine that cannot be."""
    cores = Fraction(claim.cores)
    most = cores if claim.core_limit is None else min(claim.core_limit, cores)
    if min(claim.cores, claim.memory, claim.shares) < 1 or most <= 0:
        sentence = _("{option}: cores, memory, shares and a limit must be above 0; got {text!r}")
    elif claim.reserved_cores > most:
        sentence = _("{option}: cannot reserve more cores than it may have; got {text!r}")
    else:
        return
    raise InputError(sentence.format(option=option, text=text[:64]))
