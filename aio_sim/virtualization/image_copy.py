"""A copy of a disk image from host to host: read, compress, send, decompress, write, in a pipeline.

This is what is to be done and what became of it; `image_copier` does it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final, NamedTuple

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.compression_costs import (
    SPEEDS,
    Compression,
    CompressionSpeed,
    zero_ratio,
)

STAGES: Final = ("read", "compress", "send", "decompress", "write")

_LEAST_CHUNK: Final = 1 << 20
_MOST_CHUNKS: Final = 256


class Chunk(NamedTuple):
    """Bytes of one piece of an image: read from the source, of the original, on the link."""

    read: int
    data: int
    sent: int


@dataclass(frozen=True)
class ImageCopy:
    """What is to be copied, and how; sizes in bytes, `rate_limit` in bits a second.

    An image of `size` has `stored` bytes in its blocks (None: all). They alone are sent, or with
    `whole` the holes too, as zeros. `ratio` is what the stored bytes compress to, as sampled. Where
    `chunk` is None the image is cut in no more than 256 chunks, of at least 1 MiB.

    Raises InputError for a number that cannot be.
    """

    name: str
    size: int
    stored: int | None = None
    whole: bool = False
    compression: Compression = Compression.NONE
    ratio: Fraction = Fraction(1)
    speed: CompressionSpeed | None = None
    chunk: int | None = None
    buffer: int = 2
    rate_limit: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.stored_size <= self.size:
            raise InputError(
                _("{image}: from 0 to {size} bytes can be stored, not {stored}").format(
                    image=self.name, size=self.size, stored=self.stored_size
                )
            )
        if self.buffer < 1 or self.ratio <= 0 or (self.chunk is not None and self.chunk < 1):
            raise InputError(
                _("{image}: buffer and chunk are at least 1, the ratio more than 0").format(
                    image=self.name
                )
            )

    @property
    def stored_size(self) -> int:
        """The bytes in blocks of the image."""
        return self.size if self.stored is None else self.stored

    @property
    def payload(self) -> int:
        """The bytes of the original that are sent, and then written."""
        return self.size if self.whole else self.stored_size

    def chunks(self) -> list[Chunk]:
        """Return the pieces, as equal as can be, stored bytes spread evenly over them."""
        size = self.chunk or max(_LEAST_CHUNK, -(-self.payload // _MOST_CHUNKS))
        ends = [min(start + size, self.payload) for start in range(0, self.payload, size)]
        return [self._chunk(start, end) for start, end in zip([0, *ends], ends, strict=False)]

    def work(self, chunk: Chunk) -> tuple[int, int]:
        """Return what a chunk takes of a core at speed 1, to compress and to decompress, in ns."""
        if self.compression is Compression.NONE:
            return 0, 0
        speed = self.speed or SPEEDS[self.compression]
        compress, decompress = speed.compress, speed.decompress
        return -(-chunk.data * SECOND // compress), -(-chunk.data * SECOND // decompress)

    def _chunk(self, start: int, end: int) -> Chunk:
        data = end - start
        first, last = (at * self.stored_size // self.payload for at in (start, end))
        stored = last - first
        if self.compression is Compression.NONE:
            return Chunk(stored, data, data)
        zeros = (data - stored) / zero_ratio(self.compression)
        return Chunk(stored, data, ceil(stored / self.ratio + zeros))


@dataclass(frozen=True)
class CopyResult:
    """What became of a copy: sizes in bytes, times in ns.

    `payload` is what was to be sent, `sent` what the network carried, of a chunk that did not
    arrive too; `written` what arrived, nothing of which is left where the copy failed. `busy` is
    how long each stage was at work or waited for its device.
    """

    image: str
    source: str
    destination: str
    payload: int
    sent: int
    written: int
    time: int
    busy: Mapping[str, int]
    reason: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the whole image is there."""
        return not self.reason

    @property
    def ratio(self) -> float:
        """Bytes of the original over bytes that the network carried for them."""
        return self.written / self.sent if self.sent else 1.0

    @property
    def bottleneck(self) -> str:
        """The stage that was busy longest."""
        return max(STAGES, key=lambda stage: self.busy.get(stage, 0))
