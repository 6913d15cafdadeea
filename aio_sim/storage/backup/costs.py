"""What sealing and opening takes of a core."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aio_sim.codecs.costs import SHIPPED, CodecCosts, Speed
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.kernel.environment import SECOND

ZLIB_SPEED: Final = Speed(90_000_000, 400_000_000)
"""Bytes/s of zlib 1.2.11 at level 1 on silesia.tar. Source: README of zstd 1.4.5, by lzbench, one
core of a Core i9-9900K."""


@dataclass(frozen=True)
class SealingCosts:
    """The speeds of compression, none where it is None, and of encryption, of one core."""

    compression: Speed | None = None
    encryption: EncryptionKind = EncryptionKind.NONE
    codecs: CodecCosts = SHIPPED

    def seal(self, size: int, sealed: int) -> int:
        """Return the ns of a core at speed 1 that `size` bytes take to become `sealed` ones."""
        packing = -(-size * SECOND // self.compression.forward) if self.compression else 0
        return packing + self.codecs.encryption(self.encryption, sealed)

    def open(self, size: int, sealed: int) -> int:
        """Return the ns of a core at speed 1 that the way back takes."""
        packing = -(-size * SECOND // self.compression.back) if self.compression else 0
        return packing + self.codecs.decryption(self.encryption, sealed)
