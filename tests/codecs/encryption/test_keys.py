"""Keys show no secrets, have sizes and identities; those of a random stream are the stream's."""

from __future__ import annotations

import numpy as np
import pytest

from aio_sim.codecs.encryption.keys import AesKey, RsaPrivateKey, new_aes_key, new_rsa_key
from aio_sim.codecs.encryption.simulated_keys import simulated_aes_key, simulated_rsa_key
from aio_sim.kernel.errors import InputError


def test_no_key_shows_its_secret() -> None:
    key = AesKey(b"not for printing")
    assert "printing" not in f"{key!r} {key} {key.identity!r}"
    assert key.secret.hex() not in repr(key)


def test_an_identity_names_a_key_and_both_halves_of_a_pair(
    alice: RsaPrivateKey, bob: RsaPrivateKey
) -> None:
    assert len({new_aes_key().identity for _key in range(10)}) == 10
    assert alice.identity == alice.public.identity != bob.identity
    assert (alice.size, alice.public.size) == (256, 256)


def test_fresh_keys_have_the_size_asked_for() -> None:
    assert [new_aes_key(size).size for size in (16, 32)] == [16, 32]
    assert new_rsa_key(2048).key.key_size == 2048


@pytest.mark.parametrize("size", [0, 15, 24, 33])
def test_other_sizes_of_aes_are_refused(size: int) -> None:
    with pytest.raises(InputError, match=f"16 or 32 bytes, not {size}"):
        AesKey(bytes(size))


@pytest.mark.parametrize("bits", [512, 1024, 2047, 2049])
def test_weak_or_odd_moduli_are_refused(bits: int) -> None:
    with pytest.raises(InputError, match="2048 bits or more"):
        new_rsa_key(bits)
    with pytest.raises(InputError, match="2048 bits or more"):
        simulated_rsa_key(np.random.default_rng(0), bits)


def test_a_stream_determines_its_keys() -> None:
    def stream() -> np.random.Generator:
        return np.random.Generator(np.random.PCG64(0))

    assert simulated_aes_key(stream()) == simulated_aes_key(stream())
    key = simulated_rsa_key(stream())
    assert key.identity.hex() == "7a6dde47a59e4f7c"
    numbers = key.key.private_numbers()
    assert numbers.p * numbers.q == numbers.public_numbers.n
    assert key.key.key_size == 2048
