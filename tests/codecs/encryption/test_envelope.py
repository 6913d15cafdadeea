"""Encrypted streams come back; what was changed, moved, cut or continued is refused, always."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.codecs.encryption.envelope import (
    ToOpen,
    decrypt,
    decrypt_stream,
    describe,
    encrypt,
    encrypt_stream,
)
from aio_sim.codecs.encryption.keys import AesKey, RsaPrivateKey, RsaPublicKey, new_aes_key
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.kernel.errors import EncryptionError, InputError, UnknownName

NONE, AES = EncryptionKind.NONE, EncryptionKind.AES
RSA, HYBRID = EncryptionKind.RSA, EncryptionKind.HYBRID
KINDS = [AES, RSA, HYBRID]
PIECE = 16
"""Bytes of plaintext a piece, so that a short text has several."""


class Pair:
    """Keys to encrypt and to decrypt with, by kind."""

    def __init__(self, aes: AesKey, alice: RsaPrivateKey) -> None:
        self._aes, self._alice = aes, alice

    def closing(self, kind: EncryptionKind) -> AesKey | RsaPublicKey | None:
        if kind is NONE:
            return None
        return self._aes if kind is AES else self._alice.public

    def opening(self, kind: EncryptionKind) -> AesKey | RsaPrivateKey | None:
        if kind is NONE:
            return None
        return self._aes if kind is AES else self._alice


@pytest.fixture(scope="session")
def pair(aes: AesKey, alice: RsaPrivateKey) -> Pair:
    return Pair(aes, alice)


def sealed(data: bytes, kind: EncryptionKind, pair: Pair) -> bytes:
    return b"".join(encrypt_stream([data], kind, pair.closing(kind), piece=PIECE))


@pytest.mark.parametrize("kind", [NONE, *KINDS])
@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 500])
def test_any_bytes_come_back(kind: EncryptionKind, size: int, pair: Pair) -> None:
    data = bytes(number % 251 for number in range(size))
    stream = sealed(data, kind, pair)
    assert decrypt(stream, pair.opening(kind)) == data
    one_at_a_time = [stream[at : at + 1] for at in range(len(stream))]
    assert b"".join(decrypt_stream(one_at_a_time, pair.opening(kind))) == data


@given(data=st.binary(max_size=200), size=st.integers(1, 50), piece=st.integers(1, 40))
def test_it_does_not_matter_how_the_bytes_are_cut(
    aes: AesKey, data: bytes, size: int, piece: int
) -> None:
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    stream = b"".join(encrypt_stream(chunks, AES, aes, piece=piece))
    assert decrypt(stream, aes) == data
    pieces = max(-(-len(data) // piece), 1)
    assert len(stream) == len(describe(stream).pack()) + len(data) + 16 * pieces


@given(data=st.data())
@pytest.mark.parametrize("kind", [AES, HYBRID])
def test_any_flipped_bit_is_noticed(kind: EncryptionKind, pair: Pair, data: st.DataObject) -> None:
    stream = bytearray(sealed(b"nothing of this may change, not a bit", kind, pair))
    bit = data.draw(st.integers(0, 8 * len(stream) - 1))
    stream[bit // 8] ^= 1 << bit % 8
    with pytest.raises(EncryptionError):
        decrypt(bytes(stream), pair.opening(kind))


def test_every_bit_of_a_header_is_covered(aes: AesKey) -> None:
    stream = encrypt(b"", AES, aes)
    for bit in range(8 * len(stream)):
        altered = bytearray(stream)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(EncryptionError):
            decrypt(bytes(altered), aes)


@pytest.mark.parametrize("place", range(0, 65 + 2 * 256, 37))
def test_a_flipped_bit_in_rsa_blocks_is_noticed(place: int, pair: Pair) -> None:
    stream = bytearray(sealed(bytes(200), RSA, pair))
    stream[place] ^= 0x10
    with pytest.raises(EncryptionError):
        decrypt(bytes(stream), pair.opening(RSA))


@given(data=st.data())
def test_any_cut_is_noticed_and_nothing_false_is_given_out(pair: Pair, data: st.DataObject) -> None:
    text = bytes(range(100))
    stream = sealed(text, AES, pair)
    cut = stream[: data.draw(st.integers(0, len(stream) - 1))]
    given_out: list[bytes] = []
    with pytest.raises(EncryptionError):
        given_out.extend(decrypt_stream([cut], pair.opening(AES)))
    assert text.startswith(b"".join(given_out))


@given(order=st.permutations(range(5)), kind=st.sampled_from([AES, HYBRID]))
def test_pieces_in_another_order_are_refused(
    pair: Pair, order: list[int], kind: EncryptionKind
) -> None:
    stream = sealed(bytes(5 * PIECE), kind, pair)
    step = PIECE + 16
    body = len(stream) - 5 * step
    pieces = [stream[body + at * step : body + (at + 1) * step] for at in order]
    moved = stream[:body] + b"".join(pieces)
    if moved == stream:
        assert decrypt(moved, pair.opening(kind)) == bytes(5 * PIECE)
        return
    with pytest.raises(EncryptionError, match="altered, or is not in its place"):
        decrypt(moved, pair.opening(kind))


def test_blocks_of_rsa_in_another_order_are_refused(pair: Pair) -> None:
    stream = sealed(bytes(500), RSA, pair)
    swapped = stream[:-768] + stream[-512:-256] + stream[-768:-512] + stream[-256:]
    assert len(swapped) == len(stream)
    with pytest.raises(EncryptionError, match="piece 1 of the stream"):
        decrypt(swapped, pair.opening(RSA))


@pytest.mark.parametrize("kind", KINDS)
def test_what_became_of_a_stream_is_said(kind: EncryptionKind, pair: Pair) -> None:
    data = bytes(3 * PIECE if kind is not RSA else 3 * 174)
    stream, key = sealed(data, kind, pair), pair.opening(kind)
    step = PIECE + 16 if kind is not RSA else 256
    with pytest.raises(EncryptionError, match="cut short after piece 2"):
        decrypt(stream[:-step], key)
    with pytest.raises(EncryptionError, match="after the end"):
        decrypt(stream + stream[-step:], key)
    with pytest.raises(EncryptionError, match="nothing follows its header"):
        decrypt(stream[: -3 * step], key)
    with pytest.raises(EncryptionError, match="cut short: "):
        decrypt(stream[:10], key)
    with pytest.raises(EncryptionError, match="not an encrypted stream"):
        decrypt(b"something else", key)


def test_a_block_of_another_is_refused_though_anyone_can_encrypt(
    pair: Pair, alice: RsaPrivateKey
) -> None:
    from aio_sim.codecs.encryption import primitives

    stream = sealed(bytes(100), RSA, pair)
    label = describe(stream).digest + bytes(4) + b"\x01"
    forged = primitives.oaep_encrypt(alice.public.key, bytes(16) + b"forged", label)
    with pytest.raises(EncryptionError, match="piece 1"):
        decrypt(stream[:-256] + forged, alice)


def test_a_wrong_key_is_named(aes: AesKey, alice: RsaPrivateKey, bob: RsaPrivateKey) -> None:
    other = new_aes_key()
    with pytest.raises(EncryptionError, match=f"wrong key: .*{aes.identity.hex()}") as caught:
        decrypt(encrypt(b"x", AES, aes), other)
    assert other.secret.hex() not in str(caught.value)
    for kind in (RSA, HYBRID):
        with pytest.raises(EncryptionError, match="wrong key"):
            decrypt(encrypt(b"x", kind, alice.public), bob)


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_must_be_there_and_of_the_right_sort(
    kind: EncryptionKind, pair: Pair, aes: AesKey, alice: RsaPrivateKey
) -> None:
    stream = sealed(b"x", kind, pair)
    with pytest.raises(EncryptionError, match="no key was given"):
        decrypt(stream)
    with pytest.raises(EncryptionError, match="wrong key"):
        decrypt(stream, alice if kind is AES else aes)


def test_a_plain_stream_is_not_taken_for_an_encrypted_one(aes: AesKey) -> None:
    with pytest.raises(EncryptionError, match="not encrypted"):
        decrypt(encrypt(b"pay a million", NONE), aes)


def test_the_key_may_be_found_by_its_identity(aes: AesKey) -> None:
    keys: dict[bytes, AesKey | RsaPrivateKey] = {aes.identity: aes}
    found: ToOpen = keys.__getitem__
    assert decrypt(encrypt(b"found", AES, aes), found) == b"found"


@pytest.mark.parametrize("kind", [RSA, HYBRID])
def test_a_sender_is_known_by_the_signature(
    kind: EncryptionKind, alice: RsaPrivateKey, bob: RsaPrivateKey
) -> None:
    stream = encrypt(b"from bob", kind, alice.public, sender=bob)
    assert describe(stream).sender == bob.identity
    assert decrypt(stream, alice, sender=bob.public) == b"from bob"
    with pytest.raises(EncryptionError, match="the signature is not that of"):
        decrypt(stream, alice, sender=alice.public)
    unsigned = encrypt(b"from whoever", kind, alice.public)
    assert decrypt(unsigned, alice) == b"from whoever"
    with pytest.raises(EncryptionError, match="not signed"):
        decrypt(unsigned, alice, sender=bob.public)


def test_the_same_text_never_looks_the_same_twice(pair: Pair) -> None:
    for kind in KINDS:
        assert sealed(b"again", kind, pair) != sealed(b"again", kind, pair)


def test_nothing_of_the_text_is_in_the_stream(pair: Pair) -> None:
    secret = b"the text that nobody else may read"
    for kind in KINDS:
        assert secret[:12] not in sealed(secret, kind, pair)


def test_one_piece_is_held_at_a_time(aes: AesKey) -> None:
    taken = 0

    def chunks() -> Iterator[bytes]:
        nonlocal taken
        for _chunk in range(1000):
            taken += 1
            yield bytes(1 << 16)

    stream = encrypt_stream(chunks(), AES, aes)
    plain = decrypt_stream(stream, aes)
    for number, piece in enumerate(plain, start=1):
        assert len(piece) == 1 << 16
        assert taken <= number + 4
        if number == 50:
            break


@pytest.mark.parametrize(
    ("kind", "says"),
    [(NONE, "takes no key"), (AES, "takes an AES key"), (RSA, "public RSA key")],
)
def test_a_key_of_another_kind_is_refused(
    kind: EncryptionKind, says: str, aes: AesKey, alice: RsaPrivateKey
) -> None:
    with pytest.raises(InputError, match=says):
        encrypt(b"x", kind, alice.public if kind is AES else aes)


def test_sizes_and_senders_that_make_no_sense_are_refused(
    aes: AesKey, alice: RsaPrivateKey
) -> None:
    with pytest.raises(InputError, match="from 1 to"):
        encrypt_stream([], AES, aes, piece=0)
    with pytest.raises(InputError, match="from 1 to"):
        encrypt_stream([], AES, aes, piece=(1 << 20) + 1)
    with pytest.raises(InputError, match="16 or 32 bytes"):
        encrypt_stream([], HYBRID, alice.public, aes_size=24)
    with pytest.raises(InputError, match="'rsa' and 'hybrid', not 'aes'"):
        encrypt(b"", AES, aes, sender=alice)


def test_kinds_are_known_by_name() -> None:
    assert [EncryptionKind.named(name) for name in ("none", "aes", "rsa", "hybrid")] == [
        NONE,
        AES,
        RSA,
        HYBRID,
    ]
    with pytest.raises(UnknownName, match="did you mean 'hybrid'"):
        EncryptionKind.named("hybird")
