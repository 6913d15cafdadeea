"""What analysis rebuilds of simulated runs agrees with their table of tasks and with itself."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.analysis.board import SHARED, CoreSlice
from aio_sim.analysis.explanation import explain
from aio_sim.analysis.replay import slices
from aio_sim.analysis.timeline import Timeline, queue_lengths
from aio_sim.kernel.trace import Status, TaskRow, Trace
from aio_sim.scenario import Scenario
from aio_sim.simulation import simulate

POLICIES = (
    *("fcfs", "rr, quantum: 2", "rr, quantum: 0.5", "priority", "priority, preemptive: true"),
    *("sjf", "srtf", "hrrn", "lottery", "edf", "fair", "mlfq"),
)


@st.composite
def full_traces(draw: st.DrawFn, policies: tuple[str, ...] = POLICIES) -> Trace:
    """Return the full trace of a small random run on one host."""
    policy = draw(st.sampled_from(policies))
    cost = draw(st.sampled_from(["0", "0.25"]))
    cores = draw(st.integers(1, 3))
    arrival = st.integers(0, 16).map(lambda quarter: quarter / 2)
    tasks = draw(st.lists(st.tuples(arrival, st.integers(1, 16)), min_size=1, max_size=8))
    text = "\n".join(
        [
            "name: random",
            f"hosts: [{{name: h, cores: {cores}, memory: 1GiB}}]",
            f"scheduler: {{policy: {policy}, switch_cost: {cost}}}",
            "workload:",
            "  - kind: list",
            "    tasks:",
            *(
                f"      - {{id: t{number}, arrival: {at}, work: {work / 4}, priority: {work % 3}}}"
                for number, (at, work) in enumerate(tasks)
            ),
        ]
    )
    return simulate(Scenario.from_text(text), level="full", audit=True).trace


def tasks_of(trace: Trace) -> list[TaskRow]:
    return [TaskRow(*cells) for cells in trace.tasks.rows()]


def by_process(trace: Trace) -> dict[int, list[CoreSlice]]:
    found: defaultdict[int, list[CoreSlice]] = defaultdict(list)
    for stay in slices(trace):
        found[stay.process].append(stay)
    return found


@given(full_traces())
@settings(max_examples=60, deadline=None)
def test_stays_are_the_work_of_each_task_from_its_start_to_its_finish(trace: Trace) -> None:
    stays = by_process(trace)
    for task in tasks_of(trace):
        assert task.status == Status.COMPLETED
        own = sorted(stays[task.number], key=lambda stay: stay.start)
        assert sum(stay.end - stay.start - stay.cost for stay in own) == task.work
        assert next(s.start + s.cost for s in own if s.end >= s.start + s.cost) == task.start
        assert own[-1].end == task.finish


@given(full_traces())
@settings(max_examples=60, deadline=None)
def test_a_core_has_one_process_at_a_time_and_changes_are_context_switches(trace: Trace) -> None:
    rows: defaultdict[int, list[CoreSlice]] = defaultdict(list)
    for stay in slices(trace):
        rows[stay.core].append(stay)
    switches = 0
    for stays in rows.values():
        for one, other in pairwise(stays):
            assert one.end <= other.start
            switches += one.process != other.process
    assert switches == trace.totals["context_switches"]


@given(full_traces(), st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_at_any_moment_a_task_that_is_inside_runs_or_waits(trace: Trace, quarter: int) -> None:
    moment = quarter * 250_000_000
    snapshot = Timeline(trace).at(moment)
    running = {stay.process: stay.core for stay in slices(trace) if stay.start <= moment < stay.end}
    inside = {t.number for t in tasks_of(trace) if t.arrival <= moment < t.finish}
    assert {each.process: core for (_cpu, core), each in snapshot.running.items()} == running
    waiting = snapshot.ready.get("h", [])
    assert len(waiting) == len(set(waiting))
    assert set(waiting) == inside - set(running)


@given(full_traces())
@settings(max_examples=60, deadline=None)
def test_the_queue_length_integrates_to_the_waiting_less_the_switches(trace: Trace) -> None:
    area = last = length = 0
    for change in queue_lengths(trace):
        area += (change.time - last) * length
        last, length = change.time, change.length
    assert length == 0
    switching = sum(stay.cost for stay in slices(trace))
    assert area + switching == sum(task.waiting for task in tasks_of(trace))


@given(full_traces(("ps",)))
@settings(max_examples=20, deadline=None)
def test_sharing_processes_stay_from_arrival_to_finish(trace: Trace) -> None:
    stays = by_process(trace)
    for task in tasks_of(trace):
        assert [(s.core, s.start, s.end) for s in stays[task.number]] == [
            (SHARED, task.arrival, task.finish)
        ]


@given(full_traces())
@settings(max_examples=30, deadline=None)
def test_every_task_is_told_from_its_arrival_to_its_end(trace: Trace) -> None:
    told = list(explain(trace))
    times = [float(line.split()[0]) for line in told]
    assert times == sorted(times)
    for name in trace.names().values():
        assert sum(f" {name} arrives" in line for line in told) == 1
        assert sum(f" {name} has finished" in line for line in told) == 1
        taken = (f"takes {name}", f"{name} runs", f"gives {name} its turn", "take turns")
        assert any(any(word in line for word in taken) for line in told)


@pytest.mark.parametrize("queue", ["shared", "per_core"])
def test_exclusive_tasks_and_shared_ones_keep_apart(queue: str) -> None:
    text = f"""
name: mixed
hosts: [{{name: h, cores: 2, memory: 1GiB}}]
scheduler: {{policy: rr, quantum: 1, queue: {queue}}}
workload:
  - kind: list
    tasks:
      - {{id: A, arrival: 0, work: 5}}
      - {{id: B, arrival: 0, work: 5}}
      - {{id: X, arrival: 2, work: 3, cores: 1}}
      - {{id: C, arrival: 3, work: 2}}
"""
    trace = simulate(Scenario.from_text(text), level="full", audit=True).trace
    stays = by_process(trace)
    for task in tasks_of(trace):
        assert sum(stay.end - stay.start for stay in stays[task.number]) == task.work
    rows: defaultdict[int, list[CoreSlice]] = defaultdict(list)
    for stay in slices(trace):
        rows[stay.core].append(stay)
    for row in rows.values():
        assert all(one.end <= other.start for one, other in pairwise(row))
