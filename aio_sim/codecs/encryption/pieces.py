"""The pieces of an encrypted stream: each bound to the header, to its place and to the end.

AES: nonces are a prefix, the number of the piece and whether it is the last one, the STREAM
construction of Hoang, Reyhanitabar, Rogaway & Vizar, Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance, CRYPTO 2015. The key is one of this stream alone, derived from the
given key and the salt, so that no nonce is ever used twice under it.

RSA: number and end are in the label of OAEP. Whoever has the public key can encrypt, so each block
begins with a secret of this stream, of which the header has the hash.
"""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aio_sim.codecs.encryption import primitives
from aio_sim.codecs.encryption.header import Header
from aio_sim.codecs.encryption.keys import AesKey

SECRET: Final = 16
"""Bytes of the secret at the beginning of each RSA block."""

MOST_PIECES: Final = 1 << 32
"""Pieces of a stream at most: their number has 4 bytes."""

_PLACE: Final = struct.Struct(">I?")
_PREFIX: Final = primitives.NONCE - _PLACE.size


class PieceWriter(Protocol):
    """Encrypts the pieces of one stream."""

    def seal(self, piece: bytes, number: int, last: bool) -> bytes:
        """Return piece `number`, counted from 0, encrypted."""


class PieceReader(Protocol):
    """Decrypts the pieces of one stream; `sealed` is the size of all but the last, in bytes."""

    sealed: int

    def unseal(self, sealed: bytes, number: int, last: bool) -> bytes | None:
        """Return the piece, None where this is not it."""


class AesPieces:
    """Pieces under AES-GCM."""

    def __init__(self, key: AesKey, header: Header) -> None:
        self.sealed = header.piece + primitives.TAG
        material = primitives.derive(key.secret, header.salt, b"aio_sim stream", key.size + _PREFIX)
        self._key, self._prefix = AESGCM(material[: key.size]), material[key.size :]
        self._associated = header.digest

    def seal(self, piece: bytes, number: int, last: bool) -> bytes:
        """Return piece `number`, counted from 0, encrypted."""
        return primitives.seal(self._key, self._nonce(number, last), piece, self._associated)

    def unseal(self, sealed: bytes, number: int, last: bool) -> bytes | None:
        """Return the piece, None where this is not it."""
        nonce = self._nonce(number, last)
        return primitives.unseal(self._key, nonce, sealed, self._associated)

    def _nonce(self, number: int, last: bool) -> bytes:
        return self._prefix + _PLACE.pack(number, last)


class RsaWriter:
    """Blocks under RSA-OAEP, for the holder of the private key."""

    def __init__(self, key: RSAPublicKey, header: Header, secret: bytes) -> None:
        self._key, self._header, self._secret = key, header.digest, secret

    def seal(self, piece: bytes, number: int, last: bool) -> bytes:
        """Return piece `number`, counted from 0, encrypted."""
        label = self._header + _PLACE.pack(number, last)
        return primitives.oaep_encrypt(self._key, self._secret + piece, label)


class RsaReader:
    """Blocks under RSA-OAEP, for us."""

    def __init__(self, key: RSAPrivateKey, header: Header) -> None:
        self.sealed = (key.key_size + 7) // 8
        self._key, self._header, self._commitment = key, header.digest, header.salt

    def unseal(self, sealed: bytes, number: int, last: bool) -> bytes | None:
        """Return the piece, None where this is not it."""
        label = self._header + _PLACE.pack(number, last)
        block = primitives.oaep_decrypt(self._key, sealed, label)
        if block is None or sha256(block[:SECRET]).digest() != self._commitment:
            return None
        return block[SECRET:]


def rsa_room(modulus: int) -> int:
    """Return how many bytes of plaintext a block of RSA takes, of a modulus of so many bytes."""
    return primitives.oaep_room(modulus) - SECRET
