"""Users who think: what each of them draws."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.workloads import ClosedWorkload, closed
from tests.scenario.workloads.specs import SECOND, spec

FIELDS: dict[str, Any] = {
    "users": 3,
    "think": {"kind": "exponential", "mean": 10},
    "work": {"kind": "uniform", "low": 1, "high": 3},
}


def draws(workload: ClosedWorkload, user: int, number: int, seed: int = 1) -> list[tuple[int, int]]:
    """Return the first draws of a user."""
    return list(islice(workload.draws(RandomStreams(seed), "closed", user), number))


def test_users_think_and_ask_by_their_distributions() -> None:
    think, work = (
        np.array(draws(spec("closed", count=5, **FIELDS), 0, 4000), dtype=np.int64).T / SECOND
    )
    assert think.mean() == pytest.approx(10, rel=0.06)
    assert (work.min(), work.max()) == (pytest.approx(1, rel=0.01), pytest.approx(3, rel=0.01))


def test_each_user_draws_from_streams_of_their_own() -> None:
    few, many = spec("closed", count=5, **FIELDS), spec("closed", count=5, **{**FIELDS, "users": 9})
    assert draws(few, 1, 300) == draws(many, 1, 300)
    assert draws(few, 1, 300) != draws(few, 2, 300)
    assert draws(few, 1, 300) != draws(few, 1, 300, seed=2)


def test_how_many_are_drawn_at_a_time_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    workload = spec("closed", count=5, **FIELDS, priority=FIELDS["work"])
    expected = draws(workload, 0, 200)
    monkeypatch.setattr(closed, "_AT_A_TIME", 7)
    assert draws(workload, 0, 200) == expected


def test_a_request_has_all_that_a_task_has() -> None:
    workload = spec("closed", users=1, count=1, think=0, work=2, priority=3, weight=4, deadline=5,
                    cores=6, memory=7, estimate=8)  # fmt: skip
    request = next(workload.requests(RandomStreams(1), "closed", 0))
    assert request == (0, 2 * SECOND, 3, 4, 5 * SECOND, 6, 7, 8 * SECOND, None)


def test_a_request_may_have_bursts() -> None:
    workload = spec("closed", users=1, until=9, think=1, bursts=[1, 2, 3])
    request = next(workload.requests(RandomStreams(1), "closed", 0))
    assert (request.work, request.bursts) == (4 * SECOND, [SECOND, 2 * SECOND, 3 * SECOND])


@pytest.mark.parametrize(
    ("fields", "message"),
    [({}, "needs `count` or `until`"), ({"count": 1, "users": 0}, "greater than or equal to 1"),
     ({"count": 1, "think": -1}, "0 or more")],
)  # fmt: skip
def test_what_cannot_be_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        spec("closed", **{**FIELDS, **fields})
