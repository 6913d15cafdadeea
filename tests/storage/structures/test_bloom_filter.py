"""A Bloom filter never denies what is there, and errs as often as the formula says."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.storage.structures.bloom_filter import BloomFilter


@given(keys=st.sets(st.integers(), max_size=80))
def test_what_was_added_is_never_denied(keys: set[int]) -> None:
    bloom = BloomFilter(max(len(keys), 1))
    for key in keys:
        bloom.add(key)
    assert all(key in bloom for key in keys)


@pytest.mark.parametrize("bits", [4, 8, 10])
def test_errors_are_as_frequent_as_the_formula_says(bits: int) -> None:
    keys, probes = 2000, 10_000
    bloom = BloomFilter(keys, bits)
    for key in range(keys):
        bloom.add(key)
    wrong = sum(key in bloom for key in range(10**6, 10**6 + probes))
    chance = bloom.expected_error(keys)
    assert abs(wrong - probes * chance) < 5 * sqrt(probes * chance)


def test_ten_bits_a_key_err_in_one_of_a_hundred() -> None:
    assert BloomFilter(1000, 10).expected_error(1000) == pytest.approx(0.00819, rel=0.01)


@pytest.mark.parametrize(("capacity", "bits"), [(0, 10), (10, 0)])
def test_a_filter_without_bits_is_refused(capacity: int, bits: int) -> None:
    with pytest.raises(InputError, match="1 or more"):
        BloomFilter(capacity, bits)
