"""What an image stores, and blocks drawn from it, for models of how it is copied.

What is stored is what the format's own map says was written; where a format keeps no such map, or
has room for all blocks from the start, the blocks that are not all zero. So it is the same wherever
the file lies: which parts of it are holes to its file system does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.virtualization.images.image import HOLE, DiskImage

SAMPLE_SIZE: Final = 65536

_PREALLOCATED: Final = frozenset({"raw", "static", "monolithicFlat"})
"""Variants that have room for every block, written or not."""


def stored_ranges(
    image: DiskImage, start: int = 0, end: int | None = None
) -> Iterator[tuple[int, int]]:
    """Yield (offset, length) of the blocks of [start, end) that an image and its parents store.

    They are blocks of the format, and of SAMPLE_SIZE where it tells nothing of them. Raises
    ImageError where the image is damaged.
    """
    for run in image.runs(start, image.size if end is None else end):
        if run.position >= 0 and image.variant in _PREALLOCATED:
            yield from _written(image, run.offset, run.offset + run.length)
        elif run.position >= 0:
            yield run.offset, run.length
        elif run.position == HOLE and image.parent is not None:
            stop = min(run.offset + run.length, image.parent.size)
            yield from stored_ranges(image.parent, run.offset, stop)


def _written(image: DiskImage, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of blocks of SAMPLE_SIZE in [start, end) that are not all zero."""
    done = start
    # Holes of the file are zeros, so they are passed over without being read.
    for offset, length in image.data_ranges(start, end):
        for block in range(offset // SAMPLE_SIZE, -(-(offset + length) // SAMPLE_SIZE)):
            first, last = max(block * SAMPLE_SIZE, done), min((block + 1) * SAMPLE_SIZE, end)
            if first < last and image.read(first, last - first).strip(b"\0"):
                yield first, last - first
            done = max(done, last)


def sample_blocks(
    image: DiskImage, count: int, seed: int, block_size: int = SAMPLE_SIZE
) -> list[bytes]:
    """Return up to `count` different blocks of what is stored, drawn evenly, in their order.

    Blocks are `block_size` bytes (the last one of the disk may be shorter), aligned to that; the
    same seed draws the same blocks. Memory grows with `count` alone.

    Raises InputError for a count or block size below 1, ImageError where the image is damaged.
    """
    if count < 1 or block_size < 1:
        raise InputError(_("a sample has at least one block, of at least one byte"))
    total = sum(last - first for first, last in _block_spans(image, block_size))
    generator = RandomStreams(seed).stream("virtualization.images.sample")
    chosen = generator.choice(total, min(count, total), replace=False).tolist() if total else []
    offsets = _offsets(image, block_size, sorted(chosen))
    return [image.read(offset, min(block_size, image.size - offset)) for offset in offsets]


def _offsets(image: DiskImage, block_size: int, numbers: list[int]) -> Iterator[int]:
    """Yield where the numbered ones (ascending) of all blocks that are stored begin."""
    passed, wanted = 0, iter(numbers)
    number = next(wanted, None)
    for first, last in _block_spans(image, block_size):
        while number is not None and number < passed + last - first:
            yield (first + number - passed) * block_size
            number = next(wanted, None)
        passed += last - first


def _block_spans(image: DiskImage, block_size: int) -> Iterator[tuple[int, int]]:
    """Yield (first, last + 1) of the blocks that are stored in part or whole, none twice."""
    done = 0
    for offset, length in stored_ranges(image):
        first = max(offset // block_size, done)
        done = max(-(-(offset + length) // block_size), done)
        if first < done:
            yield first, done
