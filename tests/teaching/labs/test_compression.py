"""The lab on compression counts what is in the stream and reckons entropies by their definition."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from itertools import pairwise
from math import log2
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.codecs.entropy import empirical_entropy
from aio_sim.codecs.lz77 import Literal, Match
from aio_sim.codecs.lz78 import Lz78, Phrase
from aio_sim.codecs.stream import BLOCK
from aio_sim.codecs.stream import compress as pack
from aio_sim.kernel.errors import CodecError, UnknownName
from aio_sim.teaching.labs.byte_statistics import ByteStatistics
from aio_sim.teaching.labs.compression import (
    Compression,
    CompressionAnswer,
    Decompression,
    DecompressionAnswer,
    draw,
    solve,
)
from aio_sim.teaching.labs.pages.compression import text_sheet, tokens_sheet
from aio_sim.teaching.labs.tokens import meanings

ROOT = Path(__file__).parents[3]
DATA = st.one_of(st.binary(max_size=400), st.text("ab", max_size=400).map(str.encode))
METHODS = st.sampled_from(["lz77", "lz78"])


def compressed(
    chunks: Iterable[bytes], method: str, shown: int = 50
) -> tuple[bytes, CompressionAnswer]:
    running = Compression(chunks, method, shown=shown)
    stream = b"".join(running.stream)
    return stream, running.answer


def decompressed(stream: bytes, shown: int = 50) -> tuple[bytes, DecompressionAnswer]:
    running = Decompression([stream], shown=shown)
    data = b"".join(running.stream)
    return data, running.answer


@given(DATA, METHODS, st.integers(1, 50))
def test_the_numbers_are_those_of_the_bytes(data: bytes, method: str, size: int) -> None:
    chunks = [data[start : start + size] for start in range(0, len(data), size)]
    stream, answer = compressed(chunks, method)
    assert stream[:6] == pack(data, method)[:6]
    found = answer.as_json()
    assert found["input_bytes"] == len(data)
    assert found["output_bytes"] == len(stream)
    assert found["ratio"] == len(data) / len(stream)
    assert answer.zlib_bytes == len(zlib.compress(data, 9))
    back, reply = decompressed(stream)
    assert back == data
    assert (reply.input_bytes, reply.output_bytes) == (len(stream), len(data))


@given(DATA, METHODS)
def test_the_first_tokens_stand_for_the_beginning(data: bytes, method: str) -> None:
    _stream, answer = compressed([data], method, shown=20)
    tokens = answer.tokens
    assert len(tokens.first) == min(tokens.count, 20)
    shown = b"".join(meanings(tokens.first))
    assert data.startswith(shown)
    assert (shown == data) == (tokens.count <= 20)


def test_tokens_are_shown_by_the_names_of_their_fields() -> None:
    _stream, answer = compressed([b"abababab"], "lz77")
    assert answer.as_json(list_tokens=True)["token_list"] == [
        {"byte": ord("a")},
        {"byte": ord("b")},
        {"distance": 2, "length": 6},
    ]
    _stream, answer = compressed([b"aab"], "lz78")
    assert answer.as_json(list_tokens=True)["token_list"] == [
        {"prefix": 0, "byte": ord("a")},
        {"prefix": 1, "byte": ord("b")},
    ]
    assert "token_list" not in answer.as_json()


def test_tokens_after_the_first_block_are_counted_only() -> None:
    _stream, answer = compressed([b"a" * BLOCK, b"b" * BLOCK], "lz77", shown=10_000)
    assert b"".join(meanings(answer.tokens.first)) == b"a" * BLOCK
    assert answer.tokens.count > len(answer.tokens.first)


def test_the_text_of_the_corpus(shared: Path) -> None:
    data = (shared / "traces/corpus/alice29.txt").read_bytes()
    stream, answer = compressed([data], "lz78", shown=1)
    assert answer.tokens.count == 29091  # golden lz78.alice29: a dictionary without bound
    assert answer.ratio > 1.75
    assert decompressed(stream)[1].tokens.count == 29091
    assert answer.entropies[0] == pytest.approx(4.5677, abs=1e-4)


@pytest.mark.parametrize("method", ["lz77", "lz78"])
def test_the_page_tells_the_numbers_of_today(method: str, shared: Path) -> None:
    page = (ROOT / "docs/background/compression.md").read_text(encoding="utf-8")
    data = (shared / "traces/corpus/alice29.txt").read_bytes()
    _stream, answer = compressed([data], method, shown=1)
    numbers = [answer.input_bytes, answer.output_bytes, answer.tokens.count]
    numbers += [round(each * len(data) / 8) for each in answer.entropies]
    assert [number for number in numbers if f"{number:,}" not in page] == []
    assert f"{answer.ratio:.3f}" in page


@given(DATA)
def test_entropies_are_those_of_the_definition(data: bytes) -> None:
    statistics = ByteStatistics()
    assert b"".join(statistics.passing([data[:3], b"", data[3:]])) == data
    counts = [data.count(byte) for byte in set(data)]
    expected = -sum(count / len(data) * log2(count / len(data)) for count in counts)
    assert statistics.entropy(0) == pytest.approx(expected)
    pairs = list(pairwise(data))
    after = {byte: [pair[1] for pair in pairs if pair[0] == byte] for byte in set(data)}
    bits = -sum(log2(after[before].count(byte) / len(after[before])) for before, byte in pairs)
    assert statistics.entropy(1) == pytest.approx(bits / max(len(pairs), 1))
    assert statistics.entropy(1) == pytest.approx(empirical_entropy(data, 1))


def test_a_phrase_without_a_byte_is_no_new_phrase() -> None:
    tokens = [Phrase(0, 97), Phrase(1, None)]
    assert list(meanings(tokens)) == [b"a", b"a"]
    assert list(meanings([Literal(97), Match(1, 3)])) == [b"a", b"aaa"]


def test_a_seed_draws_one_text_with_something_to_copy() -> None:
    assert draw(4) == draw(4)
    assert len({draw(seed).text for seed in range(30)}) == 30
    for seed in range(30):
        first = solve(draw(seed, "lz77")).tokens.first
        assert any(isinstance(token, Match) for token in first)
    assert {draw(seed).algorithm for seed in range(20)} == {"lz77", "lz78"}


@pytest.mark.parametrize("method", ["lz77", "lz78"])
def test_the_way_is_shown_token_by_token(method: str) -> None:
    problem = draw(1, method)
    answer = solve(problem)
    sentences = [str(line) for line in text_sheet(problem, answer, False).explanation if line]
    assert len(sentences) == answer.tokens.count
    sheet = tokens_sheet(problem, answer, False)
    assert sheet.answer["text"] == problem.text
    assert problem.text not in "".join(str(part) for part in sheet.given)


def test_the_phrases_are_numbered_as_the_tokens_name_them() -> None:
    problem = draw(2, "lz78")
    tokens = list(Lz78().tokens(problem.text.encode()))
    spelled = dict(enumerate(meanings(tokens), start=1))
    for number, token in enumerate(tokens, start=1):
        if token.prefix:
            assert spelled[number].startswith(spelled[token.prefix])


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean 'lz78'"):
        Compression([], "lz87")
    with pytest.raises(CodecError):
        decompressed(pack(b"hello" * 20)[:-1])
