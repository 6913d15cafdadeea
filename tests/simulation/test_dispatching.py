"""Workloads that go to machines of their own: who gets what, and that the books add up."""

from __future__ import annotations

from typing import Any

from aio_sim.kernel.trace import Status, Trace
from aio_sim.simulation import build
from tests.distributed.runs import listed, reasons, rows, run, scenario, statuses

HOSTS = [{"name": "h", "count": 3, "cores": 2, "memory": 100}, {"name": "big", "memory": 1000}]


def batch(name: str, count: int, **fields: Any) -> dict[str, Any]:
    return {"kind": "batch", "name": name, "count": count, "work": 1, **fields}


def machines(workload: list[dict[str, Any]], **fields: Any) -> dict[str, str]:
    """Return where each task of a run went."""
    return {name: row.machine for name, row in rows(run(workload, HOSTS, **fields)).items()}


def test_tasks_go_to_the_machines_they_name_and_nowhere_else() -> None:
    went = machines([batch("a", 4, on="h-1"), batch("b", 4, on=["h-0", "big"]), batch("c", 8)])
    assert {went[f"a-{at}"] for at in range(4)} == {"h-1"}
    assert {went[f"b-{at}"] for at in range(4)} == {"h-0", "big"}
    assert {went[f"c-{at}"] for at in range(8)} == {"h-0", "h-1", "h-2", "big"}


def test_the_least_loaded_machine_has_the_fewest_tasks_whoever_sent_them() -> None:
    went = machines([batch("a", 6, on="h-0"), batch("b", 6, on="h-[01]")])
    assert {went[f"b-{at}"] for at in range(6)} == {"h-1"}
    later = batch("b", 1, on="h-[01]", at=3.5)  # h-0 is empty again after three seconds
    other = batch("c", 1, on="h-1", at=3.25)
    assert machines([batch("a", 6, on="h-0"), other, later])["b-0"] == "h-0"


def test_all_machines_by_name_are_as_good_as_none() -> None:
    work = {"kind": "poisson", "rate": 5, "count": 60, "work": {"kind": "exponential", "mean": 1}}
    for policy in ("random", "power_of_two", "least_loaded", "round_robin"):
        plain, named = (
            run([{**work, **on}], HOSTS, dispatch={"policy": policy}) for on in ({}, {"on": "*"})
        )
        assert rows(plain) == rows(named)


def test_a_group_draws_its_machines_whatever_others_draw() -> None:
    policy = {"policy": "random"}
    alone = machines([batch("a", 20, on="h-*")], dispatch=policy)
    beside = machines([batch("b", 20), batch("a", 20, on="h-*")], dispatch=policy)
    assert {name: beside[name] for name in alone} == alone


def test_whole_cores_are_those_of_the_host_that_is_named() -> None:
    exclusive = batch("a", 2, on="h-2", cores=2)
    wide = batch("b", 1, on="h-1", cores=3, span=True)
    done = run([exclusive, wide, batch("c", 1, cores=2)], HOSTS)
    assert [rows(done)[name][1:] for name in ("a-0", "a-1", "c-0")] == [
        (1, "h-2"),
        (2, "h-2"),
        (1, "h-0"),
    ]
    assert reasons(done) == {"b-0": "needs 3 cores, the host asked for has 2"}


def test_memory_is_that_of_the_machines_that_are_named() -> None:
    fits, large = batch("a", 3, on="h-[01]", memory=60), batch("b", 1, on="h-[01]", memory=200)
    done = run([fits, large, batch("c", 1, memory=200)], HOSTS)
    got = rows(done)
    assert [got[f"a-{at}"][1:] for at in range(3)] == [(1, "h-0"), (1, "h-1"), (2, "h-0")]
    assert got["c-0"].machine == "big"
    assert reasons(done) == {"b-0": "needs more memory than the host asked for has"}


def test_a_run_ends_with_the_last_task_of_all_groups() -> None:
    users = {"kind": "closed", "name": "u", "users": 3, "think": 1, "work": 1, "count": 4}
    done = run(
        [{**users, "on": "h-0"}, batch("late", 1, at=50, on="big"), batch("a", 5)],
        HOSTS,
        level="full",
    )
    assert done.ended_at == 51
    assert len(done.tasks) == 3 * 4 + 1 + 5
    assert set(statuses(done).values()) == {"completed"}


def test_what_the_end_finds_inside_is_written_with_its_machine() -> None:
    done = run(
        [
            listed({"id": "A", "work": 9}, {"id": "B", "work": 9, "cores": 2}, on="h-2"),
            batch("m", 2, memory=80, on="h-1"),
            batch("c", 1, on="h-0", at=1),
        ],
        HOSTS,
        until=1,
    )
    inside = {name: row.machine for name, row in rows(done).items()}
    assert inside["A"] == inside["B"] == "h-2"
    assert inside["c-0"] == "h-0"
    assert set(statuses(done)) == {"A", "B", "m-0", "m-1", "c-0"}


def test_workloads_of_the_same_machines_have_one_dispatcher() -> None:
    work = [batch("a", 1), batch("b", 1, on="h-*"), batch("c", 1, on=["h-2", "h-1", "h-0"])]
    system = build(scenario(work, HOSTS), Trace())
    first, second, third = system.serving
    assert second is third is not first
    assert system.dispatchers == [first, second]


def test_a_task_lost_with_its_machine_has_failed_and_says_why() -> None:
    system = build(scenario([batch("a", 2, on="h-0"), batch("b", 1)], HOSTS), Trace())
    system.env.advance(1)
    cpu = system.cpus[0]
    task = next(iter(cpu.processes()))
    cpu.remove(task)
    assert task.owner is not None
    task.owner.lost(task, "the machine is gone")
    while system.env.advance(1):
        pass
    column = system.trace.tasks.column
    status = column("status").tolist()
    assert sorted(status) == sorted([Status.FAILED, Status.COMPLETED, Status.COMPLETED])
    row = status.index(Status.FAILED)
    assert system.trace.text(int(column("reason")[row])) == "the machine is gone"
    assert system.books.inside == 0
