"""AES by hand is that of FIPS 197: its appendices, and the library on any block."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.codecs.encryption.aes_by_hand import (
    S_BOX,
    decrypt_block,
    encrypt_block,
    expand_key,
    inverse,
    mix_columns,
    multiply,
)
from aio_sim.codecs.encryption.primitives import aes_block
from aio_sim.kernel.errors import InputError

BLOCKS = st.binary(min_size=16, max_size=16)
KEYS = st.sampled_from([16, 24, 32]).flatmap(lambda size: st.binary(min_size=size, max_size=size))

# FIPS 197, appendix A.1: the words of the expanded key, four a round.
EXPANDED = [
    "2b7e151628aed2a6abf7158809cf4f3c",
    "a0fafe1788542cb123a339392a6c7605",
    "f2c295f27a96b9435935807a7359f67f",
    "3d80477d4716fe3e1e237e446d7a883b",
    "ef44a541a8525b7fb671253bdb0bad00",
    "d4d1c6f87c839d87caf2b8bc11f915bc",
    "6d88a37a110b3efddbf98641ca0093fd",
    "4e54f70e5f5fc9f384a64fb24ea6dc4f",
    "ead27321b58dbad2312bf5607f8d292f",
    "ac7766f319fadc2128d12941575c006e",
    "d014f9a8c9ee2589e13f0cc8b6630ca6",
]

# FIPS 197, appendix C.1: the state at the start of each round.
STARTS = [
    "00102030405060708090a0b0c0d0e0f0",
    "89d810e8855ace682d1843d8cb128fe4",
    "4915598f55e5d7a0daca94fa1f0a63f7",
    "fa636a2825b339c940668a3157244d17",
    "247240236966b3fa6ed2753288425b6c",
    "c81677bc9b7ac93b25027992b0261996",
    "c62fe109f75eedc3cc79395d84f9cf5d",
    "d1876c0f79c4300ab45594add66ff41f",
    "fde3bad205e5d0d73547964ef1fe37f1",
    "bd6e7c3df2b5779e0b61216e8b10b689",
]

PLAIN = bytes.fromhex("00112233445566778899aabbccddeeff")


def test_the_key_expands_as_in_appendix_a() -> None:
    assert [key.hex() for key in expand_key(bytes.fromhex(EXPANDED[0]))] == EXPANDED


def test_the_block_of_appendix_b() -> None:
    block = bytes.fromhex("3243f6a8885a308d313198a2e0370734")
    found = encrypt_block(bytes.fromhex(EXPANDED[0]), block)
    assert found.ciphertext.hex() == "3925841d02dc09fbdc118597196a0b32"


def test_every_round_of_appendix_c_1() -> None:
    found = encrypt_block(bytes(range(16)), PLAIN)
    assert [each.start.hex() for each in found.rounds] == STARTS
    first, last = found.rounds[0], found.rounds[-1]
    assert first.sub_bytes.hex() == "63cab7040953d051cd60e0e7ba70e18c"
    assert first.shift_rows.hex() == "6353e08c0960e104cd70b751bacad0e7"
    assert first.mix_columns is not None
    assert first.mix_columns.hex() == "5f72641557f5bc92f7be3b291db9f91a"
    assert first.key.hex() == "d6aa74fdd2af72fadaa678f1d6ab76fe"
    assert last.mix_columns is None


@pytest.mark.parametrize(
    ("size", "ciphertext"),
    [
        (16, "69c4e0d86a7b0430d8cdb78070b4c55a"),
        (24, "dda97ca4864cdfe06eaf70a0ec0d7191"),
        (32, "8ea2b7ca516745bfeafc49904b496089"),
    ],
)
def test_the_blocks_of_appendix_c(size: int, ciphertext: str) -> None:
    key = bytes(range(size))
    assert encrypt_block(key, PLAIN).ciphertext.hex() == ciphertext
    assert decrypt_block(key, bytes.fromhex(ciphertext)) == PLAIN


@given(KEYS, BLOCKS)
def test_any_block_is_what_the_library_makes_of_it(key: bytes, block: bytes) -> None:
    found = encrypt_block(key, block).ciphertext
    assert found == aes_block(key, block)
    assert decrypt_block(key, found) == block


def test_the_s_box_is_a_permutation_without_a_fixed_byte() -> None:
    assert sorted(S_BOX) == list(range(256))
    assert all(S_BOX[byte] != byte for byte in range(256))
    assert (S_BOX[0], S_BOX[0x53]) == (0x63, 0xED)  # FIPS 197, 5.1.1


def test_the_field_has_inverses() -> None:
    assert multiply(0x57, 0x83) == 0xC1  # FIPS 197, 4.2
    assert all(multiply(byte, inverse(byte)) == 1 for byte in range(1, 256))


@given(BLOCKS)
def test_mixing_columns_back_undoes_it(state: bytes) -> None:
    assert mix_columns(mix_columns(state), (14, 11, 13, 9)) == state


def test_other_sizes_are_refused() -> None:
    with pytest.raises(InputError, match="16 bytes, not 15"):
        encrypt_block(bytes(16), bytes(15))
    with pytest.raises(InputError, match="16, 24 or 32 bytes, not 17"):
        expand_key(bytes(17))
