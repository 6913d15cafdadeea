"""Keys sort as the values do, by a comparison that knows nothing of bytes."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aio_sim.storage.document.keys import GREATEST, LEAST, descending, key_of

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([2**53, 2**53 + 1, float(2**53), 2**63 - 1, float(2**63), -0.0, 0])
    | st.text(max_size=4)
)
VALUES = st.recursive(
    SCALARS,
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=2), inside, max_size=3)
    ),
    max_leaves=6,
)


def rank(value: Any) -> int:
    """Return the place of a value's type. Source: MongoDB Manual, Comparison/Sort Order."""
    if value is None:
        return 0
    if isinstance(value, bool):
        return 5
    return {int: 1, float: 1, str: 2, dict: 3, list: 4}[type(value)]


def compare(one: Any, other: Any) -> int:
    """Return whether a value comes before another (-1), with it (0), or behind it (1)."""
    if rank(one) != rank(other):
        return -1 if rank(one) < rank(other) else 1
    if isinstance(one, str):
        one, other = one.encode(), other.encode()
    if isinstance(one, dict):
        one = [part for pair in one.items() for part in pair]
        other = [part for pair in other.items() for part in pair]
    if isinstance(one, list):
        for mine, theirs in zip(one, other, strict=False):
            if found := compare(mine, theirs):
                return found
        return (len(one) > len(other)) - (len(one) < len(other))
    return 0 if one is None else (one > other) - (one < other)


@given(VALUES, VALUES)
def test_keys_compare_as_values_do(one: Any, other: Any) -> None:
    mine, theirs = key_of(one), key_of(other)
    assert (mine > theirs) - (mine < theirs) == compare(one, other)
    assert LEAST < mine < GREATEST


@given(VALUES, VALUES)
def test_descending_keys_compare_the_other_way_round(one: Any, other: Any) -> None:
    mine, theirs = descending(key_of(one)), descending(key_of(other))
    assert (mine > theirs) - (mine < theirs) == -compare(one, other)


@given(st.lists(st.tuples(VALUES, VALUES), max_size=6))
def test_keys_of_several_values_sort_by_one_after_the_other(pairs: list[tuple[Any, Any]]) -> None:
    def both(one: tuple[Any, Any], other: tuple[Any, Any]) -> int:
        return compare(one[0], other[0]) or compare(one[1], other[1])

    by_key = sorted(pairs, key=lambda pair: key_of(pair[0]) + key_of(pair[1]))
    by_value = sorted(pairs, key=cmp_to_key(both))
    assert not any(both(one, other) for one, other in zip(by_key, by_value, strict=True))
