"""The lives of processes in containers, told by a full trace."""

from __future__ import annotations

from aio_sim import Scenario, simulate
from aio_sim.analysis.explanation import explain
from aio_sim.analysis.process_lives import PROCESSES, process_sentences
from aio_sim.containers import residents

FAMILY = """
name: family
hosts: [{name: h1, cores: 1, memory: 1GiB}]
programs:
  - {name: grandchild, steps: [{do: sleep, time: 3}]}
  - {name: child, steps: [{do: spawn, program: grandchild}, {do: exit, code: 3}]}
  - {name: hungry, steps: [{do: allocate, size: 100MiB}]}
  - name: first
    steps:
      - {do: spawn, program: child}
      - wait
      - {do: sleep, time: 1}
      - {do: spawn, program: hungry}
      - {do: spawn, program: child}
      - {do: sleep, time: 1}
      - {do: kill, pid: 3, signal: TERM}
containers:
  - {name: c, image: i, program: first, started: true, memory: 64MiB, processes: 3, init: true}
"""


def told(text: str) -> list[str]:
    """Return what a full trace tells of processes."""
    trace = simulate(Scenario.from_text(text), audit=True, level="full").trace
    return [sentence.text for sentence in process_sentences(trace)]


def test_the_life_of_each_process_is_told() -> None:
    assert told(FAMILY) == [
        "c: process 1 (first) is new, begun from outside",
        "c: process 2 (child) is new, a child of 1",
        "c: process 3 (grandchild) is new, a child of 2",
        "c: process 1 is blocked: it waits for a child to end",
        "c: process 2 has ended with exit code 3: a zombie until it is reaped",
        "c: process 3 is an orphan of 2; process 1 adopts it",
        "c: process 2 is reaped by 1, and leaves the table",
        "c: process 1 is ready again: its child 2 has ended",
        "c: process 4 (hungry) is new, a child of 1",
        "c: memory has run out; the kernel chooses process 4 to die",
        "c: process 4 is ended by KILL, exit code 137: a zombie until it is reaped",
        "c: process 4 is reaped by 1, and leaves the table",
        "c: process 5 (child) is new, a child of 1",
        "c: process 5 cannot fork: the limit of processes is reached",
        "c: process 5 has ended with exit code 3: a zombie until it is reaped",
        "c: process 5 is reaped by 1, and leaves the table",
        "c: process 3 is ended by TERM, exit code 143: a zombie until it is reaped",
        "c: process 3 is reaped by 1, and leaves the table",
        "c: process 1 has ended with exit code 0, and all others with it",
    ]


def test_notes_are_read_from_the_tracks_on_which_they_are_written() -> None:
    assert residents.PROCESSES == PROCESSES


def test_tasks_are_told_of_by_the_schedule_alone() -> None:
    tasks = "workload: [{kind: batch, count: 3, work: 1, on: c}]\n"
    server = FAMILY.replace("program: first, ", "")
    assert told(server + tasks) == []


def test_a_container_under_a_quota_is_told_to_be_held_back() -> None:
    quota = "cpu: {quota: 20ms}, started: true"
    text = FAMILY.replace("program: first, started: true", quota)
    tasks = "workload: [{kind: batch, count: 1, work: 50ms, on: c}]\n"
    trace = simulate(Scenario.from_text(text + tasks), level="full").trace
    lines = "\n".join(explain(trace))
    assert lines.count("c/0 is held back by the limit of c") == 2
    assert "weight" not in lines
