"""Whether two images hold the same disk, whatever their formats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from heapq import merge
from itertools import groupby

from aio_sim.virtualization.images.convert import CHUNK, Progress, chunks
from aio_sim.virtualization.images.formats import AnyPath, open_image
from aio_sim.virtualization.images.image import DiskImage


@dataclass(frozen=True)
class Comparison:
    """The sizes of two disks, and the first byte that one has and the other has not, or None."""

    sizes: tuple[int, int]
    first_difference: int | None

    @property
    def same(self) -> bool:
        """Whether the disks are equal, their lengths included."""
        return self.first_difference is None

    def as_dict(self) -> dict[str, object]:
        """Return the comparison as JSON has it."""
        return {"same": self.same, **asdict(self)}


def compare_images(
    one: AnyPath,
    other: AnyPath,
    *,
    format: str | None = None,
    other_format: str | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Hold two disks against each other, the bytes of their parents included.

    Only what one of them stores is read. A longer disk differs where the shorter one ends, even if
    the rest is zeros.

    Raises ImageError where an image is damaged, InputError where it is not there.
    """
    with open_image(one, format) as first, open_image(other, other_format) as second:
        sizes = first.size, second.size
        found = _first_difference(first, second, progress)
    if found is None and sizes[0] != sizes[1]:
        found = min(sizes)
    return Comparison(sizes, found)


def _first_difference(one: DiskImage, other: DiskImage, progress: Progress | None) -> int | None:
    end = min(one.size, other.size)
    for number, _twice in groupby(merge(_numbers(one, end), _numbers(other, end))):
        start = number * CHUNK
        length = min(CHUNK, end - start)
        left, right = one.read(start, length), other.read(start, length)
        if left != right:
            pairs = enumerate(zip(left, right, strict=True))
            return start + next(at for at, (a, b) in pairs if a != b)
        if progress:
            progress(start + length)
    return None


def _numbers(image: DiskImage, end: int) -> Iterator[int]:
    """Yield the numbers of the chunks that may not be zero, ascending."""
    for offset, _length in chunks(image.data_ranges(0, end), CHUNK):
        yield offset // CHUNK
