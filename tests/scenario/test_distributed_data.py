"""What a scenario says of files, distributions, encryption and adversaries, and what is refused."""

from __future__ import annotations

import pytest

from aio_sim import Scenario
from aio_sim.kernel.errors import ScenarioError

HOSTS = """
name: wrong
hosts: [{name: n, count: 4, network: {bandwidth: 1Gbps}}, {name: bare}]
workload: [{kind: batch, count: 1, work: 1}]
"""

WRONG = [
    ("file_system: {data_nodes: m-*}", "there is no host 'm-*'"),
    ("file_system: {data_nodes: bare}", "bare has no network card"),
    ("file_system: {name_node: n-7}", "there is no host 'n-7'; did you mean 'n-"),
    ("file_system: {replication: 0}", "replication"),
    ("file_system: {replication: 2, reed_solomon: {}}", "give `replication` or `reed_solomon`"),
    ("file_system: {files: [{path: a, size: 1}]}", "must be a path such as /models/vision"),
    ("file_system: {files: [{path: /a}]}", "needs `size` or `sample`"),
    (
        "file_system: {files: [{path: /a, size: 10, scale: 3}]}",
        "multiple of the scale, 3; the next",
    ),
    ("file_system: {files: [{path: /a, size: 1TB}]}", "give a `scale`"),
    ("file_system: {files: [{path: /a, size: 1}, {path: /a, size: 2}]}", "already a file /a"),
    ("file_system: {files: [{path: /a, size: 1, client: bare}]}", "bare has no network card"),
    ("file_system: {files: [{path: /a, sample: none.txt}]}", "no such file"),
    (
        "file_system: {files: [{path: /ab, size: 1}], steps: [{do: get, path: /ac}]}",
        "there is no file '/ac'; did you mean '/ab'?",
    ),
    ("file_system: {steps: [{do: fial, node: n-0}]}", "fail"),
    ("file_system: {steps: [{do: fail, node: n-9}]}", "there is no data node 'n-9'"),
    ("distributions: [{size: 1MB, from: n-0, to: n-0}]", "must be other hosts than `from`"),
    ("distributions: [{from: n-0, to: n-1}]", "needs `size` or `sample`"),
    ("distributions: [{size: 1, from: n-0, to: n-1, scheme: tree, pieces: 2}]", "in one piece"),
    ("distributions: [{size: 1, from: n-0, to: n-1, scheme: chain, pieces: 2}]", "at most the 1 B"),
    ("distributions: [{size: 1, from: n-0, to: n-1, scheme: bush}]", "swarm"),
    ("distributions: [{size: 1, from: n-*, to: n-1}]", "there is no host 'n-*'"),
    ("file_system: {name_node: n-*}", "there is no host 'n-*'"),
    ("file_system: {files: [{path: /a, size: 1, client: n-*}]}", "there is no host 'n-*'"),
    (
        "file_system: {}\nmapreduce: {master: n-*, jobs: [{job: sort, inputs: [{text: a}]}]}",
        "there is no host 'n-*'",
    ),
    ("encryption: des", "hybrid"),
    ("adversaries: [{kind: tamperer, link: n-0-swich}]", "did you mean 'n-0-switch'?"),
    ("adversaries: [{link: n-0-switch}]", "eavesdropper"),
]


@pytest.mark.parametrize(("said", "told"), WRONG)
def test_what_is_wrong_is_told_with_its_place(said: str, told: str) -> None:
    with pytest.raises(ScenarioError) as error:
        Scenario.from_text(HOSTS + said)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("reads: /a", "give the scenario a `file_system`"),
        ("data: [n-*], data_size: 1MB", "there is no host 'n-*'"),
        ("data_size: 1MB", "needs `data`"),
        ("data: [n-9], data_size: 1MB", "there is no host 'n-9'"),
        ("data: [bare], data_size: 1MB", "bare has no network card"),
        ("cores: 1, data: [n-0], data_size: 1MB", "a task with `cores` is sent no input"),
        ("reads: /a, data: [n-0]", "leave `data` out"),
    ],
)
def test_input_that_cannot_be_brought_is_told(task: str, told: str) -> None:
    hosts = HOSTS.replace(
        "{kind: batch, count: 1, work: 1}", f"{{tasks: [{{id: a, work: 1, {task}}}]}}"
    )
    hosts = hosts.replace("{tasks", "{kind: list, tasks")
    with pytest.raises(ScenarioError) as error:
        Scenario.from_text(hosts)
    assert told in str(error.value)


def test_what_was_said_is_written_as_it_was() -> None:
    said = HOSTS + (
        "file_system: {files: [{path: /a, size: 1KiB, at: 1s}], steps: [{do: get, path: /a}]}\n"
        "distributions: [{size: 1MB, from: n-0, to: 'n-*', scheme: chain, encryption: rsa}]\n"
        "encryption: hybrid\nadversaries: [{kind: replayer, link: n-0-switch, share: 0.5}]\n"
    )
    scenario = Scenario.from_text(said)
    assert Scenario.from_text(scenario.to_yaml()) == scenario
