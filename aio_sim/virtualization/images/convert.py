"""From one format to another, holes staying holes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from aio_sim.virtualization.images.create import new_image
from aio_sim.virtualization.images.formats import AnyPath, format_of, open_image, variant_of
from aio_sim.virtualization.images.image import DiskImage
from aio_sim.virtualization.images.image_file import is_zero
from aio_sim.virtualization.images.staging import Staging

CHUNK: Final = 1 << 20
"""Bytes that are read and written at a time."""

GRANULARITY: Final = 4096
"""Zeros of this many bytes, and aligned to it, are not written: a page of most file systems."""

Progress = Callable[[int], None]
"""Is told, now and then, up to which byte of the disk the work is done."""


def convert_image(
    source: AnyPath,
    target: AnyPath,
    *,
    source_format: str | None = None,
    format: str | None = None,
    variant: str | None = None,
    force: bool = False,
    seed: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Write the disk of `source`, its parents' bytes included, as a new image with no parent.

    Raises ImageError where the source is damaged or the disk is full, InputError where the
    request cannot be met; the target is then as it was.
    """
    kind = format_of(target, format)
    wanted = variant_of(kind, variant)
    with (
        open_image(source, source_format) as image,
        Staging(force) as staging,
        new_image(staging, Path(target), image.size, kind, wanted, seed=seed) as made,
    ):
        copy_data(image, made, progress=progress)


def copy_data(
    source: DiskImage,
    target: DiskImage,
    end: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Write all bytes of `source` before `end` that are not zero to a target that is all zeros."""
    for offset, length in chunks(source.data_ranges(0, end), CHUNK):
        data = source.read(offset, length)
        for at, stop in data_pieces(data, -offset % GRANULARITY):
            target.write(offset + at, data[at:stop])
        if progress:
            progress(offset + length)


def chunks(ranges: Iterator[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    """Yield (offset, length) of the ranges cut at the multiples of `size`."""
    for start, length in ranges:
        at, end = start, start + length
        while at < end:
            stop = min(at - at % size + size, end)
            yield at, stop - at
            at = stop


def data_pieces(data: bytes, first: int = 0) -> Iterator[tuple[int, int]]:
    """Yield (start, stop) of the parts of `data` that are not zero.

    The data is looked at in pages of `GRANULARITY` bytes, the first of which begins at `first`;
    neighbours that are not zero come as one part.
    """
    if is_zero(data):
        return
    begun: int | None = None
    for at in _page_starts(len(data), first):
        stop = min(at + GRANULARITY, len(data)) if at or not first else min(first, len(data))
        zero = is_zero(data[at:stop])
        if zero and begun is not None:
            yield begun, at
            begun = None
        elif not zero and begun is None:
            begun = at
    if begun is not None:
        yield begun, len(data)


def _page_starts(length: int, first: int) -> Iterator[int]:
    if first:
        yield 0
    yield from range(first, length, GRANULARITY)
