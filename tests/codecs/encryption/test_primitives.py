"""The library's ciphers with our parameters, against published vectors and a second reading."""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aio_sim.codecs.encryption import primitives
from aio_sim.codecs.encryption.keys import RsaPrivateKey
from aio_sim.kernel.errors import EncryptionError

# McGrew & Viega, The Galois/Counter Mode of Operation, appendix B: test cases 2, 4, 14 and 16.
TEXT = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
)
KEY, NONCE = "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888"
ASSOCIATED = "feedfacedeadbeeffeedfacedeadbeefabaddad2"
GCM = [
    (
        "00" * 16,
        "00" * 12,
        "00" * 16,
        "",
        "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf",
    ),
    (
        KEY,
        NONCE,
        TEXT,
        ASSOCIATED,
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
        "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
        "5bc94fbc3221a5db94fae95ae7121a47",
    ),
    (
        "00" * 32,
        "00" * 12,
        "00" * 16,
        "",
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
    ),
    (
        KEY * 2,
        NONCE,
        TEXT,
        ASSOCIATED,
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
]


@pytest.mark.parametrize(("key", "nonce", "text", "associated", "sealed"), GCM)
def test_aes_gcm_gives_the_published_ciphertexts(
    key: str, nonce: str, text: str, associated: str, sealed: str
) -> None:
    cipher, bound = AESGCM(bytes.fromhex(key)), bytes.fromhex(associated)
    found = primitives.seal(cipher, bytes.fromhex(nonce), bytes.fromhex(text), bound)
    assert found.hex() == sealed
    assert primitives.unseal(cipher, bytes.fromhex(nonce), found, bound) == bytes.fromhex(text)
    assert primitives.unseal(cipher, bytes.fromhex(nonce), found, bound + b"x") is None
    assert primitives.unseal(cipher, bytes.fromhex(nonce), b"short", bound) is None


def test_the_derivation_is_that_of_rfc_5869() -> None:
    # Appendix A.1.
    found = primitives.derive(
        b"\x0b" * 22, bytes(range(13)), bytes.fromhex("f0f1f2f3f4f5f6f7f8f9"), 42
    )
    assert found.hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


def mask(seed: bytes, size: int) -> bytes:
    """MGF1 of RFC 8017, B.2.1."""
    hashes = (sha256(seed + number.to_bytes(4)).digest() for number in range(size // 32 + 1))
    return b"".join(hashes)[:size]


def exclusive(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def test_oaep_is_decoded_by_the_letter_of_rfc_8017(alice: RsaPrivateKey) -> None:
    sealed = primitives.oaep_encrypt(alice.public.key, b"a message", b"a label")
    numbers = alice.key.private_numbers()
    encoded = pow(int.from_bytes(sealed), numbers.d, numbers.public_numbers.n).to_bytes(256)
    zero, masked_seed, masked_block = encoded[:1], encoded[1:33], encoded[33:]
    seed = exclusive(masked_seed, mask(masked_block, 32))
    block = exclusive(masked_block, mask(seed, len(masked_block)))
    assert zero == b"\0"
    assert block[:32] == sha256(b"a label").digest()
    assert block[32:].lstrip(b"\0") == b"\x01a message"


def test_pss_is_verified_by_the_letter_of_rfc_8017(alice: RsaPrivateKey) -> None:
    signature = primitives.pss_sign(alice.key, b"a message")
    public = alice.public.key.public_numbers()
    encoded = pow(int.from_bytes(signature), public.e, public.n).to_bytes(256)
    masked, digest, end = encoded[:-33], encoded[-33:-1], encoded[-1]
    block = exclusive(masked, mask(digest, len(masked)))
    salt = block[-32:]
    assert end == 0xBC
    assert block[-33] == 1
    assert digest == sha256(bytes(8) + sha256(b"a message").digest() + salt).digest()


def test_oaep_takes_as_much_as_rfc_8017_says(alice: RsaPrivateKey, bob: RsaPrivateKey) -> None:
    room = primitives.oaep_room(256)
    assert room == 190
    sealed = primitives.oaep_encrypt(alice.public.key, bytes(room), b"")
    assert primitives.oaep_decrypt(alice.key, sealed, b"") == bytes(room)
    assert primitives.oaep_decrypt(alice.key, sealed, b"other") is None
    assert primitives.oaep_decrypt(bob.key, sealed, b"") is None
    with pytest.raises(EncryptionError, match="RSA of 2048 bits takes 190 bytes at most, not 191"):
        primitives.oaep_encrypt(alice.public.key, bytes(room + 1), b"")


def test_a_signature_is_of_one_key_and_one_message(
    alice: RsaPrivateKey, bob: RsaPrivateKey
) -> None:
    signature = primitives.pss_sign(alice.key, b"yes")
    assert primitives.pss_verify(alice.public.key, signature, b"yes")
    assert not primitives.pss_verify(alice.public.key, signature, b"no")
    assert not primitives.pss_verify(bob.public.key, signature, b"yes")
