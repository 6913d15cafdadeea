"""Encrypted streams: `encrypt` and `decrypt`, in memory or in chunks.

A stream is a header (see `header`) and pieces (see `pieces`). Whatever is changed in it, moved, cut
off or added is noticed, and the piece in question is not given out. Only a stream of kind `none`
protects nothing, and only those who give no key read one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from aio_sim.codecs.chunks import ChunkReader, blocks
from aio_sim.codecs.encryption import opening, writing
from aio_sim.codecs.encryption.header import Header, read_header
from aio_sim.codecs.encryption.keys import AesKey, Entropy, RsaPrivateKey, RsaPublicKey
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.codecs.encryption.pieces import MOST_PIECES, PieceReader, PieceWriter
from aio_sim.kernel.errors import EncryptionError, InputError
from aio_sim.kernel.messages import _

PIECE: Final = 1 << 16
"""Bytes of plaintext in a piece under AES: 64 KiB, as in the format of the tool age."""

ToOpen = AesKey | RsaPrivateKey | Callable[[bytes], AesKey | RsaPrivateKey] | None
"""What opens a stream: a key, or who finds one by the identity in the header."""


def encrypt(
    data: bytes,
    kind: EncryptionKind,
    key: AesKey | RsaPublicKey | None = None,
    *,
    sender: RsaPrivateKey | None = None,
) -> bytes:
    """Return `data` as an encrypted stream; arguments and errors as of `encrypt_stream`."""
    return b"".join(encrypt_stream([data], kind, key, sender=sender))


def decrypt(stream: bytes, key: ToOpen = None, *, sender: RsaPublicKey | None = None) -> bytes:
    """Return what was encrypted, all of it; arguments and errors as of `decrypt_stream`."""
    return b"".join(decrypt_stream([stream], key, sender=sender))


def encrypt_stream(
    chunks: Iterable[bytes],
    kind: EncryptionKind,
    key: AesKey | RsaPublicKey | None = None,
    *,
    sender: RsaPrivateKey | None = None,
    piece: int = PIECE,
    aes_size: int = 32,
    entropy: Entropy = os.urandom,
) -> Iterator[bytes]:
    """Return an iterator over the encrypted stream of the bytes in `chunks`, however they are cut.

    `key` is an AES key for `aes`, the receiver's public key for `rsa` and `hybrid`. `sender` signs,
    for `rsa` and `hybrid`. `piece` is the bytes of plaintext in a piece, `aes_size` those of the
    fresh key of `hybrid`; `entropy` is where it and the salt come from. Memory is bounded by a
    piece and a chunk. Raises InputError where key, sender or sizes do not go with the kind.
    """
    header, writer = writing.begin(kind, key, sender, piece, aes_size, entropy)
    if writer is None:
        return _plain(header, chunks)
    return _sealed(header, writer, chunks)


def decrypt_stream(
    chunks: Iterable[bytes], key: ToOpen = None, *, sender: RsaPublicKey | None = None
) -> Iterator[bytes]:
    """Yield what was encrypted, piece by piece, each only after it was found genuine.

    That nothing is missing at the end is known only when this has finished. `sender` is who must
    have signed it (None: whoever). Raises EncryptionError where the key is not the right one, or
    the stream was altered, cut short, put in another order or continued.
    """
    source = ChunkReader(chunks)
    header = read_header(source)
    reader = opening.begin(header, key, sender)
    if reader is None:
        yield from source.rest()
        return
    for number, (sealed, last) in enumerate(_with_end(blocks(source.rest(), reader.sealed))):
        yield _unsealed(reader, sealed, number, last)


def describe(stream: bytes) -> Header:
    """Return what a stream says of itself, unproven; EncryptionError where it is none of ours."""
    return read_header(ChunkReader([stream]))


def _plain(header: Header, chunks: Iterable[bytes]) -> Iterator[bytes]:
    yield header.pack()
    yield from chunks


def _sealed(header: Header, writer: PieceWriter, chunks: Iterable[bytes]) -> Iterator[bytes]:
    yield header.pack()
    for number, (piece, last) in enumerate(_with_end(blocks(chunks, header.piece))):
        if number == MOST_PIECES:
            raise InputError(
                _("a stream has {most} pieces at most; give it larger ones").format(
                    most=MOST_PIECES
                )
            )
        yield writer.seal(piece, number, last)


def _with_end(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each piece and whether it is the last; there always is a last one, be it empty."""
    before = None
    for piece in pieces:
        if before is not None:
            yield before, False
        before = piece
    yield before or b"", True


def _unsealed(reader: PieceReader, sealed: bytes, number: int, last: bool) -> bytes:
    piece = reader.unseal(sealed, number, last) if number < MOST_PIECES else None
    if piece is None:
        raise EncryptionError(_reason(reader, sealed, number, last))
    return piece


def _reason(reader: PieceReader, sealed: bytes, number: int, last: bool) -> str:
    """Return what became of a piece that does not open: the other end of it may still fit."""
    if not sealed:
        return _("the stream is cut short: nothing follows its header")
    if number < MOST_PIECES and reader.unseal(sealed, number, not last) is not None:
        if last:
            return _("the stream is cut short after piece {number}").format(number=number + 1)
        return _("there is something after the end of the stream")
    return _("piece {number} of the stream was altered, or is not in its place").format(
        number=number + 1
    )
