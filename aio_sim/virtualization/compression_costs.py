"""What compression gains and costs: the ratio reached on samples, and bytes a second of a core."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from aio_sim.codecs.stream import compress
from aio_sim.kernel.choices import choice
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.sample import SAMPLE_SIZE


class Compression(StrEnum):
    """What is done to data before it is sent."""

    NONE = "none"
    LZ77 = "lz77"
    LZ78 = "lz78"

    @classmethod
    def named(cls, name: str) -> Compression:
        """Return the compression of that name; UnknownName for another."""
        return choice(cls, "compression", name)


@dataclass(frozen=True)
class CompressionSpeed:
    """Bytes of the original that one core compresses and decompresses in a second, at speed 1.

    Raises InputError below 1.
    """

    compress: int
    decompress: int

    def __post_init__(self) -> None:
        if min(self.compress, self.decompress) < 1:
            raise InputError(_("a core compresses at least one byte a second"))


# Typical C and Rust code, not this package's Python. lz77: yalz77, hash chains and no entropy coder
# as here, 56 and 539 MB/s at level 4 on silesia.tar (inikep/lzbench, README of version 1.8; one
# core of an i7-8700K). lz78: salzweg, variable-width LZW, 70 and 200 MiB/s on text
# (docs.rs/crate/salzweg; one core of a Ryzen 7 2700X); LZW is LZ78 without the byte in each token.
SPEEDS: Final[Mapping[Compression, CompressionSpeed]] = MappingProxyType(
    {
        Compression.LZ77: CompressionSpeed(56_000_000, 539_000_000),
        Compression.LZ78: CompressionSpeed(70 << 20, 200 << 20),
    }
)


def reached_ratio(blocks: Iterable[bytes], compression: Compression) -> Fraction:
    """Return original bytes over compressed bytes, each block compressed for itself.

    1 without compression, and where the blocks are empty.
    """
    if compression is Compression.NONE:
        return Fraction(1)
    original = compressed = 0
    for block in blocks:
        original += len(block)
        compressed += len(compress(block, compression.value))
    return Fraction(original, compressed) if original else Fraction(1)


@lru_cache
def zero_ratio(compression: Compression) -> Fraction:
    """Return the ratio reached on zeros, as in the holes of an image that is sent whole."""
    return reached_ratio([bytes(SAMPLE_SIZE)], compression)
