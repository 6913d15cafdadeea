"""The badness score and the victim are those of the kernel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.containers.out_of_memory import PAGE, MemoryUse, badness, victim, victims
from aio_sim.kernel.errors import InputError

GIB = 2**30

Uses = st.lists(
    st.tuples(st.integers(0, 2**34), st.one_of(st.just(-1000), st.integers(-1000, 1000))),
    max_size=12,
).map(lambda rows: [MemoryUse(pid, *row) for pid, row in enumerate(rows, start=1)])


def test_a_score_is_pages_and_thousandths_of_all_pages() -> None:
    # 16 GiB are 4,194,304 pages, a thousandth of them 4,194.
    assert badness(MemoryUse(7, GIB), 16 * GIB) == 262_144
    assert badness(MemoryUse(7, GIB, 100), 16 * GIB) == 262_144 + 419_400
    assert badness(MemoryUse(7, GIB, -500), 16 * GIB) == 262_144 - 2_097_000
    assert badness(MemoryUse(7, 1), 16 * GIB) == 1
    assert badness(MemoryUse(7, GIB, -1000), 16 * GIB) is None


@given(Uses, st.integers(0, 2**35))
def test_the_victim_is_the_worst_of_those_that_are_not_spared(
    uses: list[MemoryUse], total: int
) -> None:
    scores = [
        (-(-use.memory // PAGE) + use.adjustment * (total // PAGE // 1000), place, use.pid)
        for place, use in enumerate(uses)
        if use.adjustment > -1000
    ]
    chosen = victim(uses, total)
    assert (chosen and chosen.pid) == (max(scores)[2] if scores else None)


def test_the_largest_dies_not_the_one_that_asked() -> None:
    uses = [MemoryUse(1, 10 * PAGE), MemoryUse(2, 900 * PAGE), MemoryUse(3, 20 * PAGE)]
    assert victim(uses, GIB) == uses[1]
    assert victim([uses[0], uses[0]._replace(pid=9)], GIB) == uses[0]._replace(pid=9)


def test_a_group_dies_together_but_for_the_spared() -> None:
    uses = [MemoryUse(1, PAGE), MemoryUse(2, 9 * PAGE, -1000), MemoryUse(3, 5 * PAGE)]
    assert victims(uses, GIB, together=False) == [uses[2]]
    assert victims(uses, GIB, together=True) == [uses[0], uses[2]]
    assert victims([uses[1]], GIB, together=True) == []


@pytest.mark.parametrize("wrong", [MemoryUse(1, 0, 1001), MemoryUse(1, 0, -1001), MemoryUse(1, -1)])
def test_what_cannot_be_is_refused(wrong: MemoryUse) -> None:
    with pytest.raises(InputError):
        badness(wrong, GIB)
