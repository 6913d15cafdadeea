"""The options that every lab has, and how every lab is shown."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, TextIO, TypeAlias

import typer

from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from rich.console import RenderableType

    from aio_sim.teaching.labs.pages.sheet import Sheet

Values: TypeAlias = list[str] | None
"""The values of an option that may stand several times, each with several in it."""
AddressSpace: TypeAlias = Annotated[
    str | None, typer.Option(metavar="SIZE", help="Of all virtual addresses, a power of two.")
]
LabSeed: TypeAlias = Annotated[
    int,
    typer.Option("--seed", metavar="N", min=0, help="Draw what is not given; one N, one problem."),
]
Explain: TypeAlias = Annotated[
    bool, typer.Option("--explain", help="Show the answer and how one comes to it.")
]
Tokens: TypeAlias = Annotated[
    bool, typer.Option("--tokens", help="Show the first tokens of the stream.")
]
First: TypeAlias = Annotated[
    int,
    typer.Option("--first", metavar="N", min=1, max=10_000, help="How many tokens to show."),
]
Output: TypeAlias = Annotated[
    str | None, typer.Option("--output", metavar="FILE", help="Where to write; - is stdout.")
]
Force: TypeAlias = Annotated[
    bool, typer.Option("--force", help="Replace the output file where there is one.")
]


def show(sheet: Sheet, *, drawn: bool, explain: bool, json: bool, to: TextIO | None = None) -> None:
    """Print a sheet to a person or as JSON; the answer to what was drawn only when asked for.

    `to` is where a person reads: standard output where None.
    """
    if json:
        _print_json(sheet, drawn=drawn, explain=explain)
        return
    _print(sheet.given, to)
    if drawn and not explain:
        _print((sheet.task, _("The same command with --explain shows the answer.")), to)
        return
    _print(sheet.solution, to)
    if explain:
        _print(sheet.explanation, to)


def _print_json(sheet: Sheet, *, drawn: bool, explain: bool) -> None:
    from json import dumps

    if explain:
        _print(sheet.explanation, sys.stderr)
    problem = {"problem": sheet.problem} if drawn else {}
    print(dumps(problem | sheet.answer, ensure_ascii=False, indent=2))


def _print(parts: Iterable[RenderableType], to: TextIO | None) -> None:
    from aio_sim.report.console import console
    from aio_sim.teaching.labs.pages.sheet import print_parts

    print_parts(parts, console(to))
