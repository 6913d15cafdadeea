"""The ciphers of the library `cryptography`, with the parameters that we use them with.

AES-GCM is NIST SP 800-38D with 12-byte nonces and 16-byte tags, RSA-OAEP and RSA-PSS are RFC 8017
with SHA-256 (PSS: salt as long as the hash), the key derivation is HKDF, RFC 5869, with SHA-256.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from aio_sim.kernel.errors import EncryptionError
from aio_sim.kernel.messages import _

TAG: Final = 16
"""Bytes that AES-GCM adds to what it encrypts."""

NONCE: Final = 12
"""Bytes of a nonce."""

OAEP_OVERHEAD: Final = 2 * 32 + 2
"""Bytes of the modulus that RSA-OAEP with SHA-256 needs for itself (RFC 8017, 7.1.1)."""

PUBLIC_EXPONENT: Final = 65537
"""e of all our RSA keys (NIST FIPS 186-5, 5.1: odd and above 2**16)."""

_HASH: Final = hashes.SHA256()


def seal(key: AESGCM, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """Return `plaintext` encrypted, with its tag, which covers `associated`, too."""
    return key.encrypt(nonce, plaintext, associated)


def unseal(key: AESGCM, nonce: bytes, sealed: bytes, associated: bytes) -> bytes | None:
    """Return what was sealed, None where anything of it does not fit the tag."""
    if len(sealed) < TAG:
        return None
    try:
        return key.decrypt(nonce, sealed, associated)
    except InvalidTag:
        return None


def derive(secret: bytes, salt: bytes, purpose: bytes, size: int) -> bytes:
    """Return `size` bytes of key material, another for each salt and purpose."""
    return HKDF(algorithm=_HASH, length=size, salt=salt, info=purpose).derive(secret)


def oaep_room(modulus: int) -> int:
    """Return how many bytes RSA-OAEP takes under a modulus of so many bytes."""
    return modulus - OAEP_OVERHEAD


def oaep_encrypt(key: rsa.RSAPublicKey, message: bytes, label: bytes) -> bytes:
    """Return `message` encrypted and bound to `label`.

    Raises EncryptionError where it is longer than the modulus has room for.
    """
    room = oaep_room((key.key_size + 7) // 8)
    if len(message) > room:
        raise EncryptionError(
            _(
                "RSA of {bits} bits takes {room} bytes at most, not {size}; "
                "kind 'hybrid' encrypts any number"
            ).format(bits=key.key_size, room=room, size=len(message))
        )
    return key.encrypt(message, _oaep(label))


def oaep_decrypt(key: rsa.RSAPrivateKey, ciphertext: bytes, label: bytes) -> bytes | None:
    """Return the message, None where the ciphertext is not one of this key and label."""
    try:
        return key.decrypt(ciphertext, _oaep(label))
    except ValueError:
        return None


def pss_sign(key: rsa.RSAPrivateKey, message: bytes) -> bytes:
    """Return the signature of `message`, as long as the modulus."""
    return key.sign(message, _pss(), _HASH)


def pss_verify(key: rsa.RSAPublicKey, signature: bytes, message: bytes) -> bool:
    """Return whether the signature is that of this key under `message`."""
    try:
        key.verify(signature, message, _pss(), _HASH)
    except InvalidSignature:
        return False
    return True


def aes_block(key: bytes, block: bytes) -> bytes:
    """Return one block of 16 bytes under the bare cipher: to compare with, never for data."""
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(block) + encryptor.finalize()


def generate_rsa(bits: int) -> rsa.RSAPrivateKey:
    """Return a fresh key pair."""
    return rsa.generate_private_key(PUBLIC_EXPONENT, bits)


def rsa_of_primes(p: int, q: int) -> rsa.RSAPrivateKey:
    """Return the key pair of two primes, with p - 1 and q - 1 prime to the public exponent."""
    private = pow(PUBLIC_EXPONENT, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=private,
        dmp1=rsa.rsa_crt_dmp1(private, p),
        dmq1=rsa.rsa_crt_dmq1(private, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(PUBLIC_EXPONENT, p * q),
    ).private_key()


def public_bytes(key: rsa.RSAPublicKey) -> bytes:
    """Return the public key as DER (SubjectPublicKeyInfo, RFC 5280)."""
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _oaep(label: bytes) -> padding.OAEP:
    return padding.OAEP(padding.MGF1(_HASH), _HASH, label)


def _pss() -> padding.PSS:
    return padding.PSS(padding.MGF1(_HASH), padding.PSS.DIGEST_LENGTH)
