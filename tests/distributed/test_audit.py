"""The audit finds what does not add up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from aio_sim.distributed.audit import Audit
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.trace import Status, TaskRow, Trace
from aio_sim.resources.allocation import Allocation
from aio_sim.scheduling.policy import Moment, SchedulingPolicy, scheduling_policy
from aio_sim.scheduling.process import Process
from aio_sim.simulation import System, build
from tests.distributed.runs import listed, run, scenario

TASKS: list[dict[str, Any]] = [
    {"id": "A", "work": 4, "memory": 60},
    {"id": "B", "work": 4, "memory": 60},
    {"id": "C", "work": 9, "cores": 1},
    {"id": "D", "bursts": [1, 9, 1]},
]


def midway() -> tuple[System, Audit]:
    """Return a system two seconds into its run, its books in order."""
    hosts = [{"name": "h", "count": 2, "cores": 2, "memory": 100}]
    system = build(scenario([listed(*TASKS)], hosts, dispatch={"policy": "first"}), Trace())
    audit = Audit(system.env, system.books, system.dispatchers, system.manager, lambda: system.cpus)
    system.env.run(2 * SECOND)
    audit.check()
    return system, audit


def lose_a_process(system: System) -> None:
    next(iter(system.cpus[0].processes())).place._cores[1].process = None


def count_one_too_many(system: System) -> None:
    system.cpus[0].present += 1


def forget_a_task(system: System) -> None:
    system.books.submitted += 1


def let_one_vanish(system: System) -> None:
    system.books.inside -= 1


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lose_a_process, "h-0: 1 processes of 2"),
        (count_one_too_many, "h-0: 2 processes of 3"),
        (forget_a_task, "5 tasks submitted, 0 ended, 4 inside"),
        (let_one_vanish, "4 tasks submitted, 0 ended, 3 inside"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_damage_is_found(damage: Callable[[System], None], message: str) -> None:
    system, audit = midway()
    damage(system)
    with pytest.raises(AuditError, match=message):
        audit.check()


def test_time_that_goes_back_is_found_at_once() -> None:
    system, audit = midway()
    audit.after_event()
    system.env._now = SECOND
    with pytest.raises(AuditError, match="time went back from 2000000000 ns to 1000000000 ns"):
        audit.after_event()


def test_a_run_that_is_left_alone_is_in_order_after_every_event() -> None:
    system, audit = midway()
    while system.env.advance(1):
        audit.after_event()
        if system.env.quiet():
            audit.check()
    system.manager.check_returned()
    assert system.books.inside == 0


def test_the_work_of_checking_grows_with_the_events_and_no_faster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = {"kind": "batch", "count": 300, "work": 1}
    system = build(scenario([batch], [{"name": "h"}]), Trace())
    looked_at: list[int] = []
    monkeypatch.setattr(system.books, "check", lambda here, _waiting: looked_at.append(here))
    audit = Audit(system.env, system.books, system.dispatchers, system.manager, lambda: system.cpus)
    events = 0
    while system.env.advance(1):
        events += 1
        audit.after_event()
    assert looked_at
    assert sum(looked_at) <= events


def test_what_is_not_returned_by_the_end_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Allocation, "release", lambda _allocation: None)
    with pytest.raises(AuditError, match="1 allocations were not returned, 0 still wait"):
        run([listed({"id": "A", "work": 1, "memory": 1})])


def test_what_tasks_inside_hold_at_the_end_need_not_have_been_returned() -> None:
    done = run([listed({"id": "A", "work": 9, "memory": 1})], until=2)
    assert done.trace.tasks.column("status").tolist() == [Status.INSIDE]


def row(arrival: int, start: int, finish: int, status: Status = Status.COMPLETED) -> TaskRow:
    return TaskRow(7, 0, 0, arrival, start, finish, 1, 0, status, 0, -1)


def ended(*rows: TaskRow) -> None:
    """Audit the end, at 10 ns, of a run that left these rows."""
    system = build(scenario([listed({"id": "A", "work": 1e-8})], [{"name": "h"}]), Trace())
    system.env.run()
    assert system.env.now == 10
    trace = Trace()
    for each in rows:
        trace.tasks.append(each)
    Audit(
        system.env, system.books, system.dispatchers, system.manager, lambda: system.cpus
    ).check_end(trace)


GOOD = [
    row(0, 0, 10),
    row(3, 3, 4),
    row(3, -1, -1, Status.INSIDE),
    row(3, 9, -1, Status.INSIDE),
    row(3, -1, -1, Status.REJECTED),
]


def test_times_in_order_are_nothing_to_speak_of() -> None:
    ended(*GOOD)
    ended()


@pytest.mark.parametrize(
    "wrong",
    [
        row(4, 3, 5),
        row(3, 6, 5),
        row(3, -1, 5),
        row(3, 4, -1),
        row(-1, 4, 5),
        row(3, 4, 11),
        row(4, 3, -1, Status.INSIDE),
        row(4, -1, 3, Status.FAILED),
        row(11, -1, -1, Status.REJECTED),
    ],
    ids=str,
)
def test_times_out_of_order_are_found(wrong: TaskRow) -> None:
    with pytest.raises(AuditError, match=f"task 7 arrived at {wrong.arrival} ns, .*out of order"):
        ended(*GOOD, wrong)


class Cheat(SchedulingPolicy):
    """Calls processes done that are not."""

    def pick(self, ready: Sequence[Process], moment: Moment) -> Process:
        ready[0].remaining = 0
        return ready[0]


def test_a_task_that_did_not_have_the_time_its_work_takes_is_found() -> None:
    scheduling_policy("cheat-of-a-test")(Cheat)
    with pytest.raises(AuditError, match="was completed after 0 ns of 4000000000 ns of work"):
        run(
            [listed({"id": "A", "work": 4}, {"id": "B", "work": 4})],
            [{"name": "h"}],
            scheduler={"policy": "cheat-of-a-test"},
        )
