"""The labs on encryption: by hand and by the library are the same, and the numbers are checked."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aio_sim.kernel.errors import EncryptionError, InputError
from aio_sim.teaching.labs import aes, rsa


def test_the_block_is_the_text_filled_up() -> None:
    assert aes.draw(0, text=b"YELLOW").block == b"YELLOW" + b"\x0a" * 10
    assert aes.draw(0, text=b"").block == b"\x10" * 16
    assert aes.draw(0, text=b"more than sixteen bytes").block == b"more than sixtee"


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [16, 32])
def test_aes_by_hand_is_what_the_library_makes(seed: int, size: int) -> None:
    problem = aes.draw(seed, key=bytes(range(seed, seed + size)))
    answer = aes.solve(problem)
    assert answer.by_hand.ciphertext == answer.library
    assert AESGCM(problem.key).decrypt(answer.gcm.nonce, answer.gcm.sealed, None) == problem.text
    assert answer.gcm.opens
    assert not answer.gcm.altered_opens


def test_a_seed_determines_a_problem_and_what_is_given_shifts_nothing() -> None:
    assert aes.draw(3) == aes.draw(3)
    assert aes.draw(3).key == aes.draw(3, text=b"x").key != aes.draw(4).key
    assert rsa.draw(3) == rsa.draw(3)
    assert rsa.draw(3).key == rsa.draw(3, text=b"x").key


@pytest.mark.parametrize("seed", range(3))
def test_rsa_by_hand_comes_back(seed: int) -> None:
    problem = rsa.draw(seed)
    answer = rsa.solve(problem)
    key = answer.key
    assert answer.decrypted == problem.text
    assert list(answer.ciphertext) == [pow(m, key.exponent, key.modulus) for m in problem.text]
    assert answer.encrypting[-1].result == answer.ciphertext[0]
    assert answer.decrypting[-1].result == problem.text[0]
    assert answer.library.as_json() == {
        "bits": 2048,
        "room": 190,
        "size": 256,
        "opens": True,
        "same_twice": False,
    }


def test_what_cannot_be_encrypted_says_why() -> None:
    with pytest.raises(InputError, match="16 or 32 bytes"):
        aes.draw(0, key=bytes(24))
    with pytest.raises(InputError, match="a byte at least"):
        rsa.draw(0, text=b"")
    with pytest.raises(InputError, match="0 is not a prime"):
        rsa.draw(0, primes=(0, 53))
    with pytest.raises(EncryptionError, match="takes 190 bytes at most, not 191"):
        rsa.solve(rsa.draw(0, text=bytes(191)))
