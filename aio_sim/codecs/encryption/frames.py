"""What travels on a link: frames of a head and a body, and what protects their bodies.

    head   sequence number 8, whether it is the last frame 1, kind of encryption 1

The head is readable, and each protection covers it. A `session` is bytes that no other run of
frames in this direction has; the receiver chooses them, so that an old run cannot be played again.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from hashlib import sha256
from typing import Final, NamedTuple, Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aio_sim.codecs.chunks import blocks
from aio_sim.codecs.encryption import primitives
from aio_sim.codecs.encryption.keys import AesKey, RsaPrivateKey, RsaPublicKey
from aio_sim.codecs.encryption.kind import CODES, EncryptionKind

_HEAD: Final = struct.Struct(">QBB")
_SALT: Final = 4
"""Bytes of a nonce before the sequence number, as in RFC 4106, 4."""

HEAD: Final = _HEAD.size
"""Bytes of a head."""


class Head(NamedTuple):
    """What is readable of every frame."""

    sequence: int
    end: bool
    kind: EncryptionKind

    def pack(self) -> bytes:
        """Return the head as it travels."""
        return _HEAD.pack(self.sequence, self.end, CODES[self.kind])


def split(frame: bytes) -> tuple[Head, bytes] | None:
    """Return head and body of a frame, None where it is no frame."""
    if len(frame) < HEAD:
        return None
    sequence, end, code = _HEAD.unpack_from(frame)
    kinds = [kind for kind, known in CODES.items() if known == code]
    if end > 1 or not kinds:
        return None
    return Head(sequence, bool(end), kinds[0]), frame[HEAD:]


class FrameSealer(Protocol):
    """Protects the bodies of frames."""

    def seal(self, head: Head, payload: bytes) -> bytes:
        """Return the body of a frame."""


class FrameUnsealer(Protocol):
    """Reads the bodies of frames."""

    def unseal(self, head: Head, body: bytes) -> bytes | None:
        """Return the payload, None where the frame is not what was sealed."""


class PlainFrames:
    """No protection: the body is the payload."""

    def seal(self, head: Head, payload: bytes) -> bytes:
        """Return the body of a frame."""
        return payload

    def unseal(self, head: Head, body: bytes) -> bytes | None:
        """Return the payload."""
        return body


class AesFrames:
    """AES-GCM under a key of this session alone; the nonce is a salt and the sequence number."""

    def __init__(self, key: AesKey, session: bytes) -> None:
        size = key.size
        material = primitives.derive(key.secret, session, b"aio_sim link", size + _SALT)
        self._key, self._salt = AESGCM(material[:size]), material[size:]

    def seal(self, head: Head, payload: bytes) -> bytes:
        """Return the body of a frame."""
        return primitives.seal(self._key, self._nonce(head), payload, head.pack())

    def unseal(self, head: Head, body: bytes) -> bytes | None:
        """Return the payload, None where the frame is not what was sealed."""
        return primitives.unseal(self._key, self._nonce(head), body, head.pack())

    def _nonce(self, head: Head) -> bytes:
        return self._salt + struct.pack(">Q", head.sequence)


class RsaSealer:
    """RSA-OAEP for each block of a frame, RSA-PSS for the frame."""

    def __init__(self, receiver: RsaPublicKey, sender: RsaPrivateKey, session: bytes) -> None:
        self._receiver, self._sender, self._session = receiver, sender, session

    def seal(self, head: Head, payload: bytes) -> bytes:
        """Return the body of a frame."""
        label = sha256(self._session + head.pack()).digest()
        pieces = blocks([payload], primitives.oaep_room(self._receiver.size))
        sealed = b"".join(
            primitives.oaep_encrypt(self._receiver.key, piece, label) for piece in pieces
        )
        return sealed + primitives.pss_sign(self._sender.key, label + sealed)


class RsaUnsealer:
    """The other end of `RsaSealer`."""

    def __init__(self, receiver: RsaPrivateKey, sender: RsaPublicKey, session: bytes) -> None:
        self._receiver, self._sender, self._session = receiver, sender, session

    def unseal(self, head: Head, body: bytes) -> bytes | None:
        """Return the payload, None where the frame is not what was sealed."""
        label = sha256(self._session + head.pack()).digest()
        sealed, signature = body[: -self._sender.size], body[-self._sender.size :]
        if not primitives.pss_verify(self._sender.key, signature, label + sealed):
            return None
        opened = list(self._opened(sealed, label))
        return None if None in opened else b"".join(piece for piece in opened if piece)

    def _opened(self, sealed: bytes, label: bytes) -> Iterator[bytes | None]:
        for block in blocks([sealed], self._receiver.size):
            yield primitives.oaep_decrypt(self._receiver.key, block, label)
