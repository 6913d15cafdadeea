"""Keys that all tests of encryption use, made once."""

from __future__ import annotations

import pytest

from aio_sim.codecs.encryption.keys import AesKey, RsaPrivateKey, new_rsa_key


@pytest.fixture(scope="session")
def aes() -> AesKey:
    return AesKey(bytes(range(32)))


@pytest.fixture(scope="session")
def alice() -> RsaPrivateKey:
    return new_rsa_key(2048)


@pytest.fixture(scope="session")
def bob() -> RsaPrivateKey:
    return new_rsa_key(2048)
