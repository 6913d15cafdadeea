"""Entropy against hand values, and every code above what entropy allows."""

from __future__ import annotations

from math import inf, log2
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.codecs.entropy import (
    compare_ratios,
    empirical_entropy,
    lz78_phrase_bound,
    lz78_rate,
)


def test_equal_shares_of_k_bytes_have_log2_k_bits() -> None:
    assert empirical_entropy(bytes(range(256))) == pytest.approx(8)
    assert empirical_entropy(b"abab") == pytest.approx(1)
    assert empirical_entropy(b"aaaa") == 0
    assert empirical_entropy(b"") == 0


def test_a_quarter_and_three_quarters() -> None:
    expected = 0.25 * log2(4) + 0.75 * log2(4 / 3)
    assert empirical_entropy(b"abbb") == pytest.approx(expected)


def test_a_byte_that_follows_from_the_one_before_has_none() -> None:
    assert empirical_entropy(b"ab" * 50, order=1) == 0
    # after a: a or b alike; after b: always a
    assert empirical_entropy(b"aababaa" + b"ab", order=1) > 0


@given(st.binary(min_size=2, max_size=300))
def test_a_conditional_entropy_never_exceeds_that_of_the_bytes_it_is_of(data: bytes) -> None:
    assert empirical_entropy(data, order=1) <= empirical_entropy(data[1:]) + 1e-9


def test_ratios_stand_in_their_known_order_on_text(shared: Path) -> None:
    text = (shared / "traces/corpus/alice29.txt").read_bytes()[:60_000]
    ratios = compare_ratios(text)
    assert set(ratios) == {"lz77", "lz78", "zlib", "entropy.0", "entropy.1", "entropy.2"}
    assert ratios["entropy.0"] < ratios["entropy.1"] < ratios["entropy.2"]
    assert 1 < ratios["lz78"] < ratios["lz77"] < ratios["zlib"]


def test_no_entropy_means_no_bound_on_the_ratio() -> None:
    assert compare_ratios(b"aaaa", orders=(0,))["entropy.0"] == inf


def test_small_cases_of_the_formulas_of_lz78() -> None:
    assert lz78_rate(0, 10) == lz78_rate(1, 10) == 0
    assert lz78_rate(8, 24) == pytest.approx(1)
    assert lz78_phrase_bound(16) == inf
