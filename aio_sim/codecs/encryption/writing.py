"""How an encrypted stream begins: from kind and key to its header and what seals its pieces."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from aio_sim.codecs.encryption import primitives
from aio_sim.codecs.encryption.header import MAX_PIECE, SALT, Header
from aio_sim.codecs.encryption.keys import (
    AesKey,
    Entropy,
    RsaPrivateKey,
    RsaPublicKey,
    new_aes_key,
)
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.codecs.encryption.pieces import (
    SECRET,
    AesPieces,
    PieceWriter,
    RsaWriter,
    rsa_room,
)
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


def begin(
    kind: EncryptionKind,
    key: AesKey | RsaPublicKey | None,
    sender: RsaPrivateKey | None,
    piece: int,
    aes_size: int,
    entropy: Entropy,
) -> tuple[Header, PieceWriter | None]:
    """Return the header of a new stream and what seals its pieces, None for kind `none`.

    Arguments and errors are those of `envelope.encrypt_stream`.
    """
    _check(kind, sender, piece)
    if kind is EncryptionKind.NONE and key is None:
        return Header(kind, piece), None
    if kind is EncryptionKind.AES and isinstance(key, AesKey):
        header = Header(kind, piece, key.identity, entropy(SALT), key.size)
        return header, AesPieces(key, header)
    if kind is EncryptionKind.RSA and isinstance(key, RsaPublicKey):
        return _rsa(key, sender, entropy)
    if kind is EncryptionKind.HYBRID and isinstance(key, RsaPublicKey):
        return _hybrid(key, sender, piece, new_aes_key(aes_size, entropy), entropy)
    raise InputError(_wanted(kind))


def _rsa(
    key: RsaPublicKey, sender: RsaPrivateKey | None, entropy: Entropy
) -> tuple[Header, PieceWriter]:
    secret = entropy(SECRET)
    commitment = sha256(secret).digest()
    header = Header(EncryptionKind.RSA, rsa_room(key.size), key.identity, commitment)
    header = _signed(header, sender)
    return header, RsaWriter(key.key, header, secret)


def _hybrid(
    key: RsaPublicKey, sender: RsaPrivateKey | None, piece: int, fresh: AesKey, entropy: Entropy
) -> tuple[Header, PieceWriter]:
    header = Header(EncryptionKind.HYBRID, piece, key.identity, entropy(SALT), fresh.size)
    header = _named(header, sender)
    label = header.bare(key.size, sender.size if sender else 0)
    wrapped = primitives.oaep_encrypt(key.key, fresh.secret, label)
    header = _signed(replace(header, wrapped=wrapped), sender)
    return header, AesPieces(fresh, header)


def _named(header: Header, sender: RsaPrivateKey | None) -> Header:
    return header if sender is None else replace(header, sender=sender.identity)


def _signed(header: Header, sender: RsaPrivateKey | None) -> Header:
    if sender is None:
        return header
    header = _named(header, sender)
    signature = primitives.pss_sign(sender.key, header.to_sign(sender.size))
    return replace(header, signature=signature)


def _check(kind: EncryptionKind, sender: RsaPrivateKey | None, piece: int) -> None:
    if not 0 < piece <= MAX_PIECE:
        raise InputError(
            _("a piece has from 1 to {most} bytes, not {piece}").format(most=MAX_PIECE, piece=piece)
        )
    if sender and kind not in (EncryptionKind.RSA, EncryptionKind.HYBRID):
        raise InputError(
            _("a sender signs streams of kind 'rsa' and 'hybrid', not {kind!r}").format(
                kind=kind.value
            )
        )


def _wanted(kind: EncryptionKind) -> str:
    if kind is EncryptionKind.NONE:
        return _("kind 'none' takes no key: it would protect nothing")
    if kind is EncryptionKind.AES:
        return _("kind 'aes' takes an AES key")
    return _("kind {kind!r} takes the receiver's public RSA key").format(kind=kind.value)
