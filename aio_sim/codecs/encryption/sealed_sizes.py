"""How many bytes travel where so many are sent through a secure channel."""

from __future__ import annotations

from typing import Final

from aio_sim.codecs.encryption import primitives
from aio_sim.codecs.encryption.envelope import PIECE
from aio_sim.codecs.encryption.frames import HEAD
from aio_sim.codecs.encryption.kind import EncryptionKind

SESSION_AND_KEY: Final = 16 + 32
"""Bytes in the offer of a key: the session that the receiver began, and an AES key."""

_HEADER: Final = 63
"""Bytes of the header of a stream, its wrapped key and signature aside; see `header`."""


def sealed_size(kind: EncryptionKind, size: int, rsa: int = 3072) -> int:
    """Return the bytes of the frames that carry `size` bytes, 64 KiB a frame.

    `rsa` is bits of the modulus. Under AES a frame has a head and a tag more; under RSA each block
    of the modulus less its padding becomes a whole modulus, and a signature follows. What is not
    protected travels as it is: TCP's own heads are left out on either side.
    """
    if kind is EncryptionKind.NONE:
        return size
    whole, rest = divmod(size, PIECE)
    if kind is EncryptionKind.RSA:
        return whole * _rsa_frame(PIECE, rsa // 8) + (_rsa_frame(rest, rsa // 8) if rest else 0)
    return size + (whole + (rest > 0)) * (HEAD + primitives.TAG)


def offer_size(rsa: int = 3072) -> int:
    """Return the bytes of the signed offer of a fresh AES key: see `channel.offer_key`."""
    return _HEADER + 2 * (rsa // 8) + SESSION_AND_KEY + primitives.TAG


def _rsa_frame(size: int, modulus: int) -> int:
    blocks = -(-size // primitives.oaep_room(modulus))
    return HEAD + (blocks + 1) * modulus
