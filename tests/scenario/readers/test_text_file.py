"""Opening a log: plain or packed, bounded in memory, and what is wrong with it said by line."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import WorkloadError
from aio_sim.scenario.readers import text_file
from tests.scenario.readers.files import lenient, strict, write

MEBIBYTE = 2**20


def numbered(path: Path) -> list[tuple[int, bytes]]:
    """Return all lines with their numbers."""
    return [
        (first + at, line)
        for first, lines in text_file.blocks(path, strict(path))
        for at, line in enumerate(lines)
    ]


@pytest.mark.parametrize("name", ["log", "log.gz", "packed-without-saying-so"])
def test_lines_are_numbered_from_one_plain_or_packed(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, b"one\n\nthree\r\nlast without end", name)
    if name.startswith("packed"):
        path.write_bytes(gzip.compress(path.read_bytes()))
    assert numbered(path) == [(1, b"one"), (2, b""), (3, b"three\r"), (4, b"last without end")]


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    assert numbered(write(tmp_path, b"\xef\xbb\xbfone\n")) == [(1, b"one")]


@given(
    lines=st.lists(
        st.binary(max_size=40).map(lambda line: line.translate(None, b"\n\0")), min_size=1
    )
)
def test_lines_are_those_of_split_however_the_file_is_cut(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    content = b"x" + b"\n".join(lines) + b"\n"
    path = write(tmp_path_factory.mktemp("cut"), content, "log.gz")
    whole = text_file.BLOCK
    try:
        text_file.BLOCK = 7  # type: ignore[misc]
        assert [line for _, line in numbered(path)] == content.split(b"\n")[:-1]
    finally:
        text_file.BLOCK = whole  # type: ignore[misc]


def test_a_packed_file_that_is_cut_short_names_the_line_it_ends_in(tmp_path: Path) -> None:
    lines = b"".join(b"%d some text that packs badly %d\n" % (n, n * n * 7919) for n in range(9000))
    path = write(tmp_path, lines, "log.gz")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(WorkloadError, match="truncated") as caught:
        numbered(path)
    assert caught.value.problem.file == str(path)
    cut = caught.value.problem.line
    assert 5000 < cut < 9000
    skips = lenient(path)
    kept = [line for block in text_file.blocks(path, skips) for line in block.lines]
    assert kept == lines.split(b"\n")[: cut - 1]
    assert skips.count == 1


def test_a_packed_file_that_is_damaged_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path, b"text\n" * 1000, "log.gz")
    data = bytearray(path.read_bytes())
    data[12] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(WorkloadError, match=r"damaged|truncated"):
        numbered(path)


@pytest.mark.parametrize("content", [b"", gzip.compress(b"", mtime=0)])
def test_an_empty_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(WorkloadError, match="the file is empty"):
        numbered(write(tmp_path, content))


def test_another_archive_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkloadError, match="this is a zip file"):
        numbered(write(tmp_path, b"PK\x03\x04rest"))


def test_binary_data_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, b"text\nte\0xt\ntext\n")
    with pytest.raises(WorkloadError, match="binary") as caught:
        numbered(path)
    assert caught.value.problem.line == 2
    skips = lenient(path)
    assert [block.lines for block in text_file.blocks(path, skips)] == [[b"text", b"", b"text"]]
    assert skips.count == 1


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WorkloadError, match="cannot be read"):
        numbered(tmp_path / "nothing")


def test_a_line_without_end_stops_before_it_takes_memory(tmp_path: Path) -> None:
    path = write(tmp_path, b"first\n" + b"a" * (64 * MEBIBYTE), "log.gz")
    tracemalloc.start()
    try:
        with pytest.raises(WorkloadError, match="more than 1048576 bytes") as caught:
            numbered(path)
        assert tracemalloc.get_traced_memory()[1] < 16 * MEBIBYTE
    finally:
        tracemalloc.stop()
    assert caught.value.problem.line == 2


def test_a_line_that_is_too_long_is_skipped_and_the_next_one_read(tmp_path: Path) -> None:
    path = write(tmp_path, b"first\n" + b"a" * (3 * MEBIBYTE) + b"\nlast\n", "log.gz")
    skips = lenient(path)
    lines = [line for block in text_file.blocks(path, skips) for line in block.lines]
    assert lines == [b"first", b"", b"last"]
    assert skips.count == 1
    assert skips.first is not None
    assert skips.first.line == 2
