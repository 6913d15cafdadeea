"""`aio-sim lab compress` and `decompress`: real files through LZ77 and LZ78."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from aio_sim.cli.lab_files import STANDARD, reading, write
from aio_sim.cli.lab_options import Explain, First, Force, LabSeed, Output, Tokens, show
from aio_sim.cli.options import Json
from aio_sim.kernel.errors import CodecError, InputError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.teaching.labs.pages.sheet import Sheet

File = Annotated[str | None, typer.Argument(metavar="[FILE]", help="What to read; - is stdin.")]

_USUAL: Final = "lz77"


def compress(
    file: File = None,
    algorithm: Annotated[str | None, typer.Option(help="lz77 or lz78.")] = None,
    output: Output = None,
    tokens: Tokens = False,
    first: First = 50,
    force: Force = False,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Compress FILE, or a short text that is drawn, and show what it comes to.

    Without --output nothing is written.
    """
    _check(file, output, json)
    from aio_sim.teaching.labs import compression
    from aio_sim.teaching.labs.pages.compression import compression_sheet, text_sheet

    if file is None:
        problem = compression.draw(seed, algorithm)
        sheet = text_sheet(problem, compression.solve(problem, first), tokens)
        show(sheet, drawn=True, explain=explain, json=json)
        return
    with reading(file) as source:
        running = compression.Compression(
            source.chunks, algorithm or _USUAL, length=source.length, shown=first
        )
        write(running.stream, output, force)
    _report(compression_sheet(_name(file), running.answer, tokens), output, explain, json)


def decompress(
    file: File = None,
    output: Output = None,
    tokens: Tokens = False,
    first: First = 50,
    force: Force = False,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Decompress FILE, or show tokens that are drawn, to be turned into their text by hand.

    Without --output the stream is checked and nothing is written.
    """
    _check(file, output, json)
    from aio_sim.teaching.labs import compression
    from aio_sim.teaching.labs.pages.compression import decompression_sheet, tokens_sheet

    if file is None:
        problem = compression.draw(seed)
        sheet = tokens_sheet(problem, compression.solve(problem), tokens)
        show(sheet, drawn=True, explain=explain, json=json)
        return
    with reading(file) as source:
        running = compression.Decompression(source.chunks, shown=first)
        try:
            write(running.stream, output, force)
        except CodecError as error:
            raise CodecError(f"{_name(file)}: {error}") from error
    _report(decompression_sheet(_name(file), running.answer, tokens), output, explain, json)


def _check(file: str | None, output: str | None, json: bool) -> None:
    if file is None and output is not None:
        raise InputError(_("--output {output}: there is no FILE to read").format(output=output))
    if output == STANDARD and json:
        raise InputError(_("--output -: standard output is taken by --json"))


def _report(sheet: Sheet, output: str | None, explain: bool, json: bool) -> None:
    to = sys.stderr if output == STANDARD else None
    show(sheet, drawn=False, explain=explain, json=json, to=to)


def _name(file: str) -> str:
    return _("standard input") if file == STANDARD else file
