"""The header of an encrypted stream: all that a reader needs to know but the key.

    magic `AIOE` 4, version 1, kind 1, bytes of the AES key 1, bytes of plaintext a piece 4,
    identity of the key 8, salt 32, length of the wrapped key 2,
    identity of the sender 8, length of the signature 2, then the wrapped key and the signature

Numbers are big-endian, sizes in bytes. What has no use in a kind is zero.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from aio_sim.codecs.chunks import ChunkReader
from aio_sim.codecs.encryption.keys import AES_SIZES, IDENTITY
from aio_sim.codecs.encryption.kind import CODES, EncryptionKind
from aio_sim.kernel.errors import CodecError, EncryptionError
from aio_sim.kernel.messages import _

MAGIC: Final = b"AIOE"
VERSION: Final = 1
SALT: Final = 32
"""Bytes of salt, as many as SHA-256 gives, which is what HKDF makes best use of (RFC 5869, 3.1)."""

MAX_PIECE: Final = 1 << 20
"""Bytes of plaintext in one piece at most: what a reader has to hold."""

_FIXED: Final = struct.Struct(f">4sBBBI{IDENTITY}s{SALT}sH{IDENTITY}sH")


@dataclass(frozen=True)
class Header:
    """What a stream says of itself; sizes in bytes."""

    kind: EncryptionKind
    piece: int
    identity: bytes = bytes(IDENTITY)
    salt: bytes = bytes(SALT)
    aes_size: int = 0
    sender: bytes = bytes(IDENTITY)
    wrapped: bytes = b""
    signature: bytes = b""

    @property
    def signed(self) -> bool:
        """Whether a sender put a name to it."""
        return bool(self.signature)

    def bare(self, wrapped: int, signature: int) -> bytes:
        """Return the part of fixed size, for a wrapped key and a signature of these sizes."""
        return _FIXED.pack(
            MAGIC,
            VERSION,
            CODES[self.kind],
            self.aes_size,
            self.piece,
            self.identity,
            self.salt,
            wrapped,
            self.sender,
            signature,
        )

    def to_sign(self, signature: int) -> bytes:
        """Return what the sender signs, where the signature will have so many bytes."""
        return self.bare(len(self.wrapped), signature) + self.wrapped

    def pack(self) -> bytes:
        """Return the header as it stands in a stream."""
        return self.to_sign(len(self.signature)) + self.signature

    @property
    def digest(self) -> bytes:
        """What every piece of the stream is bound to."""
        return sha256(self.pack()).digest()


def read_header(reader: ChunkReader) -> Header:
    """Return the header at the beginning of a stream; EncryptionError where it is none of ours."""
    try:
        return _read(reader)
    except CodecError as error:
        raise EncryptionError(str(error)) from error


def _read(reader: ChunkReader) -> Header:
    _check_magic(reader.take(len(MAGIC)))
    version, code, aes_size, piece, identity, salt, wrapped, sender, signature = _FIXED.unpack(
        MAGIC + reader.take(_FIXED.size - len(MAGIC))
    )[1:]
    _check_version(version)
    kind = _kind_of(code)
    _check_sizes(kind, aes_size, piece)
    return Header(
        kind=kind,
        piece=piece,
        identity=identity,
        salt=salt,
        aes_size=aes_size,
        sender=sender,
        wrapped=reader.take(wrapped),
        signature=reader.take(signature),
    )


def _check_magic(magic: bytes) -> None:
    if magic != MAGIC:
        raise EncryptionError(
            _("not an encrypted stream: it begins with {found!r} instead of {magic!r}").format(
                found=magic, magic=MAGIC
            )
        )


def _check_version(version: int) -> None:
    if version != VERSION:
        raise EncryptionError(
            _("the stream is of version {version}; only {known} can be read").format(
                version=version, known=VERSION
            )
        )


def _kind_of(code: int) -> EncryptionKind:
    for kind, known in CODES.items():
        if known == code:
            return kind
    raise EncryptionError(
        _("the stream is of an unknown kind of encryption, number {code}").format(code=code)
    )


def _check_sizes(kind: EncryptionKind, aes_size: int, piece: int) -> None:
    expected = AES_SIZES if kind in (EncryptionKind.AES, EncryptionKind.HYBRID) else (0,)
    if aes_size not in expected or not 0 < piece <= MAX_PIECE:
        raise EncryptionError(
            _("pieces of {piece} bytes under a key of {size} are not possible").format(
                piece=piece, size=aes_size
            )
        )
