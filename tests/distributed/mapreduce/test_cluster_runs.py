"""What a simulated cluster does with a job: places, failures, backups, and their counters."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from aio_sim.distributed.mapreduce.backups import (
    LongestTimeLeft,
    NearTheEnd,
    NoBackups,
    Running,
    Stage,
)
from aio_sim.distributed.mapreduce.cluster import Cluster, ClusterSpec
from aio_sim.distributed.mapreduce.counters import JobFailed
from aio_sim.distributed.mapreduce.inputs import input_files
from aio_sim.distributed.mapreduce.locality import MapQueue
from aio_sim.distributed.mapreduce.records import Split
from aio_sim.distributed.mapreduce.settings import Settings
from aio_sim.distributed.mapreduce.stragglers import Stragglers
from aio_sim.distributed.mapreduce.task import Task
from aio_sim.distributed.mapreduce.worker import Worker
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError, UnknownName
from tests.distributed.mapreduce.jobs import answer, counted, functions, shipped, small_cluster

TEXT = b"a bb\nccc a\n" * 40


def test_the_corpus_is_counted_as_in_one_process(shared: Path) -> None:
    folder = shared / "traces" / "corpus"
    files = input_files([str(folder / name) for name in ("alice29.txt", "asyoulik.txt", "html")])
    cluster = Cluster(ClusterSpec(block_size=30_000))
    cluster.install(files)
    cluster.fail_at("node-3", 5 * SECOND)
    outcome = cluster.run(functions(), cluster.splits(files), Settings(reducers=4))
    assert answer(outcome) == counted(*(file.path.read_bytes() for file in files))
    assert outcome.counters.tally.reexecuted > 0


def test_the_output_is_sorted_by_key_and_the_same_for_any_number_of_reduces(tmp_path: Path) -> None:
    outputs = [
        small_cluster(tmp_path, {"f": TEXT}).run(reducers=reducers).lines for reducers in (1, 2, 9)
    ]
    keys = [json.loads(line)[0] for line in outputs[0]]
    assert keys == sorted(keys)
    assert outputs[0] == outputs[1] == outputs[2]


def test_a_key_is_the_name_of_the_file_and_the_offset(tmp_path: Path) -> None:
    runner = functions(map=lambda key, line: [(key, line)], reduce=lambda _key, lines: lines[0])
    outcome = small_cluster(tmp_path, {"b": b"one\ntwo\n", "a": b"x\n"}).run(runner)
    pairs = [json.loads(line) for line in outcome.lines]
    assert pairs == [[["a", 0], "x"], [["b", 0], "one"], [["b", 4], "two"]]


def test_an_empty_input_has_an_empty_output(tmp_path: Path) -> None:
    assert small_cluster(tmp_path, {"f": b""}).run().lines == []


def test_the_output_of_maps_on_a_node_that_fails_is_made_again(tmp_path: Path) -> None:
    # All maps end soon after three seconds; the reduces have hardly begun when the node fails.
    ready = small_cluster(tmp_path, {"f": TEXT}, cores=4, backups=NoBackups())
    ready.cluster.fail_at("node-1", int(3.5 * SECOND))
    outcome = ready.run(reducers=4)
    tally = outcome.counters.tally
    assert answer(outcome) == counted(TEXT)
    assert tally.lost < tally.reexecuted
    assert tally.nodes_dead == 1


def test_output_that_is_lost_after_its_reduce_is_made_again(tmp_path: Path) -> None:
    plain = small_cluster(tmp_path, {"f": TEXT}).run(replicas=1).seconds
    again = 0
    for node in range(4):
        ready = small_cluster(tmp_path, {"f": TEXT}, replication=4)
        ready.cluster.fail_at(f"node-{node}", int((plain - 0.02) * SECOND))
        outcome = ready.run(replicas=1)
        assert answer(outcome) == counted(TEXT)
        again += outcome.counters.tally.reexecuted
    assert again > 0


def test_a_lost_input_is_named(tmp_path: Path) -> None:
    ready = small_cluster(tmp_path, {"f": TEXT}, replication=1)
    ready.cluster.fail_at("node-0", 0)
    with pytest.raises(JobFailed, match=r"/input/0/f: too few whole pieces .* tried 4 times"):
        ready.run()


def test_a_job_fails_when_no_node_is_left(tmp_path: Path) -> None:
    ready = small_cluster(tmp_path, {"f": TEXT})
    for node in range(4):
        ready.cluster.fail_at(f"node-{node}", SECOND)
    with pytest.raises(JobFailed, match="no node is left"):
        ready.run()
    with pytest.raises(UnknownName, match="did you mean 'node-"):
        ready.cluster.fail_at("node-9", 0)


def test_slots_are_lent_by_the_resource_manager_and_refused_where_none_fits(tmp_path: Path) -> None:
    ready = small_cluster(tmp_path, {"f": TEXT}, memory=2**20)
    with pytest.raises(JobFailed, match="no node is left to run tasks: "):
        ready.run()


def flaky(failures: int) -> Any:
    """Return a map function that fails so often on one record, and then does not."""
    left = [failures]

    def function(_key: Any, line: str) -> Any:
        if line == "ccc a" and left[0]:
            left[0] -= 1
            raise ValueError("not yet")
        return [(word, 1) for word in line.split()]

    return function


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_a_task_that_fails_is_tried_again_after_a_pause_that_doubles(
    tmp_path: Path, failures: int
) -> None:
    ready = small_cluster(tmp_path, {"f": TEXT[:11]}, backups=NoBackups())
    plain = small_cluster(tmp_path, {"f": TEXT[:11]}, backups=NoBackups()).run().seconds
    outcome = ready.run(functions(map=flaky(failures)))
    assert answer(outcome) == counted(TEXT[:11])
    assert outcome.counters.tally.failed == outcome.counters.tally.reexecuted == failures
    pauses = 2**failures - 1
    assert outcome.seconds - plain == pytest.approx(pauses + 3 * failures, abs=0.1)


def test_a_task_that_always_fails_fails_the_job(tmp_path: Path) -> None:
    ready = small_cluster(tmp_path, {"f": TEXT})
    with pytest.raises(JobFailed, match=r"map failed on the record at byte \d+ of f.*4 times"):
        ready.run(functions(map=flaky(99)))


def test_bad_records_are_left_out_where_that_is_said(tmp_path: Path) -> None:
    outcome = small_cluster(tmp_path, {"f": TEXT}).run(
        functions(map=flaky(10**9)), skip_bad_records=True
    )
    assert answer(outcome) == counted(b"a bb\n" * 40)
    assert outcome.counters.counts.skipped_records == 40
    assert 0 < len(outcome.counters.skipped) <= 40


def test_reduces_that_hold_all_slots_make_room_for_a_map_that_is_lost(tmp_path: Path) -> None:
    # One slot a node: reduces begin as the last maps run, and one of their maps is slow and dies.
    ready = small_cluster(
        tmp_path,
        {"f": TEXT},
        nodes=3,
        cores=1,
        replication=3,
        slow=[("node-2", Fraction(1, 10**6))],
        backups=NoBackups(),
    )
    ready.cluster.fail_at("node-2", 30 * SECOND)
    outcome = ready.run(reducers=4)
    assert answer(outcome) == counted(TEXT)
    assert outcome.counters.tally.preempted > 0


def test_maps_run_where_their_data_is(tmp_path: Path) -> None:
    ready = small_cluster(tmp_path, {"f": TEXT}, nodes=8, racks=2, backups=NoBackups())
    tally = ready.run(locality_delay=20 * SECOND).counters.tally
    assert (tally.local, tally.rack + tally.remote) == (tally.maps, 0)


def worker(name: str, rack: str) -> Worker:
    none: Any = None
    return Worker(name, 0, none, 1, rack)


def test_delay_scheduling_waits_for_the_node_and_then_for_the_rack() -> None:
    racks = {"a0": "a", "a1": "a", "b0": "b"}
    queue = MapQueue(racks, delay=10)
    for number in range(3):
        queue.add(Task(number, Split("f", "/f", 0, 1, (0,), ("a0",))))
    assert queue.take(worker("b0", "b"), 0) is None
    assert queue.next_change(0) == 10
    assert queue.take(worker("b0", "b"), 10) is None
    assert queue.take(worker("a1", "a"), 10) is not None
    assert queue.take(worker("b0", "b"), 20) is not None
    assert queue.take(worker("a0", "a"), 21) is not None
    assert queue.take(worker("b0", "b"), 99) is None


def test_backups_are_worth_it_where_there_are_stragglers(tmp_path: Path) -> None:
    policies = {"none": NoBackups(), "near": NearTheEnd(), "late": LongestTimeLeft()}
    seconds = dict.fromkeys(policies, 0.0)
    world = {"nodes": 12, "block_size": 24, "stragglers": Stragglers(0.06, 500_000)}
    for seed in (4, 6, 11):
        for name, policy in policies.items():
            ready = small_cluster(tmp_path, {"f": TEXT}, seed=seed, backups=policy, **world)
            outcome = ready.run(reducers=8)
            assert answer(outcome) == counted(TEXT)
            seconds[name] += outcome.seconds
            assert outcome.counters.tally.backups_won <= outcome.counters.tally.backups
    assert seconds["near"] < seconds["none"] / 2
    assert seconds["late"] < seconds["none"] / 2


def test_late_takes_the_slow_one_with_the_longest_time_left() -> None:
    stage = Stage(tasks=10, done=6, rates=[0.1] * 6, slots=20, backups=0)
    fast, slow = Running(5 * SECOND, 0.5, True), Running(5 * SECOND, 0.2, True)
    slower = Running(5 * SECOND, 0.1, True)
    policy = LongestTimeLeft()
    assert policy.choose([fast, slow, slower], stage) == 2
    assert policy.choose([fast, slow, slower._replace(alone=False)], stage) == 1
    assert policy.choose([fast], stage) is None
    assert policy.choose([slow], stage._replace(backups=2)) is None
    assert policy.choose([slow._replace(age=SECOND)], stage) is None


def test_a_sample_stands_for_more(tmp_path: Path) -> None:
    text = {"f": TEXT}
    plain = small_cluster(tmp_path, text, block_size=10**9, nodes=1, replication=1)
    files = input_files([str(tmp_path / "f")])
    big = Cluster(ClusterSpec(nodes=1, replication=1, block_size=10**9))
    big.install(files, scale=1_000_000)
    splits = big.splits(files, scale=1_000_000)
    outcome = big.run(functions(), splits, Settings(scale=1_000_000))
    assert answer(outcome) == answer(plain.run(reducers=1))
    assert outcome.seconds > 100
    assert splits[-1].end == len(TEXT)


def test_jobs_of_several_rounds_survive_failures(tmp_path: Path) -> None:
    text = b"a b c\nb c\nc a\nd\n"
    plain = answer(small_cluster(tmp_path, {"f": text}).run(shipped("pagerank", rounds="3")))
    ready = small_cluster(tmp_path, {"f": text}, replication=3)
    ready.cluster.fail_at("node-1", 9 * SECOND)
    outcome = ready.run(shipped("pagerank", rounds="3"))
    assert answer(outcome) == plain
    assert outcome.counters.rounds == 4


def test_a_job_that_never_ends_is_ended(tmp_path: Path) -> None:
    runner = functions(again=lambda _pairs, _state: 1)
    with pytest.raises(JobFailed, match="not ended after 2 rounds"):
        small_cluster(tmp_path, {"f": TEXT}).run(runner, rounds=2)


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InputError, match="merge_factor must be 2 or more"):
        Settings(merge_factor=1)
    with pytest.raises(InputError, match="replication must be 1 or more"):
        ClusterSpec(replication=0)
    with pytest.raises(InputError, match="a probability"):
        Stragglers(2.0)
