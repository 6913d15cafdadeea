"""The life of keys: rotation, expiry and revocation, by the time that is given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.codecs.encryption.envelope import decrypt, encrypt
from aio_sim.codecs.encryption.key_store import KeyLife, KeyState, KeyStore
from aio_sim.codecs.encryption.keys import AesKey, RsaPrivateKey, new_aes_key
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.kernel.errors import EncryptionError, InputError, UnknownName

SECOND = 10**9
LIFE = KeyLife(encrypts=10 * SECOND, decrypts=30 * SECOND)


def test_a_key_encrypts_then_only_decrypts_then_is_gone() -> None:
    store, key = KeyStore(LIFE), new_aes_key()
    version = store.add("disk", key, 5 * SECOND)
    states = {at: version.state(at * SECOND) for at in (4, 5, 14, 15, 34, 35)}
    assert states == {
        4: KeyState.FUTURE,
        5: KeyState.ACTIVE,
        14: KeyState.ACTIVE,
        15: KeyState.RETIRED,
        34: KeyState.RETIRED,
        35: KeyState.EXPIRED,
    }
    assert store.rotation_due("disk") == 15 * SECOND
    assert store.encrypting("disk", 14 * SECOND) is key
    assert store.decrypting(key.identity, 34 * SECOND) is key
    with pytest.raises(EncryptionError, match=r"'disk', version 1 .* encrypts no more at 15 s"):
        store.encrypting("disk", 15 * SECOND)
    with pytest.raises(EncryptionError, match="is expired at 35 s"):
        store.decrypting(key.identity, 35 * SECOND)
    with pytest.raises(EncryptionError, match="not yet in use"):
        store.encrypting("disk", 4 * SECOND)


def test_the_newest_version_encrypts_and_all_that_live_decrypt() -> None:
    store, old, new = KeyStore(), new_aes_key(), new_aes_key()
    store.add("link", old, 0)
    stream = encrypt(b"of old", EncryptionKind.AES, old)
    store.add("link", new, 7)
    assert [store.encrypting("link", at) for at in (0, 6, 7)] == [old, old, new]
    assert [each.version for each in store.versions("link")] == [1, 2]
    assert decrypt(stream, store.opener(8)) == b"of old"


def test_a_revoked_key_does_nothing_from_then_on() -> None:
    store, key = KeyStore(), new_aes_key()
    store.add("link", key, 0)
    stream = encrypt(b"secret", EncryptionKind.AES, key)
    store.revoke(key.identity, 9 * SECOND)
    store.revoke(key.identity, 12 * SECOND)
    assert decrypt(stream, store.opener(9 * SECOND - 1)) == b"secret"
    with pytest.raises(EncryptionError, match="is revoked at 9 s"):
        decrypt(stream, store.opener(9 * SECOND))
    with pytest.raises(EncryptionError, match="revoked"):
        store.encrypting("link", 10 * SECOND)
    store.add("link", new_aes_key(), 10 * SECOND)
    assert store.encrypting("link", 10 * SECOND) is not key


def test_what_nobody_has_the_key_of_is_a_wrong_key(alice: RsaPrivateKey, aes: AesKey) -> None:
    store = KeyStore()
    store.add("alice", alice.public, 0)
    for stream in (
        encrypt(b"x", EncryptionKind.AES, aes),
        encrypt(b"x", EncryptionKind.HYBRID, alice.public),
    ):
        with pytest.raises(EncryptionError, match="wrong key"):
            decrypt(stream, store.opener(0))


@given(
    times=st.lists(st.integers(0, 100), min_size=1, max_size=6).map(sorted),
    encrypts=st.integers(1, 50),
    more=st.integers(0, 50),
    at=st.integers(0, 250),
)
def test_states_follow_the_periods_alone(
    times: list[int], encrypts: int, more: int, at: int
) -> None:
    store = KeyStore(KeyLife(encrypts, encrypts + more))
    for number, time in enumerate(times):
        store.add("name", AesKey(number.to_bytes(16)), time)
    for number, version in enumerate(store.versions("name")):
        begins = times[number]
        following = times[number + 1] if number + 1 < len(times) else 1000
        encrypting = begins <= at < min(begins + encrypts, following)
        decrypting = begins <= at < begins + encrypts + more
        assert (version.state(at) is KeyState.ACTIVE) == (encrypting and decrypting)
        alive = version.state(at) in (KeyState.ACTIVE, KeyState.RETIRED)
        assert alive == decrypting


def test_no_secret_is_shown() -> None:
    store, key = KeyStore(), AesKey(b"not for printing")
    version = store.add("disk", key, 0)
    assert "printing" not in repr(version) + repr(store)


def test_what_makes_no_sense_is_refused() -> None:
    store, key = KeyStore(), new_aes_key()
    store.add("disk", key, 5)
    with pytest.raises(InputError, match="used before"):
        store.add("disk", key, 6)
    with pytest.raises(InputError, match="before the one it replaces"):
        store.add("disk", new_aes_key(), 4)
    with pytest.raises(UnknownName, match="did you mean 'disk'"):
        store.encrypting("dusk", 5)
    with pytest.raises(EncryptionError, match="there is no key"):
        store.revoke(bytes(8), 5)
    with pytest.raises(InputError, match="must be positive"):
        KeyLife(0, 5)
    for life in ((6, 5), (None, 5)):
        with pytest.raises(InputError, match="for as long as it encrypts"):
            KeyLife(*life)
