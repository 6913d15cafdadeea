"""`aio-sim image`: real disk images, made, looked at, converted and layered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aio_sim.cli.errors import DONE, FAILED
from aio_sim.cli.image_options import (
    Force,
    Format,
    Identity,
    Image,
    OtherFormat,
    Size,
    Source,
    SourceFormat,
    Target,
    Variant,
    size_of,
    watched,
)
from aio_sim.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Mapping

image = typer.Typer(add_completion=False, rich_markup_mode=None)


@image.callback(invoke_without_command=True)
def _images(context: typer.Context) -> None:
    """Make, look at, convert and layer disk images: VDI, VMDK and raw.

    The format follows the suffix (.vdi, .vmdk; .raw, .img, .bin, .dd) or --format.
    """
    if context.invoked_subcommand is None:
        print(context.get_help())


@image.command()
def create(
    path: Target,
    size: Size,
    format: Format = None,
    variant: Variant = None,
    force: Force = False,
    seed: Identity = None,
    json: Json = False,
) -> None:
    """Make an image of a disk that is all zeros."""
    from aio_sim.virtualization.images import create_image

    create_image(path, size_of(size), format=format, variant=variant, force=force, seed=seed)
    _show_made(path, format, json)


@image.command()
def info(path: Image, format: Format = None, json: Json = False) -> None:
    """Say what an image is: its sizes, identity and parents."""
    from aio_sim.report.images import info_lines
    from aio_sim.virtualization.images import image_info

    found = image_info(path, format)
    _show(found.as_dict(), info_lines(found), json)


@image.command()
def check(path: Image, format: Format = None, json: Json = False) -> int:
    """Check an image strictly.

    All of its structure is read, and compressed data too; exit 1 where there are faults.
    """
    from aio_sim.report.images import check_lines
    from aio_sim.virtualization.images import check_image

    report = check_image(path, format)
    _show(report.as_dict(), check_lines(report), json)
    return DONE if report.ok else FAILED


@image.command()
def compare(
    one: Annotated[str, typer.Argument(metavar="IMAGE", help="An image.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Another one.")],
    format: Format = None,
    other_format: OtherFormat = None,
    json: Json = False,
) -> int:
    """Compare two disks, whatever their formats.

    Exit 1 where they differ, or one is longer.
    """
    from aio_sim.report.images import comparison_lines
    from aio_sim.virtualization.images import compare_images

    with watched(one, format) as progress:
        found = compare_images(
            one, other, format=format, other_format=other_format, progress=progress
        )
    _show(found.as_dict(), comparison_lines(found), json)
    return DONE if found.same else FAILED


@image.command()
def convert(
    source: Source,
    target: Target,
    format: Format = None,
    source_format: SourceFormat = None,
    variant: Variant = None,
    force: Force = False,
    seed: Identity = None,
    json: Json = False,
) -> None:
    """Write a disk as another image, of any format.

    Holes stay holes; parents are merged in. --format is that of TARGET.
    """
    from aio_sim.virtualization.images import convert_image

    with watched(source, source_format) as progress:
        convert_image(
            source,
            target,
            source_format=source_format,
            format=format,
            variant=variant,
            force=force,
            seed=seed,
            progress=progress,
        )
    _show_made(target, format, json)


@image.command()
def copy(
    source: Source,
    target: Target,
    format: Format = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Copy an image byte for byte.

    The copy is the same image, identity and parent included.
    """
    from aio_sim.virtualization.images import copy_image

    with watched(source, format, whole_file=True) as progress:
        copy_image(source, target, format=format, force=force, progress=progress)
    _show_made(target, format, json)


@image.command()
def clone(
    source: Source,
    target: Target,
    linked: Annotated[
        bool, typer.Option("--linked", help="Keep only what will differ; SOURCE is the parent.")
    ] = False,
    format: Format = None,
    force: Force = False,
    seed: Identity = None,
    json: Json = False,
) -> None:
    """Make an image of its own with the same disk.

    A full clone has an identity of its own and no parent; a linked one is a snapshot.
    """
    from aio_sim.virtualization.images import clone_image

    with watched(source, format) as progress:
        clone_image(
            source,
            target,
            format=format,
            linked=linked,
            force=force,
            seed=seed,
            progress=progress,
        )
    _show_made(target, format, json)


@image.command()
def snapshot(
    base: Annotated[str, typer.Argument(metavar="BASE", help="The image; not to be written now.")],
    child: Annotated[str, typer.Argument(metavar="CHILD", help="The image to make over it.")],
    format: Format = None,
    force: Force = False,
    seed: Identity = None,
    json: Json = False,
) -> None:
    """Make an empty image over one that is then frozen.

    CHILD, in the folder of BASE, takes all writes; once BASE is written, CHILD is refused.
    """
    from aio_sim.virtualization.images import snapshot_image

    snapshot_image(base, child, format=format, force=force, seed=seed)
    _show_made(child, format, json)


@image.command()
def resize(
    path: Image,
    size: Size,
    shrink: Annotated[
        bool, typer.Option("--shrink", help="Allow less; what lies beyond is lost.")
    ] = False,
    format: Format = None,
    seed: Identity = None,
    json: Json = False,
) -> None:
    """Make a disk larger, or smaller if --shrink allows it."""
    from aio_sim.virtualization.images import resize_image

    resize_image(path, size_of(size), format=format, shrink=shrink, seed=seed)
    _show_made(path, format, json)


def _show_made(path: str, format: str | None, json: bool) -> None:
    from aio_sim.report.images import made_line
    from aio_sim.virtualization.images import image_info

    made = image_info(path, format)
    _show(made.as_dict(), [made_line(made)], json)


def _show(record: Mapping[str, object], lines: list[str], json: bool) -> None:
    if json:
        from json import dumps

        print(dumps(record, ensure_ascii=False, indent=2))
        return
    for line in lines:
        print(line)
