"""How an encrypted stream is opened: from its header and our key to what unseals its pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aio_sim.codecs.encryption import primitives
from aio_sim.codecs.encryption.header import Header
from aio_sim.codecs.encryption.keys import AesKey, RsaPrivateKey, RsaPublicKey
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.codecs.encryption.pieces import AesPieces, PieceReader, RsaReader
from aio_sim.kernel.errors import EncryptionError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.codecs.encryption.envelope import ToOpen


def begin(header: Header, to_open: ToOpen, sender: RsaPublicKey | None) -> PieceReader | None:
    """Return what unseals the pieces of a stream, None where they are plain bytes.

    Raises EncryptionError for another key than the stream's, or another sender than the one asked
    for.
    """
    _check_sender(header, sender)
    _check_protection(header, to_open)
    if to_open is None:
        return None
    key = to_open(header.identity) if callable(to_open) else to_open
    _check_key(header, key)
    if header.kind is EncryptionKind.AES and isinstance(key, AesKey):
        return AesPieces(key, header)
    if header.kind is EncryptionKind.RSA and isinstance(key, RsaPrivateKey):
        return RsaReader(key.key, header)
    if header.kind is EncryptionKind.HYBRID and isinstance(key, RsaPrivateKey):
        return AesPieces(_unwrapped(header, key), header)
    raise EncryptionError(
        _("a stream of kind {kind!r} is not opened by this sort of key").format(
            kind=header.kind.value
        )
    )


def _check_protection(header: Header, to_open: ToOpen) -> None:
    if (header.kind is EncryptionKind.NONE) == (to_open is None):
        return
    if to_open is None:
        raise EncryptionError(
            _("the stream is encrypted ({kind}), and no key was given").format(
                kind=header.kind.value
            )
        )
    raise EncryptionError(
        _("the stream is not encrypted, though a key was given: it may be a forgery")
    )


def _check_key(header: Header, key: AesKey | RsaPrivateKey) -> None:
    if key.identity != header.identity:
        raise EncryptionError(
            _("wrong key: the stream is for key {wanted}, not for {given}").format(
                wanted=header.identity.hex(), given=key.identity.hex()
            )
        )


def _check_sender(header: Header, sender: RsaPublicKey | None) -> None:
    if sender is None:
        return
    if not header.signed:
        raise EncryptionError(
            _("the stream is not signed; expected the signature of {sender}").format(
                sender=sender.identity.hex()
            )
        )
    signed = header.to_sign(len(header.signature))
    if not primitives.pss_verify(sender.key, header.signature, signed):
        raise EncryptionError(
            _("the signature is not that of {sender}, or the header was altered").format(
                sender=sender.identity.hex()
            )
        )


def _unwrapped(header: Header, key: RsaPrivateKey) -> AesKey:
    label = header.bare(len(header.wrapped), len(header.signature))
    secret = primitives.oaep_decrypt(key.key, header.wrapped, label)
    if secret is None or len(secret) != header.aes_size:
        raise EncryptionError(_("the wrapped key does not open: the header was altered"))
    return AesKey(secret)
