"""`aio-sim lab`: one topic at a time, without a scenario."""

from __future__ import annotations

from typing import Annotated

import typer

from aio_sim.cli.lab_assign import assign
from aio_sim.cli.lab_backup import backup
from aio_sim.cli.lab_codecs import compress, decompress
from aio_sim.cli.lab_container import container
from aio_sim.cli.lab_containers import autoscale, processes, throttle
from aio_sim.cli.lab_distribute import distribute
from aio_sim.cli.lab_encrypt import encrypt
from aio_sim.cli.lab_life import machine
from aio_sim.cli.lab_machines import machines
from aio_sim.cli.lab_memory import memory
from aio_sim.cli.lab_options import AddressSpace, Explain, LabSeed, Values, show
from aio_sim.cli.lab_query import query
from aio_sim.cli.lab_replicas import replicas
from aio_sim.cli.lab_schedule import schedule
from aio_sim.cli.lab_shares import shares
from aio_sim.cli.lab_structures import choose, structures
from aio_sim.cli.options import Json
from aio_sim.kernel.errors import UnknownName

lab = typer.Typer(add_completion=False, rich_markup_mode=None)


@lab.callback(invoke_without_command=True)
def _labs(context: typer.Context) -> None:
    """Work on one topic at a time: problems drawn or given, answers checked step by step.

    What is not given is drawn under --seed; then --explain shows the answer.
    """
    if context.invoked_subcommand is None:
        print(context.get_help())


@lab.command()
def paging(
    policy: Annotated[
        str | None, typer.Option(help="fifo, lru, clock, second_chance, lfu, opt or random.")
    ] = None,
    frames: Annotated[int | None, typer.Option(metavar="N", min=1, help="Frames.")] = None,
    reference: Annotated[
        Values, typer.Option(metavar="7,0,1", help="The pages accessed, in order; repeatable.")
    ] = None,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Replace pages: which accesses fault, and which page leaves."""
    from aio_sim.cli.lab_values import whole_numbers
    from aio_sim.teaching.labs.pages.paging import sheet
    from aio_sim.teaching.labs.paging import draw, solve

    pages = whole_numbers("--reference", reference)
    problem = draw(seed, policy=policy, frames=frames, reference=pages)
    drawn = None in (policy, frames, reference)
    show(sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)


@lab.command()
def translate(
    page_size: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Of a page, a power of two.")
    ] = None,
    address_space: AddressSpace = None,
    table: Annotated[
        Values, typer.Option(metavar="0:24,3:12", help="The frame of each valid page; repeatable.")
    ] = None,
    addresses: Annotated[
        Values, typer.Option(metavar="13189,8989", help="Virtual addresses; repeatable.")
    ] = None,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Translate addresses by a page table."""
    from aio_sim.cli.lab_values import page_table, size, whole_numbers
    from aio_sim.teaching.labs.pages.translation import paging_sheet
    from aio_sim.teaching.labs.translation import draw, solve

    problem = draw(
        seed,
        page_size=size("--page-size", page_size),
        address_space=size("--address-space", address_space),
        table=page_table("--table", table),
        addresses=whole_numbers("--addresses", addresses),
    )
    drawn = None in (page_size, address_space, table, addresses)
    show(paging_sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)


@lab.command()
def segments(
    address_space: AddressSpace = None,
    segment: Annotated[
        Values,
        typer.Option(metavar="BASE:LIMIT:up|down", help="The next segment; repeatable."),
    ] = None,
    addresses: Annotated[
        Values, typer.Option(metavar="108,97", help="Virtual addresses; repeatable.")
    ] = None,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Translate addresses by segments, which the top bits of an address pick.

    A segment that grows down ends at its base and at the top of its part of the address space.
    """
    from aio_sim.cli.lab_values import segments as read_segments
    from aio_sim.cli.lab_values import size, whole_numbers
    from aio_sim.teaching.labs.pages.translation import segments_sheet
    from aio_sim.teaching.labs.segments import draw, solve

    problem = draw(
        seed,
        address_space=size("--address-space", address_space),
        segments=read_segments("--segment", segment),
        addresses=whole_numbers("--addresses", addresses),
    )
    drawn = None in (address_space, segment, addresses)
    show(segments_sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)


@lab.command()
def allocate(
    fit: Annotated[
        str | None, typer.Option(help="first, best, worst, next, or buddy for a buddy system.")
    ] = None,
    base: Annotated[str, typer.Option(metavar="ADDRESS", help="Of the memory.")] = "1000",
    size: Annotated[str, typer.Option(metavar="SIZE", help="Of the memory.")] = "100",
    coalesce: Annotated[
        bool, typer.Option("--coalesce", help="Join a freed block to the holes it touches.")
    ] = False,
    operations: Annotated[
        Values,
        typer.Option(
            metavar="+20,-0", help="+N allocates N, -N frees the N-th allocation; repeatable."
        ),
    ] = None,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Lend variable partitions of some memory from its free list."""
    from aio_sim.cli.lab_values import requests
    from aio_sim.cli.lab_values import size as read_size
    from aio_sim.teaching.labs.allocation import draw, solve
    from aio_sim.teaching.labs.pages.allocation import sheet

    problem = draw(
        seed,
        fit=fit,
        operations=requests("--operations", operations),
        base=read_size("--base", base) or 0,
        size=read_size("--size", size) or 0,
        coalesce=coalesce,
    )
    drawn = None in (fit, operations)
    show(sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)


@lab.command()
def switch(
    strategy: Annotated[str, typer.Option(help="fast, precise or both.")] = "both",
    vector_use: Annotated[
        float | None,
        typer.Option(metavar="SHARE", min=0, max=1, help="Of slices that use vector registers."),
    ] = None,
    switches: Annotated[int, typer.Option(metavar="N", min=1, help="Context switches.")] = 1000,
    tlb: Annotated[str, typer.Option(help="tag or flush.")] = "tag",
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Switch contexts: vector registers always, or only once they are used."""
    from aio_sim.scheduling.context_switch import SwitchStrategy, TlbSwitch
    from aio_sim.teaching.labs.pages.switching import sheet
    from aio_sim.teaching.labs.switching import STRATEGIES, draw, solve

    names = [each.value for each in STRATEGIES] + ["both"]
    if strategy not in names:
        raise UnknownName("switch strategy", strategy, names)
    problem = draw(
        seed,
        vector_use=vector_use,
        switches=switches,
        strategies=STRATEGIES if strategy == "both" else (SwitchStrategy(strategy),),
        tlb=TlbSwitch.named(tlb),
    )
    drawn = vector_use is None
    show(sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)


for command in (
    *(compress, decompress, schedule, shares, machine, machines, throttle, autoscale, processes),
    *(container, memory, assign, distribute, replicas, encrypt, structures, choose, query),
    backup,
):
    lab.command()(command)
