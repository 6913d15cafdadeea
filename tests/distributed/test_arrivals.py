"""Tasks come in the order of time, then of the file, whatever the sources and their chunks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import count

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.distributed.arrivals import Arrivals, block_processes
from aio_sim.distributed.tasks import TaskBlock
from aio_sim.kernel.environment import Environment
from aio_sim.resources.allocation import Rejection
from aio_sim.scheduling.process import Process
from aio_sim.simulation import simulate
from tests.distributed.runs import listed, order, run, scenario


def block(arrivals: list[int], first: int = 0) -> TaskBlock:
    many = len(arrivals)
    return TaskBlock(
        np.array(arrivals, dtype=np.int64),
        np.ones(many, dtype=np.int64),
        range(first, first + many),
    )


def chunked(arrivals: list[int], size: int) -> Iterator[TaskBlock]:
    for first in range(0, len(arrivals), size):
        yield block(arrivals[first : first + size], first)


def delivered(sources: list[list[int]], size: int) -> list[tuple[int, int, int, int]]:
    """Return (instant, source, index, number) of each task as it comes."""
    env, came = Environment(), list[tuple[int, int, int, int]]()

    def deliver(task: Process) -> None:
        assert task.arrival == env.now
        came.append((env.now, task.source, task.index, task.number))

    feeds = [(source, chunked(arrivals, size)) for source, arrivals in enumerate(sources)]
    arrivals = Arrivals(env, feeds, count().__next__, deliver)
    env.run()
    assert arrivals.over
    return came


instants = st.lists(st.integers(0, 9), max_size=12).map(sorted)


@given(sources=st.lists(instants, max_size=4), size=st.integers(1, 5))
def test_tasks_come_by_instant_source_and_place(sources: list[list[int]], size: int) -> None:
    expected = sorted(
        (at, source, index)
        for source, arrivals in enumerate(sources)
        for index, at in enumerate(arrivals)
    )
    assert delivered(sources, size) == [(*each, number) for number, each in enumerate(expected)]


def test_blocks_are_asked_for_only_when_they_are_needed() -> None:
    env, asked = Environment(), list[int]()

    def blocks() -> Iterator[TaskBlock]:
        for first in range(0, 100, 10):
            asked.append(env.now)
            yield block([first, first + 1], first)

    Arrivals(env, [(0, blocks())], count().__next__, lambda _task: None)
    assert asked == [0]
    env.run()
    assert asked == [max(first - 9, 0) for first in range(0, 100, 10)]


def test_columns_become_the_fields_of_processes() -> None:
    made = list(
        block_processes(
            3,
            TaskBlock(
                arrival=np.array([5, 6, 7, 8]),
                work=np.array([10, 20, 30, 40]),
                index=[4, 5, 6, 7],
                priority=np.array([1.0, 2.0, 3.0, 4.0]),
                weight=2,
                deadline=np.array([-1, 0, 100, -1]),
                cores=np.array([0, 2, 0, 1]),
                memory=np.array([0, 0, 64, 0]),
                estimate=np.array([-1, -1, -1, 99]),
                tenant=["a", None, "b", "c"],
                bursts=[None, None, [10, 5, 20], None],
                refused=[None, None, None, "no size"],
            ),
        )
    )
    assert [(p.source, p.index, p.arrival, p.work) for p in made] == [
        (3, 4, 5, 10), (3, 5, 6, 20), (3, 6, 7, 30), (3, 7, 8, 40)
    ]  # fmt: skip
    assert [p.priority for p in made] == [1, 2, 3, 4]
    assert {p.weight for p in made} == {2}
    assert [p.deadline for p in made] == [None, 6, 107, None]
    assert made[0].demand is None
    assert (made[1].demand.cores, made[1].demand.estimate) == (2, 20)
    assert (made[2].demand.memory, made[2].demand.tenant) == (64, "b")
    assert (made[2].remaining, made[2].bursts) == (10, [5, 20])
    assert made[3].demand == Rejection("no size")


def test_sources_of_a_scenario_come_in_the_order_of_the_file_at_one_instant() -> None:
    workload = [
        {"kind": "periodic", "name": "tick", "every": 2, "count": 3, "work": 1},
        listed({"id": "L1", "arrival": 2, "work": 1}, {"id": "L2", "arrival": 0, "work": 1}),
        {"kind": "batch", "at": 2, "count": 2, "work": 1},
        {"kind": "periodic", "name": "tock", "every": 4, "count": 2, "work": 1},
    ]
    done = run(workload)
    assert order(done) == [
        *("tick-0", "L2", "tock-0"),
        *("tick-1", "L1", "batch-0", "batch-1"),
        *("tick-2", "tock-1"),
    ]
    finish = {str(row["id"]): float(row["finish"]) for row in done.tasks}
    assert sorted(finish, key=lambda name: finish[name]) == order(done)


def test_a_task_belongs_to_its_workload_however_many_there_are() -> None:
    few = listed({"id": "A", "work": 1}, {"id": "B", "work": 1})
    many = {"kind": "batch", "count": 40_000, "work": "1us"}  # more than are made at a time
    done = simulate(scenario([many, few], [{"name": "h"}]))
    assert Counter(done.tasks["kind"].tolist()) == {"batch": 40_000, "list": 2}
    assert len(set(done.tasks["id"].tolist())) == 40_002


def test_a_workload_without_tasks_is_a_run_without_tasks() -> None:
    done = run([{"kind": "poisson", "rate": 0.001, "until": "1ns", "work": 1}])
    assert done.metrics["tasks.submitted"] == 0
    assert done.ended_at == 0
