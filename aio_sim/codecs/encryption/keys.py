"""Keys: AES keys as bytes, RSA keys of the library; none of them shows its secret when printed.

An identity names a key in public: it is drawn from the key one way, by SHA-256.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from aio_sim.codecs.encryption import primitives
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

IDENTITY: Final = 8
"""Bytes of an identity."""

AES_SIZES: Final = (16, 32)
"""Bytes of an AES key: AES-128 and AES-256 (FIPS 197)."""

SMALLEST_RSA: Final = 2048
"""Bits of the shortest modulus that NIST SP 800-131A Rev. 2 still accepts."""

Entropy = Callable[[int], bytes]
"""Where random bytes come from: as many as asked for."""


@dataclass(frozen=True)
class AesKey:
    """An AES key of 16 or 32 bytes; InputError for any other size."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) not in AES_SIZES:
            raise InputError(
                _("an AES key has 16 or 32 bytes, not {size}").format(size=len(self.secret))
            )

    @property
    def size(self) -> int:
        """Bytes of the key."""
        return len(self.secret)

    @cached_property
    def identity(self) -> bytes:
        """The name of the key in public, 8 bytes."""
        return sha256(b"aio_sim AES key identity" + self.secret).digest()[:IDENTITY]


@dataclass(frozen=True)
class RsaPublicKey:
    """The public half of an RSA key pair: encrypts, and checks signatures."""

    key: RSAPublicKey = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes of the modulus, and of each ciphertext and signature."""
        return (self.key.key_size + 7) // 8

    @cached_property
    def identity(self) -> bytes:
        """The name of the key pair in public, 8 bytes."""
        return sha256(primitives.public_bytes(self.key)).digest()[:IDENTITY]


@dataclass(frozen=True)
class RsaPrivateKey:
    """An RSA key pair: decrypts, and signs."""

    key: RSAPrivateKey = field(repr=False)

    @cached_property
    def public(self) -> RsaPublicKey:
        """The half that may be given away."""
        return RsaPublicKey(self.key.public_key())

    @property
    def size(self) -> int:
        """Bytes of the modulus."""
        return self.public.size

    @property
    def identity(self) -> bytes:
        """The name of the key pair in public, 8 bytes."""
        return self.public.identity


Key = AesKey | RsaPublicKey | RsaPrivateKey


def new_aes_key(size: int = 32, entropy: Entropy = os.urandom) -> AesKey:
    """Return a fresh AES key of `size` bytes, by default from the operating system."""
    return AesKey(entropy(size))


def new_rsa_key(bits: int = 3072) -> RsaPrivateKey:
    """Return a fresh RSA key pair of the library's making; InputError below 2048 bits.

    3072 bits match the 128 bits of AES-128 (NIST SP 800-57 Part 1 Rev. 5, table 2).
    """
    check_rsa_bits(bits)
    return RsaPrivateKey(primitives.generate_rsa(bits))


def check_rsa_bits(bits: int) -> None:
    """Raise InputError where a modulus of `bits` is too short, or no whole number of bytes."""
    if bits < SMALLEST_RSA or bits % 8:
        raise InputError(
            _("an RSA modulus has {least} bits or more, in whole bytes, not {bits}").format(
                least=SMALLEST_RSA, bits=bits
            )
        )
