"""Streams: lossless on any bytes, read alike by a naive decoder, safe against damage."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.codecs import stream as streams
from aio_sim.codecs.stream import (
    BLOCK,
    compress,
    compress_stream,
    decompress,
    decompress_stream,
    describe,
)
from aio_sim.kernel.errors import CodecError, InputError, UnknownName
from tests.codecs import naive

KINDS: list[tuple[str, dict[str, Any]]] = [
    ("lz77", {}),
    ("lz77", {"window_bits": 8}),
    ("lz78", {}),
    ("lz78", {"dictionary_bits": 5}),
    ("lz78", {"dictionary_bits": 5, "when_full": "freeze"}),
    ("lz78", {"dictionary_bits": 2}),
]
METHODS = ["lz77", "lz78"]
ANY_BYTES = st.one_of(
    st.binary(max_size=600),
    st.text("ab", max_size=600).map(str.encode),
    st.lists(st.sampled_from([b"the ", b"cat ", b"sat ", bytes(9)]), max_size=90).map(b"".join),
)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BLOCK", 64)


@pytest.mark.parametrize(("method", "parameters"), KINDS)
@given(data=ANY_BYTES)
@settings(max_examples=60)
def test_any_bytes_come_back_from_both_decoders(
    method: str, parameters: dict[str, Any], data: bytes
) -> None:
    packed = compress(data, method, **parameters)
    assert decompress(packed) == data
    assert naive.decompress(packed) == data
    assert len(packed) <= len(data) + 40


@pytest.mark.parametrize(("method", "parameters"), KINDS)
@pytest.mark.usefixtures("small_blocks")
def test_windows_and_dictionaries_live_on_across_blocks(
    method: str, parameters: dict[str, Any]
) -> None:
    random = Random(3)
    parts = [random.randbytes(70), b"the cat sat on the mat. " * 20, random.randbytes(200)]
    data = b"".join(parts * 2)
    packed = compress(data, method, **parameters)
    assert decompress(packed) == data
    assert naive.decompress(packed) == data


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1])
def test_sizes_around_a_block(method: str, size: int) -> None:
    data = bytes(position * position >> 7 & 255 for position in range(size))
    assert decompress(compress(data, method)) == data


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "name", ["alice29.txt", "asyoulik.txt", "fireworks.jpeg", "geo.protodata", "html"]
)
def test_real_files_come_back(shared: Path, method: str, name: str) -> None:
    data = (shared / "traces/corpus" / name).read_bytes()
    packed = compress(data, method)
    assert decompress(packed) == data
    assert len(packed) <= len(data) + 40


@pytest.mark.parametrize(("method", "ratio"), [("lz77", 2.2), ("lz78", 1.75)])
def test_the_ratio_on_english_text(shared: Path, method: str, ratio: float) -> None:
    data = (shared / "traces/corpus/alice29.txt").read_bytes()
    assert len(data) / len(compress(data, method)) >= ratio


@given(data=ANY_BYTES, cuts=st.lists(st.integers(1, 50), min_size=1, max_size=9))
def test_how_the_chunks_are_cut_changes_nothing(data: bytes, cuts: list[int]) -> None:
    whole = compress(data)
    assert b"".join(compress_stream(cut(data, cuts), length=len(data))) == whole
    assert b"".join(decompress_stream(cut(whole, cuts))) == data


def cut(data: bytes, sizes: list[int]) -> Iterable[bytes]:
    turn = 0
    while data:
        size = sizes[turn % len(sizes)]
        yield data[:size]
        yield b""
        data, turn = data[size:], turn + 1


def test_a_stream_says_what_it_is() -> None:
    info = describe(compress(b"abc", "lz78", dictionary_bits=9, when_full="freeze"))
    assert (info.algorithm.pack(), info.length) == (bytes([9, 1]), 3)
    assert describe(b"".join(compress_stream([b"abc"]))).length is None


def test_a_damaged_stream_ends_a_command_with_1() -> None:
    assert CodecError.exit_code == 1


def test_a_length_announced_wrongly_is_refused() -> None:
    with pytest.raises(InputError, match="3 bytes came"):
        b"".join(compress_stream([b"abc"], length=4))


def test_an_unknown_algorithm_or_parameter_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'lz77'"):
        compress(b"", "lz777")
    with pytest.raises(UnknownName, match="did you mean 'window_bits'"):
        compress(b"", "lz77", window_bit=3)
    with pytest.raises(InputError, match="window_bits must be from 8 to 20"):
        compress(b"", "lz77", window_bits=33)
    with pytest.raises(InputError, match="when_full must be reset or freeze"):
        compress(b"", "lz78", when_full="burn")


TEXT = b"how doth the little crocodile improve his shining tail, and pour the waters " * 4
GOOD = {method: compress(TEXT, method) for method in METHODS}


@pytest.mark.parametrize("method", METHODS)
def test_every_cut_is_noticed(method: str) -> None:
    for length in range(len(GOOD[method])):
        with pytest.raises(CodecError):
            decompress(GOOD[method][:length])


@pytest.mark.parametrize("method", METHODS)
def test_every_flipped_bit_is_noticed(method: str) -> None:
    for position in range(len(GOOD[method]) * 8):
        damaged = bytearray(GOOD[method])
        damaged[position // 8] ^= 1 << position % 8
        with pytest.raises(CodecError):
            decompress(bytes(damaged))


@pytest.mark.parametrize("method", METHODS)
def test_something_after_the_end_is_noticed(method: str) -> None:
    with pytest.raises(CodecError, match="after the end"):
        decompress(GOOD[method] + b"\x00")


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["set", "delete", "insert", "repeat"]),
        st.integers(0, 400),
        st.binary(min_size=1, max_size=5),
    ),
    min_size=1,
    max_size=6,
)


def edited(data: bytes, edits: list[tuple[str, int, bytes]]) -> bytes:
    for kind, place, piece in edits:
        at = place % (len(data) + 1)
        after = {"set": at + len(piece), "delete": at + len(piece), "insert": at, "repeat": at}[
            kind
        ]
        middle = {"set": piece, "delete": b"", "insert": piece, "repeat": data[at : at + 40]}[kind]
        data = data[:at] + middle + data[after:]
    return data


@pytest.mark.parametrize("method", METHODS)
@given(edits=EDITS)
@settings(max_examples=300)
def test_a_mutated_stream_is_refused_or_gives_the_same_bytes(
    method: str, edits: list[tuple[str, int, bytes]]
) -> None:
    try:
        found = decompress(edited(GOOD[method], edits))
    except CodecError:
        return
    assert found == TEXT


@given(body=st.binary(max_size=200), code=st.sampled_from([1, 2]), size=st.integers(0, 2**32 - 1))
@settings(max_examples=300)
def test_made_up_blocks_are_refused(body: bytes, code: int, size: int) -> None:
    header = b"AIOZ" + bytes([1, code, 12, 0]) + b"\xff" * 8
    block = size.to_bytes(4, "big") + len(body).to_bytes(4, "big") + body
    with pytest.raises(CodecError):
        decompress(header + block + bytes(16))


@pytest.mark.parametrize("method", METHODS)
def test_no_more_comes_out_than_is_allowed(method: str) -> None:
    packed = compress(bytes(10_000), method)
    assert decompress(packed, max_output=10_000) == bytes(10_000)
    with pytest.raises(CodecError, match="9999 bytes allowed"):
        decompress(packed, max_output=9_999)


@pytest.mark.parametrize("method", METHODS)
def test_a_small_stream_swells_by_a_bounded_factor(method: str) -> None:
    zeros = bytes(4 * BLOCK)
    assert len(zeros) / len(compress(zeros, method)) < 1500


@pytest.mark.parametrize("method", METHODS)
def test_memory_stays_bounded_however_long_the_stream(method: str) -> None:
    piece = b"all work and no play makes a dull simulator. " * 500
    packed = list(compress_stream((piece for _turn in range(40)), method, **FAST[method]))
    tracemalloc.start()
    total = sum(len(block) for block in decompress_stream(packed))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 40 * len(piece)
    assert peak < 4 * BLOCK + 1_000_000


FAST: dict[str, dict[str, Any]] = {"lz77": {"window_bits": 12}, "lz78": {"dictionary_bits": 10}}
