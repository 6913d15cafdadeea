"""Files of a scenario: put, got and lost as it says, under audit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim import Run, Scenario, simulate

CLUSTER = """
name: files
hosts:
  - name: n
    count: 12
    disk: {size: 10GB, read: 200MB/s, write: 200MB/s}
    network: {bandwidth: 1Gbps}
  - {name: client, network: {bandwidth: 1Gbps}}
network:
  racks: [{name: rack, count: 3, hosts: ["n-*"], uplink: {bandwidth: 10Gbps}}]
"""
QUICK = "heartbeat: {interval: 1s, recheck: 5s}, block_size: 64KiB, packet_size: 64KiB"


def made(files: str, more: str = "", seed: int = 0) -> Run:
    """Return a run of a cluster with a file system, audited."""
    text = f'{CLUSTER}\nfile_system: {{data_nodes: "n-*", {QUICK}, {files}}}\n{more}'
    return simulate(Scenario.from_text(text), seed=seed, audit=True)


def test_what_is_put_is_got_and_takes_the_time_of_its_pipeline() -> None:
    run = made(
        "files: [{path: /a, size: 1MiB, at: 1s, client: client}],"
        "steps: [{do: get, path: /a, at: 5s, client: n-3}]"
    )
    assert run.metrics["dfs.verified"] == run.metrics["dfs.put.completed"] == 1
    assert run.metrics["dfs.bytes.written"] == run.metrics["dfs.bytes.read"] == 2**20
    assert run.metrics["dfs.replicas"] == 3 * run.metrics["dfs.blocks"] == 48
    assert run.metrics["dfs.put.time.mean"] > 2**20 * 8 / 1e9


def test_more_copies_than_nodes_are_said_and_what_was_achieved() -> None:
    run = made("replication: 20, files: [{path: /a, size: 100KiB}]")
    assert run.trace.meta["files"]["short"] == [
        "/a: 20 pieces a block were wanted, 12 could be placed"
    ]
    assert run.metrics["dfs.short.files"] == 1
    assert run.metrics["dfs.replicas"] == 12 * run.metrics["dfs.blocks"]


def test_lost_blocks_are_named() -> None:
    run = made(
        "replication: 1, files: [{path: /a, size: 640KiB}],"
        'steps: [{do: fail, node: "n-[0-5]", disk_lost: true, at: 1},'
        "{do: get, path: /a, at: 60, client: client}]"
    )
    told = run.trace.meta["files"]
    assert told["lost"] == told["unreadable"]
    assert len(told["lost"]["/a"]) == run.metrics["dfs.lost"] > 0
    assert run.metrics["dfs.verified"] == 0


def test_a_host_that_dies_takes_its_disk_with_it_only_where_that_is_said() -> None:
    files = (
        "replication: 1, files: [{path: /a, size: 640KiB}], steps: [{do: get, path: /a, at: 60}]"
    )
    dies = "failures: [{host: n-2, at: 10, for: 20}]"
    assert made(files, dies).metrics["dfs.verified"] == 1
    assert made(f"disks_lost: true, {files}", dies).metrics["dfs.verified"] == 0


def test_nothing_is_done_while_the_name_node_is_down_and_then_safe_mode_ends() -> None:
    run = made(
        "name_node: client, files: [{path: /a, size: 100KiB}, {path: /b, size: 1KiB, at: 12}],"
        "steps: [{do: get, path: /a, at: 11, client: n-1}, {do: get, path: /a, at: 90}]",
        "failures: [{host: client, at: 10, for: 20}]",
    )
    assert run.metrics["dfs.verified"] == 1
    assert run.trace.meta["files"]["refused"] == ["the name node is down, with client"] * 2


def test_rot_is_found_by_whoever_reads_and_made_good() -> None:
    run = made(
        "files: [{path: /a, size: 64KiB}],"
        "steps: [{do: rot, path: /a, at: 1, byte: 5}, {do: scan, node: 'n-*', at: 2},"
        "{do: get, path: /a, at: 30}]"
    )
    assert (run.metrics["dfs.corrupt"], run.metrics["dfs.repairs"]) == (1, 1)
    assert run.metrics["dfs.verified"] == 1


def test_steps_that_cannot_be_done_are_told_and_the_run_goes_on() -> None:
    run = made(
        "quotas: {/small: {names: 2}}, files: [{path: /small/a, count: 3, size: 1KiB, at: 1}],"
        "steps: [{do: delete, path: /none, at: 3}, {do: get, path: /small/*, at: 4}]"
    )
    refused = run.trace.meta["files"]["refused"]
    assert len(refused) == run.metrics["dfs.refused"] == 3
    assert any("quota" in sentence for sentence in refused)
    assert run.metrics["dfs.verified"] == 1


def test_the_verbs_of_steps() -> None:
    run = made(
        "files: [{path: /a, count: 6, size: 256KiB, client: n-0}],"
        "steps: [{do: rename, path: /a-0, to: /moved, at: 1}, {do: balance, threshold: 0, at: 2},"
        "{do: decommission, node: n-1, at: 20}, {do: restart, at: 40},"
        "{do: fail, node: n-2, at: 80}, {do: revive, node: n-2, at: 85},"
        '{do: delete, path: /a-1, at: 90}, {do: get, path: "/*", at: 100}]'
    )
    assert run.metrics["dfs.verified"] == run.metrics["dfs.files"] == 5
    assert run.metrics["dfs.balance.bytes"] > 0
    assert "files" not in run.trace.meta


PROMISES = st.sampled_from(
    [("replication: 2", 1), ("replication: 3", 2), ("reed_solomon: {data: 4, parity: 2}", 2)]
)


@settings(max_examples=8)
@given(PROMISES, st.integers(0, 2**32), st.sampled_from(["1min", "5min"]))
def test_no_byte_is_lost_while_no_more_nodes_are_down_than_the_redundancy_promises(
    promise: tuple[str, int], seed: int, mean: str
) -> None:
    """Random nodes lose their disks at random times while files are written and read."""
    redundancy, spare = promise
    run = made(
        f"{redundancy}, files: [{{path: /there, count: 3, size: 300KiB}},"
        "{path: /new, count: 5, every: 7s, size: 300KiB, at: 3, client: client}],"
        f"steps: [{{do: random_failures, mean: {mean}, repair: 40s, disk_lost: true,"
        f" until: 10min, most: {spare}}}, {{do: get, path: /there-*, at: 100, client: client}},"
        '{do: get, path: "/*", at: 15min, client: client}]',
        seed=seed,
    )
    metrics = run.metrics
    assert metrics["dfs.lost"] == 0
    assert metrics["dfs.verified"] == metrics["dfs.get.count"]
    assert metrics["dfs.verified"] == 3 + 3 + metrics["dfs.put.completed"]


def test_an_input_is_fetched_where_it_is_not() -> None:
    tasks = (
        "workload: [{kind: list, on: n-1, tasks: ["
        "{id: here, work: 1, data: [n-1, n-0], data_size: 125MB},"
        "{id: there, work: 1, data: [n-0], data_size: 125MB}]}]"
    )
    run = simulate(Scenario.from_text(CLUSTER + tasks), audit=True, level="full")
    found = {task["id"]: task for task in run.tasks}
    assert found["here"]["start"] == 0
    assert found["there"]["start"] == pytest.approx(1)
    assert run.metrics["dispatch.input.bytes"] == run.metrics["network.bytes"] == 125_000_000


def test_a_task_that_reads_a_file_goes_to_a_node_that_has_it_and_waits_for_it() -> None:
    run = made(
        "replication: 1, files: [{path: /a, size: 64KiB}]",
        "dispatch: {policy: locality}\n"
        "workload: [{kind: list, on: 'n-*', tasks: [{id: a, work: 1, reads: /a}]}]",
    )
    assert run.metrics["dispatch.local"] == run.metrics["dfs.reads.local"] == 1
    assert run.metrics["dispatch.input.bytes"] == 2**16


def test_a_task_whose_input_is_lost_fails_and_says_why() -> None:
    run = made(
        "replication: 1, files: [{path: /a, size: 64KiB}],"
        'steps: [{do: fail, node: "n-*", disk_lost: true}]',
        "workload: [{kind: list, on: client, tasks: [{id: a, arrival: 1, work: 1, reads: /a}]}]",
    )
    assert run.metrics["tasks.failed"] == 1
    text = run.trace.text(next(iter(run.trace.tasks.rows()))[-1])
    assert "/a: too few whole pieces are left of these blocks: 0" in text


def test_a_task_that_reads_what_is_not_there_fails_and_the_run_goes_on() -> None:
    run = made(
        "files: [{path: /late, size: 1KiB, at: 9}, {path: /gone, size: 10MiB}],"
        "steps: [{do: delete, path: /gone, at: 10ms}]",
        "workload: [{kind: list, on: client, tasks: [{id: a, work: 1, reads: /late},"
        "{id: b, work: 1, reads: /gone}, {id: c, arrival: 20, work: 1, reads: /late}]}]",
    )
    reasons = {run.trace.text(row[-1]) for row in run.trace.tasks.rows()}
    late = "/late: there is no 'late' in /; expected one of gone"
    assert reasons == {"", late, "/gone was deleted while read"}
    assert run.metrics["tasks.completed"] == 1


def test_where_one_holder_is_down_another_sends_the_input() -> None:
    run = made(
        "files: []",
        "failures: [{host: n-0, at: 1s}]\n"
        "workload: [{kind: list, on: client, tasks: "
        "[{id: a, arrival: 2, work: 1, data: [n-0, n-1], data_size: 1MB}]}]",
    )
    assert run.metrics["tasks.completed"] == 1
    assert run.metrics["dispatch.input.bytes"] == run.metrics["network.bytes"] == 10**6


def test_a_file_is_itself_whatever_it_is_called_and_whoever_deletes_it_while_it_is_read() -> None:
    run = made(
        "files: [{path: /a, size: 30MiB}, {path: /b, size: 30MiB}, {path: /d/c, size: 1KiB}],"
        "steps: [{do: get, path: '/[ab]'}, {do: rename, path: /a, to: /d, at: 10ms},"
        "{do: delete, path: /b, at: 10ms}, {do: get, path: '/d/*', at: 10}]"
    )
    assert run.metrics["dfs.verified"] == 3
    assert run.trace.meta["files"] == {"refused": ["/b was deleted while read"]}


def test_files_that_others_wrote_are_read_and_not_compared() -> None:
    run = made(
        "files: [{path: /a, size: 1KiB}], steps: [{do: get, path: '/*'}]",
        "mapreduce: {master: client, jobs: [{job: wordcount, inputs: [{text: a b a}]}]}",
    )
    assert run.metrics["dfs.get.completed"] == 2
    assert run.metrics["dfs.verified"] == 1


def test_a_client_that_is_down_reads_and_writes_nothing() -> None:
    run = made(
        "files: [{path: /a, size: 1KiB}, {path: /b, size: 1KiB, at: 2, client: client}],"
        "steps: [{do: get, path: /a, at: 2, client: client}]",
        "failures: [{host: client, at: 1}]",
    )
    assert run.trace.meta["files"]["refused"] == ["the client client is down"] * 2


def test_no_data_node_comes_back_before_its_host() -> None:
    run = made(
        "replication: 1, files: [{path: /a, size: 64KiB, client: n-0}], steps: [{do: revive,"
        "node: n-0, at: 2}, {do: get, path: /a, at: 3, client: client},"
        "{do: get, path: /a, at: 9}]",
        "failures: [{host: n-0, at: 1, for: 5}]",
    )
    assert run.trace.meta["files"]["refused"] == ["n-0 is down, with its host"]
    assert run.metrics["dfs.verified"] == run.metrics["dfs.lost.files"] == 1


def test_the_name_node_does_nothing_while_it_is_down() -> None:
    run = made(
        "name_node: client, files: [{path: /a, size: 1KiB}],"
        "steps: [{do: delete, path: /a, at: 2}, {do: restart, at: 2}]",
        "failures: [{host: client, at: 1, for: 5}]",
    )
    assert run.trace.meta["files"]["refused"] == ["the name node is down, with client"] * 2
    assert run.metrics["dfs.files"] == 1


@pytest.mark.parametrize("encryption", ["none", "aes", "hybrid"])
def test_where_a_link_is_cut_what_is_encrypted_fails_as_all_does(encryption: str) -> None:
    cut = CLUSTER + "  failures: [{link: n-0-rack-0, at: 1s}]\n"
    run = simulate(
        Scenario.from_text(
            f"{cut}distributions: [{{size: 1MB, from: n-0, to: [n-1], at: 2s,"
            f" encryption: {encryption}}}]"
        ),
        audit=True,
    )
    assert run.metrics["distribution.completed"] == 1
    assert run.metrics["distribution.reached"] == 0


def test_the_same_twice() -> None:
    def once() -> Any:
        return made(
            "files: [{path: /a, size: 300KiB}], steps: [{do: random_failures, mean: 1min,"
            " repair: 10s, until: 5min}, {do: get, path: /a, at: 6min}], encryption: aes",
            "adversaries: [{kind: tamperer, link: client-switch}]",
        ).metrics

    assert once() == once()
