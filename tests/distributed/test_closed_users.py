"""Users who think and ask: each of them one at a time, and the laws of closed systems."""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest

from aio_sim.kernel import random_streams
from aio_sim.simulation import Run
from tests.distributed.runs import listed, rows, run, statuses


def closed(**fields: Any) -> dict[str, Any]:
    return {"kind": "closed", "users": 3, "think": 2, "work": 1, "count": 4, **fields}


def by_user(done: Run, users: int) -> dict[int, list[Any]]:
    """Return the requests of each user in their order; request k of user u is task k users + u."""
    own: defaultdict[int, list[Any]] = defaultdict(list)
    for row in done.tasks:
        own[int(str(row["id"]).rsplit("-", 1)[1]) % users].append(row)
    return {user: sorted(rows, key=lambda row: float(row["arrival"])) for user, rows in own.items()}


def test_a_user_thinks_asks_and_waits() -> None:
    done = run([closed(users=1)])
    assert [(row["arrival"], row["finish"]) for row in done.tasks] == [
        (2, 3), (5, 6), (8, 9), (11, 12)
    ]  # fmt: skip
    assert done.ended_at == 12


def test_users_wait_for_each_other_at_the_machine() -> None:
    arrivals = {
        name: row.start - row.start % 1 for name, row in rows(run([closed(count=1)])).items()
    }
    assert arrivals == {"closed-0": 2, "closed-1": 3, "closed-2": 4}


EXPONENTIAL = {"kind": "exponential", "mean": 3}


