"""Users who think: what each of them draws."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.workloads import ClosedWorkload
from aio_sim.scenario.workloads.user_requests import UserRequests
from tests.scenario.workloads.specs import SECOND, spec

FIELDS: dict[str, Any] = {
    "users": 3,
    "think": {"kind": "exponential", "mean": 10},
    "work": {"kind": "uniform", "low": 1, "high": 3},
}


def draws(workload: ClosedWorkload, user: int, number: int, seed: int = 1) -> list[tuple[int, int]]:
    """Return the first thinking times and works of a user, in nanoseconds."""
    return list(islice(all_draws(workload.requests(RandomStreams(seed), "closed"), user), number))


def all_draws(requests: UserRequests, user: int) -> Iterator[tuple[int, int]]:
    """Yield thinking times and works of a user."""
    for thinking, block in requests.of(user):
        yield from zip(thinking, block.work.tolist(), strict=True)


def test_users_think_and_ask_by_their_distributions() -> None:
    think, work = (
        np.array(draws(spec("closed", until=5, **FIELDS), 0, 4000), dtype=np.int64).T / SECOND
    )
    assert think.mean() == pytest.approx(10, rel=0.06)
    assert (work.min(), work.max()) == (pytest.approx(1, rel=0.01), pytest.approx(3, rel=0.01))


def test_what_a_user_draws_depends_on_no_other_user() -> None:
    few, many = spec("closed", until=5, **FIELDS), spec("closed", until=5, **FIELDS | {"users": 9})
    assert draws(few, 1, 300) == draws(many, 1, 300)
    assert draws(few, 1, 300) != draws(few, 2, 300)
    assert draws(few, 1, 300) != draws(few, 1, 300, seed=2)


def test_who_asks_first_changes_nothing() -> None:
    workload = spec("closed", until=5, **FIELDS, priority=FIELDS["work"])
    expected = {user: draws(workload, user, 40) for user in range(3)}
    requests = workload.requests(RandomStreams(1), "closed")
    users = {user: all_draws(requests, user) for user in range(3)}
    found: dict[int, list[tuple[int, int]]] = {user: [] for user in range(3)}
    for user in (2, 0, 0, 1, 2, 1, 1, 0, 2) * 20:
        found[user].append(next(users[user]))
    assert {user: drawn[:40] for user, drawn in found.items()} == expected


@pytest.mark.parametrize("count", [1, 7, 8, 9, 20])
def test_how_many_requests_there_are_changes_nothing_about_those_before(count: int) -> None:
    few = draws(spec("closed", count=count, **FIELDS), 2, 100)
    assert few == draws(spec("closed", count=100, **FIELDS), 2, count)


def test_request_k_of_user_u_of_n_has_the_index_k_n_plus_u() -> None:
    requests = spec("closed", count=19, **FIELDS).requests(RandomStreams(1), "closed")
    for user in range(3):
        index = [at for _, block in requests.of(user) for at in block.index]
        assert index == [turn * 3 + user for turn in range(19)]


def test_a_request_has_all_that_a_task_has() -> None:
    workload = spec("closed", users=1, count=1, think=0, work=2, priority=3, weight=4, deadline=5,
                    cores=6, memory=7, estimate=8, span=True, tenant="lab")  # fmt: skip
    ((thinking, block),) = workload.requests(RandomStreams(1), "closed").of(0)
    assert (thinking, block.work.tolist()) == ([0], [2 * SECOND])
    assert (block.priority, block.weight, block.deadline) == (3, 4, 5 * SECOND)
    assert (block.cores, block.memory, block.estimate) == (6, 7, 8 * SECOND)
    assert (block.span, block.tenant, block.bursts) == (True, "lab", None)


def test_a_request_may_have_bursts() -> None:
    workload = spec("closed", users=1, until=9, think=1, bursts=[1, 2, 3])
    _, block = next(workload.requests(RandomStreams(1), "closed").of(0))
    assert block.work[0] == 4 * SECOND
    assert block.bursts is not None
    assert block.bursts[0] == [SECOND, 2 * SECOND, 3 * SECOND]


@pytest.mark.parametrize(
    ("fields", "message"),
    [({}, "needs `count` or `until`"), ({"count": 1, "users": 0}, "greater than or equal to 1"),
     ({"count": 1, "think": -1}, "0 or more")],
)  # fmt: skip
def test_what_cannot_be_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        spec("closed", **{**FIELDS, **fields})
