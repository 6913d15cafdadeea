"""LZ78 against the definition and the phrase counts of the literature."""

from __future__ import annotations

import json
from math import log2
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.codecs.entropy import empirical_entropy, lz78_excess, lz78_phrase_bound, lz78_rate
from aio_sim.codecs.lz78 import MAX_PHRASE, Lz78, Phrase
from aio_sim.codecs.stream import compress, decompress


@pytest.fixture
def golden(shared: Path) -> dict[str, Any]:
    return {entry["id"]: entry for entry in json.loads((shared / "golden.json").read_text())}


def count(data: bytes, **parameters: Any) -> int:
    return sum(1 for _phrase in Lz78(**parameters).tokens(data))


def phrases_by_sets(data: bytes) -> list[bytes]:
    known, phrases, phrase = {b""}, [], b""
    for byte in data:
        phrase += bytes([byte])
        if phrase not in known:
            known.add(phrase)
            phrases.append(phrase)
            phrase = b""
    return [*phrases, phrase] if phrase else phrases


@given(st.one_of(st.text("ab", max_size=500).map(str.encode), st.binary(max_size=500)))
def test_phrases_are_those_of_the_definition(data: bytes) -> None:
    known, phrases = [b""], []
    for prefix, byte in Lz78().tokens(data):
        phrases.append(known[prefix] + (b"" if byte is None else bytes([byte])))
        known.append(phrases[-1])
    assert phrases == phrases_by_sets(data)


def test_the_textbook_example() -> None:
    # Cover and Thomas, Elements of Information Theory, 2nd ed., 13.4.2
    assert "".join(f"({prefix},{byte:c})" for prefix, byte in Lz78().tokens(b"1011010100010")) == (
        "(0,1)(0,0)(1,1)(2,1)(4,0)(2,0)(1,0)"
    )


@pytest.mark.parametrize("phrases", [1, 2, 10, 100])
def test_a_run_of_n_takes_c_phrases_where_n_is_c_times_c_plus_1_over_2(phrases: int) -> None:
    assert count(b"a" * (phrases * (phrases + 1) // 2)) == phrases


def test_a_run_one_longer_leaves_a_phrase_without_a_byte() -> None:
    assert list(Lz78().tokens(b"aaaa"))[-1] == Phrase(1, None)


def test_the_run_of_the_golden_values(golden: dict[str, Any]) -> None:
    entry = golden["lz78.run"]
    assert count(b"a" * entry["inputs"]["n"]) == entry["expected"]


def test_the_phrases_of_alice_are_as_many_as_two_other_parsers_count(
    golden: dict[str, Any], shared: Path
) -> None:
    entry = golden["lz78.alice29"]
    data = (shared / entry["inputs"]["file"]).read_bytes()
    assert count(data) == entry["expected"]


def test_the_rate_on_coin_tosses_is_the_golden_one(golden: dict[str, Any]) -> None:
    entry = golden["lz78.rate"]
    size, chance = entry["inputs"]["n"], entry["inputs"]["p"]
    random = Random(5)
    tosses = bytes(random.random() < chance for _toss in range(size))
    rate = lz78_rate(count(tosses, dictionary_bits=20), size)
    assert rate == pytest.approx(entry["expected"], rel=entry["sim_tolerance"])
    assert rate > entry["inputs"]["entropy_bits"]


@given(
    st.one_of(
        st.binary(min_size=1, max_size=400),
        st.text("aab", min_size=1, max_size=400).map(str.encode),
        st.integers(1, 400).map(lambda length: b"a" * length),
    )
)
def test_no_text_has_more_phrases_than_its_entropy_and_the_excess_allow(data: bytes) -> None:
    phrases = len(set(phrases_by_sets(data)))
    bound = empirical_entropy(data) + lz78_excess(phrases, len(data))
    assert lz78_rate(phrases, len(data)) <= bound + 1e-9


def test_the_excess_falls_as_the_phrases_grow_long() -> None:
    assert lz78_excess(100, 100) == pytest.approx(2)  # 2 log2 2 - 1 log2 1
    excess = [lz78_excess(1, mean) for mean in (2, 8, 64, 4096, 10**6)]
    assert excess == sorted(excess, reverse=True)
    assert excess[-1] == pytest.approx((log2(10**6) + log2(2.71828)) / 10**6, rel=1e-4)
    assert lz78_excess(0, 5) == 0


def test_distinct_phrases_stay_below_the_bound(golden: dict[str, Any]) -> None:
    entry = golden["lz78.bound"]
    size = entry["inputs"]["n"]
    assert lz78_phrase_bound(size) == pytest.approx(entry["expected"]["bound"], rel=1e-9)
    fair = Random(7).randbytes(size // 8)
    bits = bytes(byte >> shift & 1 for byte in fair for shift in range(8))
    phrases = count(bits, dictionary_bits=20)
    assert size / log2(size) < phrases < lz78_phrase_bound(size)


def test_a_bounded_dictionary_never_points_past_its_bound() -> None:
    data = Random(1).randbytes(3000)
    for when_full in ("reset", "freeze"):
        tokens = list(Lz78(dictionary_bits=4, when_full=when_full).tokens(data))
        assert max(phrase.prefix for phrase in tokens) < 16


def test_a_reset_forgets_and_a_freeze_remembers() -> None:
    data = b"ab" * 200 + b"xy" * 400
    reset, frozen = (count(data, dictionary_bits=4, when_full=way) for way in ("reset", "freeze"))
    assert reset < frozen


def test_a_phrase_as_long_as_allowed_is_cut_alike_on_both_sides() -> None:
    runs = MAX_PHRASE * (MAX_PHRASE + 1) // 2
    data = b"a" * (runs + 3 * MAX_PHRASE + 17)
    assert decompress(compress(data, "lz78")) == data
