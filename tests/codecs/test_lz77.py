"""LZ77 against the definition: tokens replay to the data, within window and length."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from aio_sim.codecs.lz77 import Literal, Lz77, Match
from aio_sim.codecs.match_finder import MAX_MATCH, MIN_MATCH, MatchFinder

SMALL_ALPHABET = st.text("ab", max_size=400).map(str.encode)


def replay(tokens: list[Literal | Match]) -> bytes:
    data: list[int] = []
    for token in tokens:
        if isinstance(token, Literal):
            data.append(token.byte)
        else:
            for _copied in range(token.length):
                data.append(data[-token.distance])
    return bytes(data)


@given(st.one_of(SMALL_ALPHABET, st.binary(max_size=400)))
def test_tokens_replay_to_the_data_within_window_and_length(data: bytes) -> None:
    tokens = list(Lz77(window_bits=8).tokens(data))
    assert replay(tokens) == data
    for token in tokens:
        if isinstance(token, Match):
            assert 1 <= token.distance <= 256
            assert MIN_MATCH <= token.length <= MAX_MATCH


def test_a_run_is_one_byte_and_a_match_that_overlaps_itself() -> None:
    assert list(Lz77().tokens(b"aaaaaaaa")) == [Literal(ord("a")), Match(1, 7)]


def test_a_longer_match_one_byte_later_is_waited_for() -> None:
    tokens = list(Lz77().tokens(b"abc bcdef abcdef"))
    assert tokens[-2:] == [Literal(ord("a")), Match(7, 5)]


def longest_by_trying_all(data: bytes, position: int, window: int) -> int:
    best = 0
    for start in range(max(position - window, 0), position):
        length = 0
        while position + length < len(data) and data[start + length] == data[position + length]:
            length += 1
        best = max(best, length)
    return best if best >= MIN_MATCH else 0


@given(SMALL_ALPHABET.filter(lambda data: len(data) > 3), st.integers(8, 64))
def test_the_match_found_is_the_longest_there_is(data: bytes, window: int) -> None:
    position = len(data) * 2 // 3
    finder = MatchFinder(data, window, depth=len(data), enough=len(data))
    finder.insert(0, position)
    length, distance = finder.longest(position)
    assert length == longest_by_trying_all(data, position, window)
    assert data[position - distance :][:length] == data[position : position + length]


def test_tokens_of_a_real_text_replay_to_it(shared: Path) -> None:
    text = (shared / "traces/corpus/alice29.txt").read_bytes()
    assert replay(list(Lz77().tokens(text))) == text
