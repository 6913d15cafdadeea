"""The options of `aio-sim image`, and how long work on an image is watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, TypeAlias

import typer

from aio_sim.kernel.errors import UnitError

Source: TypeAlias = Annotated[str, typer.Argument(metavar="SOURCE", help="The image to read.")]
Target: TypeAlias = Annotated[str, typer.Argument(metavar="TARGET", help="The image to make.")]
Image: TypeAlias = Annotated[str, typer.Argument(metavar="IMAGE", help="The image's file.")]
Format: TypeAlias = Annotated[
    str | None,
    typer.Option("--format", metavar="FORMAT", help="vdi, vmdk or raw, whatever the suffix says."),
]
SourceFormat: TypeAlias = Annotated[
    str | None,
    typer.Option("--source-format", metavar="FORMAT", help="The same for the image to read."),
]
OtherFormat: TypeAlias = Annotated[
    str | None,
    typer.Option("--other-format", metavar="FORMAT", help="The same for the second image."),
]
Variant: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--variant",
        metavar="VARIANT",
        help="VDI: dynamic, static. VMDK: monolithicSparse, monolithicFlat, streamOptimized.",
    ),
]
Size: TypeAlias = Annotated[
    str, typer.Option("--size", metavar="SIZE", help="Of the disk, as in 64MiB or 1TiB.")
]
Force: TypeAlias = Annotated[
    bool, typer.Option("--force", help="Replace the target where there is one.")
]
Identity: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--seed", metavar="N", min=0, help="Draw the image's identity from a seed, not at random."
    ),
]


def size_of(text: str) -> int:
    """Return the bytes that `--size` says."""
    from aio_sim.kernel.units import parse_size

    try:
        return parse_size(text)
    except UnitError as error:
        raise UnitError(f"--size: {error}") from None


@contextmanager
def watched(
    name: str, format: str | None, *, whole_file: bool = False
) -> Iterator[Callable[[int], None] | None]:
    """Give what to tell how many bytes are done, or None where stderr is not a terminal.

    They are bytes of the disk, or of the file where it is worked on as a `whole_file`.
    """
    from aio_sim.cli.progress import size_bar
    from aio_sim.virtualization.images import open_image

    with size_bar() as report:
        if report is None:
            yield None
            return
        with open_image(name, format, verify=False) as image:  # the work itself verifies
            total = max(file.size for file in image.files) if whole_file else image.size
        yield lambda done: report(done, total)
