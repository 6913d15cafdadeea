"""The ways in which bytes can be protected, by name."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from aio_sim.kernel.choices import choice


class EncryptionKind(StrEnum):
    """How a transfer or a link is protected."""

    NONE = "none"
    """Not at all."""

    AES = "aes"
    """AES-GCM under a key that both sides have."""

    RSA = "rsa"
    """RSA-OAEP for every block: what nobody does, and the cost shows why."""

    HYBRID = "hybrid"
    """RSA-OAEP for a fresh AES key, AES-GCM for the rest."""

    @classmethod
    def named(cls, name: str) -> EncryptionKind:
        """Return the kind of that name; UnknownName for another."""
        return choice(cls, "kind of encryption", name)


CODES: Final = {
    EncryptionKind.NONE: 0,
    EncryptionKind.AES: 1,
    EncryptionKind.RSA: 2,
    EncryptionKind.HYBRID: 3,
}
"""What names a kind in a stream or frame; never to be changed, only added to."""
