"""Who an image is: the random numbers by which children know their parents."""

from __future__ import annotations

import random
import uuid

NO_CONTENT_ID = 0xFFFFFFFF
"""VMDK: there is no parent."""

LONG_CONTENT_ID = 0xFFFFFFFE
"""VMDK: the real identity is a longer one elsewhere; never given here."""


def identity_source(seed: int | None, *about: str) -> random.Random:
    """Return where identities come from: the system, or a seed for images made the same twice.

    `about` tells apart what one seed is used for: the image's name, what it was before.
    """
    if seed is None:
        return random.SystemRandom()
    return random.Random("/".join([str(seed), *about]))


def new_uuid(source: random.Random) -> bytes:
    """Return a random UUID (RFC 9562, version 4), 16 bytes in the mixed-endian form of VDI."""
    return uuid.UUID(int=source.getrandbits(128), version=4).bytes_le


def new_content_id(source: random.Random) -> int:
    """Return a random VMDK content id, u32, none of the reserved values."""
    return source.randrange(1, LONG_CONTENT_ID)


def uuid_text(raw: bytes) -> str:
    """Return a stored UUID as people write it."""
    return str(uuid.UUID(bytes_le=raw))
