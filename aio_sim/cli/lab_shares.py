"""`aio-sim lab shares`: cores or memory divided among virtual machines, step by step."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

import typer

from aio_sim.cli.lab_options import Explain, LabSeed, show
from aio_sim.cli.options import Json
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.teaching.labs.shares import Resource
    from aio_sim.virtualization.entitlement import Claim

_OPTION = "--machine"
_USUAL_MEMORY = 4 * 2**30


def shares(
    cores: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Divide so many cores.")
    ] = None,
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Divide so much memory for guests instead.")
    ] = None,
    machine: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SHARES[:RESERVATION[:LIMIT[:CORES]]]",
            help="A machine, as in 1000:0.5::2, of 1 virtual core where none are said; with "
            "--memory SHARES[:RESERVATION[:LIMIT[:SIZE[:ACTIVE]]]], of 4GiB; repeatable.",
        ),
    ] = None,
    overcommit: Annotated[
        str | None,
        typer.Option(metavar="N", help="How often it is promised; as esxi does, where not said."),
    ] = None,
    idle_tax: Annotated[
        str | None,
        typer.Option(metavar="PART", help="What idle memory is taxed; 0.75 where not said."),
    ] = None,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Divide cores or memory among machines by shares, within reservations and limits."""
    from aio_sim.cli.lab_container_values import quantity
    from aio_sim.cli.lab_values import parts, size
    from aio_sim.teaching.labs.pages.shares import sheet
    from aio_sim.teaching.labs.shares import Resource, draw, solve

    asked = parts(_OPTION, machine)
    resource = _resource(cores, memory, asked)
    if resource is Resource.CORES and idle_tax is not None:
        raise InputError(_("--idle-tax: only memory has one"))
    claims = None if asked is None or resource is None else [_claim(t, resource) for t in asked]
    problem = draw(
        seed,
        resource,
        capacity=size("--memory", memory) if cores is None else cores,
        claims=claims,
        overcommit=quantity("--overcommit", overcommit),
        idle_tax=quantity("--idle-tax", idle_tax),
    )
    drawn = machine is None or (cores is None and memory is None)
    show(sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)


def _resource(cores: int | None, memory: str | None, machines: list[str] | None) -> Resource | None:
    """Return what is divided, None where that is to be drawn."""
    from aio_sim.teaching.labs.shares import Resource

    if cores is not None and memory is not None:
        raise InputError(_("--cores and --memory cannot be given together: one is divided"))
    if memory is not None:
        return Resource.MEMORY
    return None if cores is None and machines is None else Resource.CORES


def _claim(text: str, resource: Resource) -> Claim:
    """Return what a machine claims, as it is written on the command line; "" stands for absent."""
    from aio_sim.cli.lab_values import size, whole_number
    from aio_sim.teaching.labs.shares import Resource
    from aio_sim.virtualization.entitlement import Claim

    fields = text.split(":")
    if resource is Resource.CORES:
        _require(text, fields, 4, "SHARES[:RESERVATION[:LIMIT[:CORES]]]")
        shares, reserved, limit, cores = _padded(fields, 4)
        demand = whole_number(_OPTION, cores or "1") * resource.unit
        most = None if limit is None else _core_time(limit, resource)
        return Claim(
            whole_number(_OPTION, shares or ""), _core_time(reserved or "0", resource), most, demand
        )
    _require(text, fields, 5, "SHARES[:RESERVATION[:LIMIT[:SIZE[:ACTIVE]]]]")
    shares, *sizes = _padded(fields, 5)
    reserved_size, most, told, active = (size(_OPTION, each) for each in sizes)
    demand = _USUAL_MEMORY if told is None else told
    return Claim(whole_number(_OPTION, shares or ""), reserved_size or 0, most, demand, active)


def _require(text: str, fields: list[str], most: int, form: str) -> None:
    if len(fields) > most:
        raise InputError(
            _("{option}: expected {form}; got {text!r}").format(
                option=_OPTION, form=form, text=text[:64]
            )
        )


def _padded(fields: list[str], count: int) -> list[str | None]:
    """Return so many fields, None for those that are empty or not there."""
    return [*(field or None for field in fields), *[None] * (count - len(fields))]


def _core_time(text: str, resource: Resource) -> int:
    """Return parts of a core in the units of a claim."""
    from aio_sim.cli.lab_container_values import quantity

    cores = quantity(_OPTION, text) or Fraction(0)
    return int(cores * resource.unit)
