"""What migrations and copies say of themselves: in order, with their bytes, and how they end."""

from __future__ import annotations

from aio_sim.analysis.story_words import Stretch, stage_in_words
from tests.analysis.machines import MOVING
from tests.analysis.test_machine_sentences import told

PRE_COPY = MOVING.replace("method: cold", "method: pre_copy").replace(
    "memory: 1GB\n", "memory: 1GB\n    dirty_rate: 100MB/s\n"
)
CUT = """
network: {failures: [{link: h1-switch, at: 1.5}]}
until: 3
"""
FAILING = """
name: failing
hosts: [{name: h1, cores: 1, memory: 4GiB}]
vms: [{name: vm, booted: true, memory: 1GiB, steps: [{at: 2, do: destroy}]}]
workload: [{kind: list, tasks: [{id: A, arrival: 0, work: 5}]}]
"""
SLICED = """
name: sliced
hosts: [{name: h1, cores: 1, memory: 4GiB}]
scheduler: {policy: fair}
workload: [{kind: batch, count: 3, work: 0.02}]
"""
COMPRESSED = """
name: compressed
hosts:
  - name: h
    count: 2
    disk: {size: 100GB, read: 500MB/s, write: 500MB/s}
    network: {bandwidth: 100Mbps}
workload: [{kind: list, tasks: [{id: A, work: 1}], on: h-0}]
copies: [{name: disk, size: 64MiB, ratio: 2, from: h-0, to: h-1, compression: lz77}]
"""


def _of_migration(text: str) -> list[str]:
    return [line.partition(" s ")[2] for line in told(text) if "migration" in line]


def test_pre_copy_tells_the_bytes_of_each_round_and_why_it_stopped() -> None:
    lines = _of_migration(PRE_COPY)
    assert lines[0] == "vm: migration from h1 to h2, pre_copy begins"
    assert lines[1] == "vm: migration round 1 of 953.7 MiB, for 1 s"
    (stop,) = (line for line in lines if "stop and copy" in line)
    assert ", as what is dirty is no more than the threshold, for " in stop


def test_a_migration_that_the_end_cuts_short_is_still_under_way() -> None:
    lines = _of_migration(MOVING + "until: 1.5\n")
    assert lines == [
        "vm: migration from h1 to h2, cold begins",
        "vm: migration copy, for 500 ms",
        "vm: migration from h1 to h2, cold is still under way after 500 ms, "
        "of which it stood still for 500 ms",
    ]


def test_a_machine_that_its_user_had_paused_does_not_stand_still_for_its_migration() -> None:
    for at in (0.5, 0.99):  # a pause takes 10 ms
        paused = MOVING.replace("steps: [", f"steps: [{{at: {at}, do: pause}}, ")
        (end,) = (line for line in _of_migration(paused) if "has ended" in line)
        assert end.endswith(", of which it stood still for 0 s")


def test_a_migration_that_waits_for_its_way_says_for_what() -> None:
    lines = _of_migration(MOVING.replace("method: cold", "method: post_copy") + CUT)
    assert lines[-1].startswith("vm: migration from h1 to h2, post_copy is still under way")
    assert lines[-1].endswith("; it waits, for the link h1-switch is cut")
    assert not [line for line in lines if "has ended" in line]


def test_a_machine_is_stopped_for_a_migration_after_that_has_begun() -> None:
    lines = [line.partition(" s ")[2] for line in told(MOVING)]
    assert lines.index("vm: migration from h1 to h2, cold begins") < lines.index("vm is paused")


def test_a_task_fails_when_its_machine_is_gone_and_not_when_it_came() -> None:
    lines = told(FAILING)
    failure = "2.0 s A fails: vm is destroyed"
    assert lines.index("2.0 s vm is destroyed") < lines.index(failure)


def test_under_fair_nobody_goes_to_the_back_of_a_queue() -> None:
    lines = "\n".join(told(SLICED))
    assert "batch-0 stops, for its slice is over while others wait" in lines
    assert "back of the queue" not in lines


def test_a_compressed_copy_tells_its_slowest_stage_and_no_piece_of_it() -> None:
    lines = told(COMPRESSED)
    (account,) = (line for line in lines if "busy were" in line)
    assert "send 2.68435 s (the slowest)" in account  # 32 MiB at 100 Mbit/s
    assert account.endswith("; 64 MiB sent as 32 MiB, 2 times smaller")
    assert not [line for line in lines if "image copy" in line]


def test_a_name_with_other_numbers_is_left_as_it_is() -> None:
    assert stage_in_words("migration round 2") == "migration round 2"
    assert stage_in_words(Stretch("copy read", 0, 1).name) == "read"
