"""What a summary says of virtual machines: who schedules what, what was refused, what is left."""

from __future__ import annotations

from tests.analysis.machines import FAULTING, LIFE, trace_of
from tests.analysis.test_machine_sentences import told
from tests.report.test_terminal import summary

BALLOON = """
name: balloon
hosts: [{name: h1, cores: 1, memory: 4GiB}]
vms:
  - {name: db, booted: true, memory: 1GiB, steps: [{at: 1, do: balloon, memory: 512MiB}]}
  - {name: web, booted: true, memory: 1GiB}
vmm: {overcommit: {cores: 2}}
workload: [{kind: list, tasks: [{id: A, work: 2}], on: web}]
"""
SENT_TO_NOBODY = LIFE.replace("work: 2}]}]", "work: 2}], on: wide}]")


def test_the_headline_says_what_schedules_what() -> None:
    assert summary(trace_of(LIFE)).startswith("life: guests fcfs, hosts fair, esxi, seed 0, ")


def test_a_refused_machine_is_told_with_its_reason() -> None:
    assert "wide was refused: has 2 virtual cores, the host 1" in summary(trace_of(LIFE))


def test_why_tasks_failed_is_told() -> None:
    text = summary(trace_of(SENT_TO_NOBODY))
    assert "1 failed: wide was refused: has 2 virtual cores, the host 1" in text


def test_a_balloon_is_told_once_where_it_moves_memory() -> None:
    assert [line.partition(" s ")[2] for line in told(BALLOON) if "balloon" in line] == [
        "balloon of db: 1 GiB -> 512 MiB"
    ]


def test_the_memory_that_a_balloon_leaves_is_in_the_table() -> None:
    rows = [line.split() for line in summary(trace_of(BALLOON)).splitlines()]
    assert next(row for row in rows if row[:1] == ["db"])[-2:] == ["512", "MiB"]
    assert next(row for row in rows if row[:1] == ["web"])[-1] == "s"
    assert "memory left" not in summary(trace_of(FAULTING))


def test_what_is_all_zero_is_left_out() -> None:
    text = summary(trace_of(FAULTING))
    assert "memory.faults" in text
    assert "in guests' memory" in text
    assert not [name for name in ("compactions", "cores.reserved", "disk.mean") if name in text]
