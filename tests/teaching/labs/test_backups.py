"""The lab on chains of backups against what a repository really needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.storage.backup.errors import BackupError
from aio_sim.storage.backup.manifest import BackupKind
from aio_sim.teaching.labs.backups import STRATEGIES, BackupProblem, draw, solve
from tests.storage.backup.histories import FULL, History


@given(
    st.sampled_from(STRATEGIES),
    st.integers(1, 5),
    st.integers(0, 12),
    st.one_of(st.none(), st.integers(0, 12)),
)
def test_the_answer_is_what_a_real_repository_needs(
    strategy: str, cycle: int, day: int, damaged: int | None
) -> None:
    answer = solve(BackupProblem(strategy, cycle, day, damaged, 0.1))
    history, made = History(), []
    for night in range(day + 1):
        history.write(0, night)
        made.append(history.back_up(BackupKind(strategy) if night % cycle else FULL))
    if damaged is not None and damaged <= day:
        history.repository.remove(made[damaged].name)
    try:
        plan = history.recover(history.now).plan
    except BackupError:
        assert answer.reached is None
        return
    days = [made.index(link) for link in plan.chain]
    assert [each.at for each in answer.needed] == days
    assert answer.lost == day - days[-1]


def test_sizes_are_those_of_the_formula() -> None:
    answer = solve(BackupProblem("differential", 7, 9, None, 0.5))
    assert list(answer.sizes) == pytest.approx([1, 0.632], abs=1e-3)
    shares = (0.393, 0.632, 0.777, 0.865, 0.918, 0.950, 0.393, 0.632)
    assert answer.stored == pytest.approx(2 + sum(shares), abs=3e-3)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UnknownName, match="incremental"):
        draw(0, strategy="incrementl")
    with pytest.raises(InputError, match="a day is from 0"):
        draw(0, day=10**9)
    with pytest.raises(InputError, match="no backup of day 9 yet where day 8 is restored"):
        draw(0, day=8, damaged=9)
    with pytest.raises(InputError, match="0 times a day or more"):
        draw(0, writes=float("inf"))
