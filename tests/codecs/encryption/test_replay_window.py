"""The replay window remembers what a set of all numbers would, as far as it reaches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.codecs.encryption.replay_window import FrameFault, ReplayWindow
from aio_sim.kernel.errors import InputError


@given(size=st.integers(1, 70), numbers=st.lists(st.integers(0, 200), max_size=80))
def test_it_answers_as_a_set_would(size: int, numbers: list[int]) -> None:
    window = ReplayWindow(size)
    seen: set[int] = set()
    for number in numbers:
        highest = max(seen, default=-1)
        if number <= highest - size:
            expected: FrameFault | None = FrameFault.TOO_OLD
        else:
            expected = FrameFault.REPLAYED if number in seen else None
        assert window.fault(number) is expected
        if expected is None:
            window.accept(number)
            seen.add(number)
        assert window.highest == max(seen, default=-1)


def test_a_leap_to_the_largest_number_costs_nothing() -> None:
    window = ReplayWindow()
    window.accept(3)
    window.accept(2**64 - 1)
    assert window.fault(3) is FrameFault.TOO_OLD
    assert window.fault(2**64 - 1) is FrameFault.REPLAYED
    assert window.fault(2**64 - 2) is None


def test_a_window_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="1 number or more"):
        ReplayWindow(0)
