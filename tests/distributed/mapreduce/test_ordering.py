"""Keys have one order, and one partition each."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.distributed.mapreduce.ordering import order, spread

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
KEYS = st.recursive(PLAIN | st.binary(), lambda keys: st.lists(keys, max_size=3).map(tuple))


@given(st.lists(KEYS, max_size=8))
def test_keys_of_all_kinds_can_be_sorted(keys: list[Any]) -> None:
    places = sorted(order(key) for key in keys)
    assert places == sorted(order(key) for key in reversed(keys))


@given(st.lists(st.text()) | st.lists(st.integers()))
def test_keys_of_one_kind_are_sorted_as_python_sorts_them(keys: list[Any]) -> None:
    assert sorted(keys, key=order) == sorted(keys)


@given(KEYS, KEYS, st.integers(1, 50))
def test_equal_keys_go_to_one_partition(one: Any, other: Any, partitions: int) -> None:
    assert 0 <= spread(one, partitions) < partitions
    if order(one) == order(other):
        assert spread(one, partitions) == spread(other, partitions)


def test_one_and_one_point_nought_are_one_key_and_true_is_another() -> None:
    assert order(1) == order(1.0) != order(True)
    assert spread((1, 2.0), 97) == spread([1.0, 2], 97)
    assert spread(0.0, 97) == spread(-0.0, 97)


@pytest.mark.parametrize("key", [{}, {1}, object(), float("nan"), ("a", {})])
def test_what_has_no_order_is_refused(key: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="sorted"):
        order(key)


def test_partitions_are_the_same_in_every_process() -> None:
    program = (
        "from aio_sim.distributed.mapreduce.ordering import spread; print(spread('word', 10**6))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert int(done.stdout) == spread("word", 10**6)
