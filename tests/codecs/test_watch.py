"""Who watches a stream is told of the tokens that it is made of."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.codecs.lz77 import Literal, Lz77, Match
from aio_sim.codecs.lz78 import Lz78, Phrase
from aio_sim.codecs.stream import BLOCK, compress_stream, decompress_stream


def watched(data: bytes, method: str) -> tuple[list[Any], list[Any]]:
    """Return the tokens that a writer and a reader of the stream are told of."""
    written: list[Any] = []
    read: list[Any] = []
    stream = b"".join(compress_stream([data], method, watch=written.append))
    assert b"".join(decompress_stream([stream], watch=read.append)) == data
    return written, read


@given(st.binary(max_size=300))
@pytest.mark.parametrize("method", ["lz77", "lz78"])
def test_writer_and_reader_are_told_the_same(method: str, more: bytes) -> None:
    data = b"aabaacaadaabaacaad" * 8 + more * 3
    written, read = watched(data, method)
    assert read in (written, [])  # none where the block is stored as it is
    chosen = Lz77() if method == "lz77" else Lz78()
    assert written == list(chosen.tokens(data))


def test_the_tokens_of_a_run() -> None:
    assert watched(b"a" * 40, "lz77")[1] == [Literal(ord("a")), Match(1, 39)]
    assert watched(b"a" * 45, "lz78")[1] == [Phrase(length, ord("a")) for length in range(9)]


def test_every_block_is_told() -> None:
    written, read = watched(b"ab" * BLOCK, "lz77")
    assert written == read
    lengths = [token.length if isinstance(token, Match) else 1 for token in written]
    assert sum(lengths) == 2 * BLOCK
