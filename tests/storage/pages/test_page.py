"""Pages and their bytes: a layout read by hand, checksums that find every flipped bit."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.storage.pages.errors import DamagedPageError
from aio_sim.storage.pages.page import Page, capacity, decode

ENTRIES = st.dictionaries(st.binary(max_size=8), st.binary(max_size=12), max_size=15)


def page_of(entries: dict[bytes, bytes], number: int = 7) -> Page:
    page = Page(number, level=1)
    page.lsn, page.following = 99, 8
    for key, value in entries.items():
        page.put(key, value)
    return page


@given(ENTRIES)
def test_a_page_is_read_as_it_was_written(entries: dict[bytes, bytes]) -> None:
    page = decode(7, page_of(entries).encode(512))
    assert dict(zip(page.keys, page.values, strict=True)) == entries
    assert page.keys == sorted(entries)
    assert (page.number, page.level, page.lsn, page.following) == (7, 1, 99, 8)
    assert page.used == sum(4 + len(key) + len(value) for key, value in entries.items())
    assert page.used <= capacity(512)


def test_the_layout_is_that_of_the_description() -> None:
    data = page_of({b"k": b"value"}).encode(256)
    checksum, number, lsn, level, count, following = struct.unpack_from("<IIQBHI", data)
    assert checksum == zlib.crc32(data[4:])
    assert (number, lsn, level, count, following) == (7, 99, 1, 1, 8)
    assert data[23:33] == b"\x01\x00\x05\x00kvalue"
    assert not any(data[33:])


@given(ENTRIES, st.integers(0, 512 * 8 - 1))
def test_a_flipped_bit_is_found(entries: dict[bytes, bytes], bit: int) -> None:
    data = bytearray(page_of(entries).encode(512))
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DamagedPageError, match="page 7 is damaged"):
        decode(7, bytes(data))


def test_a_page_in_the_place_of_another_is_found() -> None:
    with pytest.raises(DamagedPageError, match="page 8"):
        decode(8, page_of({}).encode(256))


def test_a_page_that_was_never_written_is_an_empty_leaf() -> None:
    page = decode(3, bytes(256))
    assert (page.number, page.level, page.lsn, page.keys) == (3, 0, 0, [])


@given(ENTRIES, st.binary(max_size=8))
def test_put_remove_and_cut_are_those_of_a_sorted_dict(
    entries: dict[bytes, bytes], key: bytes
) -> None:
    page = page_of(entries)
    assert page.get(key) == entries.get(key)
    assert page.remove(key) == entries.pop(key, None)
    assert page.put(key, b"new") is None
    assert page.put(key, b"newer") == b"new"
    page.cut(key, 5)
    assert page.keys == sorted(each for each in entries if each < key)
    assert page.following == 5
    assert page.used == sum(4 + len(each) + len(entries[each]) for each in page.keys)
