"""Each line is in exactly one split, wherever blocks end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.distributed.mapreduce.inputs import beginning
from aio_sim.distributed.mapreduce.records import (
    Record,
    Split,
    check_encoding,
    complete,
    records,
)
from aio_sim.kernel.errors import InputError

TEXTS = st.lists(st.sampled_from([b"\n", b"a", b"bc", b"\r", b"d\n"]), max_size=40).map(b"".join)


def lines(text: bytes) -> list[tuple[int, bytes]]:
    """Return offset and line of each record of a whole file, by counting."""
    found, offset = [], 0
    for line in text.split(b"\n"):
        found.append((offset, line))
        offset += len(line) + 1
    return found if text and not text.endswith(b"\n") else found[:-1]


def read(text: bytes, start: int, end: int) -> bytes:
    """Return a split with no more bytes after it than complete its last record."""
    after = end
    while after < len(text) and not complete(text[start:after], end - start):
        after += 1
    return text[start:after]


def of_split(text: bytes, start: int, size: int) -> list[Record]:
    end = min(start + size, len(text))
    return list(records(read(text, start, end), start, end))


@given(TEXTS, st.integers(1, 12))
def test_any_block_size_gives_every_record_once(text: bytes, size: int) -> None:
    found = [each for start in range(0, len(text), size) for each in of_split(text, start, size)]
    assert [(record.offset, record.line) for record in found] == lines(text)
    assert sum(record.size for record in found) == len(text)


def test_the_first_partial_line_belongs_to_the_split_before() -> None:
    text = b"one\ntwo\nthree\n"
    assert [record.line for record in of_split(text, 0, 6)] == [b"one", b"two"]
    assert [record.line for record in of_split(text, 6, 8)] == [b"three"]


def test_a_line_that_begins_at_the_end_of_a_split_belongs_to_it() -> None:
    text = b"one\ntwo\n"
    assert [record.line for record in of_split(text, 0, 4)] == [b"one", b"two"]
    assert of_split(text, 4, 4) == []


@given(TEXTS, st.integers(1, 12), st.integers(1, 5))
def test_the_beginning_of_a_split_has_its_first_records(text: bytes, size: int, most: int) -> None:
    for start in range(0, len(text), size):
        end = min(start + size, len(text))
        split = Split("f", "/f", start, end)
        part, data = beginning(split, read(text, start, end), 100_000 // most)
        first = list(records(data, part.start, part.end))
        assert first == of_split(text, start, size)[: len(first)]
        assert len(first) <= most or part == split


@pytest.mark.parametrize("name", ["utf-8", "latin-1", "cp1252", "UTF8", "gb18030"])
def test_encodings_whose_lines_end_with_a_byte_are_taken(name: str) -> None:
    assert check_encoding(name)


@pytest.mark.parametrize("name", ["utf-16", "utf-32-le", "base64", "cp500", "klingon"])
def test_other_encodings_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="encoding"):
        check_encoding(name)
