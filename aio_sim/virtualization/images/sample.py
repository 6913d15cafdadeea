"""Blocks drawn from an image, for models that need to know how well its data compresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.virtualization.images.image import DiskImage

SAMPLE_SIZE: Final = 65536


def sample_blocks(
    image: DiskImage, count: int, seed: int, block_size: int = SAMPLE_SIZE
) -> list[bytes]:
    """Return up to `count` different blocks of what may not be zero, drawn evenly, in their order.

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
    """Yield where the numbered ones (ascending) of all blocks with data begin."""
    passed, wanted = 0, iter(numbers)
    number = next(wanted, None)
    for first, last in _block_spans(image, block_size):
        while number is not None and number < passed + last - first:
            yield (first + number - passed) * block_size
            number = next(wanted, None)
        passed += last - first


def _block_spans(image: DiskImage, block_size: int) -> Iterator[tuple[int, int]]:
    """Yield (first, last + 1) of the blocks that have data, none of them twice."""
    done = 0
    for offset, length in image.data_ranges():
        first = max(offset // block_size, done)
        done = max(-(-(offset + length) // block_size), done)
        if first < done:
            yield first, done