@pytest.mark.parametrize("policy", ["fcfs", "ps", "srtf"])
def test_a_request_follows_the_answer_to_the_one_before_it_by_the_time_of_thinking(
    policy: str,
) -> None:
    think = {"kind": "uniform", "low": 1, "high": 4}
    load = closed(users=7, count=20, think=think, work=EXPONENTIAL)
    done = run([load], scheduler={"policy": policy})
    users = by_user(done, 7)
    assert len(users) == 7
    for own in users.values():
        assert [int(row["id"].rsplit("-", 1)[1]) // 7 for row in own] == list(range(20))
        for before, after in pairwise(own):
            assert 1 <= float(after["arrival"] - before["finish"]) <= 4


@pytest.mark.parametrize(
    ("users", "policy", "cores"), [(1, "fcfs", 1), (8, "fcfs", 1), (20, "ps", 2), (8, "srtf", 1)]
)
def test_response_time_is_users_over_throughput_less_thinking(
    users: int, policy: str, cores: int
) -> None:
    # The interactive response time law (Denning and Buzen 1978): X = N / (R + Z). Over the whole of
    # each user's cycles it holds exactly: the cycles of a user fill the time to its last answer.
    load = closed(users=users, count=60, think=EXPONENTIAL, work=EXPONENTIAL)
    done = run([load], [{"name": "h", "cores": cores}], scheduler={"policy": policy})
    for own in by_user(done, users).values():
        answered = [0.0, *(float(row["finish"]) for row in own)]
        thinking = [float(row["arrival"]) - last for row, last in zip(own, answered, strict=False)]
        response = [float(row["turnaround"]) for row in own]
        cycle = sum(thinking) / len(own) + sum(response) / len(own)
        assert len(own) / answered[-1] == pytest.approx(1 / cycle, rel=1e-12)


def test_the_law_holds_for_the_measured_means_of_a_long_run() -> None:
    users, end, think = 12, 40_000, 10.0
    load = closed(users=users, count=None, until=end, think=think, work=EXPONENTIAL)
    load.pop("count")
    done = run([load], scheduler={"policy": "ps"})
    # Users still thinking, or answered late, at the end weigh a cycle each of three thousand.
    response = done.metrics["turnaround.mean"]
    throughput = done.metrics["tasks.completed"] / end
    assert throughput == pytest.approx(users / (response + think), rel=2e-3)
    assert done.metrics["cpu.utilization"] == pytest.approx(
        throughput * float(done.tasks["work"].mean()), rel=2e-3
    )


def test_no_user_asks_at_the_end_of_the_time_or_later() -> None:
    load = closed(users=2, think=2, work=1, until=8)
    load.pop("count")
    done = run([load])
    arrivals = sorted(float(arrival) for arrival in done.tasks["arrival"])
    assert arrivals == [2, 2, 5, 6]  # the next would be at 8, and at 9


def test_a_user_whose_request_is_rejected_leaves() -> None:
    load = closed(users=2, memory={"kind": "empirical", "values": [500]}, count=3)
    done = run([load, listed({"id": "A", "work": 1})], [{"name": "h", "memory": 100}])
    assert statuses(done) == {"A": "completed", "closed-0": "rejected", "closed-1": "rejected"}


def unattended(think: float, **fields: Any) -> Run:
    """Return a run of three users of a machine that is off from 10 s to 20 s, and gone at 40 s."""
    steps = [{"at": 10, "do": "shut_down"}, {"at": 20, "do": "boot"}, {"at": 40, "do": "destroy"}]
    vms = [{"name": "vm", "booted": True, "memory": "256MiB", "steps": steps}]
    load = {"kind": "closed", "users": 3, "think": think, "work": 0.5, "on": "vm*", **fields}
    return run([load], [{"name": "h", "memory": "16GiB"}], vms=vms)


def failures(done: Run, after: float) -> int:
    """Return how many requests made after an instant failed."""
    rows = zip(done.tasks["status"].tolist(), done.tasks["arrival"].tolist(), strict=True)
    return sum(status == "failed" and arrival >= after for status, arrival in rows)


def test_users_who_do_not_think_leave_where_no_machine_is_up() -> None:
    done = unattended(0, until=50)
    assert float(done.tasks["arrival"].max()) == 10
    assert failures(done, 10) == 6  # two of each user at that instant
    assert failures(done, 0) == 9  # and those inside


def test_users_who_think_come_back_when_the_machine_does() -> None:
    done = unattended(1, until=45)
    finished = [finish for finish in done.tasks["finish"].tolist() if finish > 0]
    assert any(20 < finish < 40 for finish in finished)
    assert failures(done, 41) > 0


def test_who_does_not_think_goes_on_with_another_machine() -> None:
    steps = [{"at": 1, "do": "destroy"}]
    vm = {"booted": True, "memory": "256MiB"}
    vms = [{"name": "one", **vm, "steps": steps}, {"name": "two", **vm}]
    load = {"kind": "closed", "users": 4, "think": 0, "work": 0.25, "until": 4}
    done = run([load], [{"name": "h", "cores": 2, "memory": "16GiB"}], vms=vms)
    assert failures(done, 0) == 2
    assert all(own[-1]["arrival"] > 2.5 for own in by_user(done, 4).values())


def test_deadlines_count_from_the_request() -> None:
    metrics = run([closed(users=2, count=1, deadline=1)]).metrics
    assert (metrics["deadlines.set"], metrics["deadlines.missed"]) == (2, 1)


def test_who_does_not_think_asks_at_the_instant_of_the_answer() -> None:
    done = run([closed(users=2, think=0, count=2)])
    assert {name: row.finish for name, row in rows(done).items()} == {
        "closed-0": 1, "closed-1": 2, "closed-2": 3, "closed-3": 4
    }  # fmt: skip
    assert done.tasks["arrival"].tolist() == [0, 0, 1, 2]


def test_a_user_has_no_random_generators_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bytes] = []

    def counted(name: bytes) -> Any:
        made.append(name)
        return sha256(name)

    monkeypatch.setattr(random_streams, "sha256", counted)
    done = run([closed(users=200, count=1, think=EXPONENTIAL, work=EXPONENTIAL)])
    assert done.metrics["tasks.completed"] == 200
    assert len(made) < 10


def test_requests_do_not_depend_on_other_workloads_nor_on_the_policy() -> None:
    load = closed(users=5, count=20, think=EXPONENTIAL, work=EXPONENTIAL)
    other = {"kind": "poisson", "rate": 1, "count": 50, "work": EXPONENTIAL}
    alone = run([load])
    works = dict(zip(alone.tasks["id"].tolist(), alone.tasks["work"].tolist(), strict=True))
    for workload in ([load, other], [other, load]):
        beside = run(workload, scheduler={"policy": "srtf"})
        found = dict(zip(beside.tasks["id"].tolist(), beside.tasks["work"].tolist(), strict=True))
        assert {name: found[name] for name in works} == works
