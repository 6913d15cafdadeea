"""Loading: a good file is a scenario, a bad one is told all that is wrong with it, and where."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from aio_sim.kernel.errors import AioSimError, InputError, Problem, ScenarioError
from aio_sim.kernel.units import LARGEST
from aio_sim.scenario import Scenario
from aio_sim.scenario.load import LARGEST_FILE, MOST_PROBLEMS
from tests.scenario.examples import LOAD, REPLAY, TEXTBOOK, textbook


def problems(text: str) -> tuple[Problem, ...]:
    """Return what is wrong with a text."""
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(text, file="x.yaml")
    assert caught.value.exit_code == 2
    return caught.value.problems


def only(text: str) -> Problem:
    (problem,) = problems(text)
    return problem


def test_the_textbook_loads() -> None:
    scenario = Scenario.from_text(TEXTBOOK)
    (workload,) = scenario.workload
    assert workload.kind == "list"
    first, second = workload.tasks
    assert (first.id, first.arrival, first.work, first.priority) == ("P1", 0, 24 * 10**9, 0)
    assert (second.id, second.work, second.priority) == ("P2", 3 * 10**9, 1)
    assert scenario.hosts[0].memory == 2**30
    assert scenario.scheduler.policy == "rr"


def test_the_load_loads() -> None:
    scenario = Scenario.from_text(LOAD)
    assert scenario.hosts[0].names[::99] == ("h-0", "h-99")
    poisson, batch = scenario.workload
    assert poisson.kind == "poisson"
    assert (poisson.rate, poisson.count) == (640, 100_000)
    assert batch.kind == "batch"
    assert batch.work is not None
    assert batch.work.expected == 55


def test_the_replay_loads_with_its_log_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log.swf.gz").write_bytes(b"")
    (tmp_path / "replay.yaml").write_text(REPLAY)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    scenario = Scenario.load("../replay.yaml")
    (workload,) = scenario.workload
    assert workload.kind == "trace"
    assert workload.path.samefile(tmp_path / "log.swf.gz")
    assert workload.path.is_absolute()


BAD = """\
name: bad
sed: 3
until: -4
hosts:
  - {name: h1, cores: 0, memory: 4GIB, speed: fast}
  - {name: h 2, count: 1.5, core: 3}
  - 7
scheduler: {policy: rr, quantum: 0, preemptiv: true, queue: per-core}
dispatch: {policy: least_load}
allocation: {placement: bestfit, backfill: no}
quotas: {alice: {core: 3}}
workload:
  - kind: list
    tasks:
      - {id: P1, arrival: -1, work: .nan}
      - {id: P2, arival: 0, work: 3}
  - {kind: posson, rate: 3}
  - {rate: 3}
  - {kind: poisson, count: 10, work: {kind: exponental, mean: 1}}
  - {kind: poisson, rate: 1, count: 10, work: {kind: exponential, mean: 0}}
  - {kind: trace, format: swff, path: nothing.swf}
"""

TOLD = [
    (2, 1, "sed", "unknown field 'sed'; did you mean 'seed'?"),
    (3, 8, "until", "got -4"),
    (5, 23, "hosts[0].cores", "must be at least 1, got 0"),
    (5, 34, "hosts[0].memory", "unknown unit 'GIB' in '4GIB'; did you mean 'GiB'?"),
    (5, 47, "hosts[0].speed", "must be a number, got 'fast'"),
    (6, 12, "hosts[1].name", "must be a name without spaces or slashes, got 'h 2'"),
    (6, 24, "hosts[1].count", "must be a whole number, got 1.5"),
    (6, 29, "hosts[1].core", "unknown field 'core'; did you mean 'cores'?"),
    (7, 5, "hosts[2]", "must be a mapping of fields, got 7"),
    (8, 34, "scheduler.quantum", "must be greater than 0, got 0"),
    (8, 37, "scheduler.preemptiv", "policy 'rr' has no option 'preemptiv'"),
    (8, 61, "scheduler.queue", "must be one of shared, per_core, got 'per-core'; did you mean"),
    (9, 20, "dispatch.policy", "unknown dispatch policy 'least_load'; did you mean 'least_loaded'"),
    (10, 25, "allocation.placement", "unknown placement policy 'bestfit'; did you mean"),
    (10, 44, "allocation.backfill", "must be one of none, easy, conservative, got 'no'"),
    (11, 18, "quotas.alice.core", "unknown field 'core'; did you mean 'cores'?"),
    (15, 27, "workload[0].tasks[0].arrival", "expected a time of 0 or more"),
    (15, 37, "workload[0].tasks[0].work", "got nan"),
    (16, 18, "workload[0].tasks[1].arival", "unknown field 'arival'; did you mean 'arrival'?"),
    (17, 12, "workload[1].kind", "unknown kind 'posson'; did you mean 'poisson'?"),
    (18, 5, "workload[2].kind", "is required: one of list, batch, poisson"),
    (19, 5, "workload[3].rate", "is required"),
    (19, 45, "workload[3].work.kind", "unknown kind 'exponental'; did you mean 'exponential'?"),
    (20, 73, "workload[4].work.mean", "must be greater than 0, got 0"),
    (21, 27, "workload[5].format", "unknown format 'swff'; did you mean 'swf'?"),
]


def test_all_problems_are_told_at_once_each_at_its_place() -> None:
    found = problems(BAD)
    assert [(p.line, p.column, p.field) for p in found] == [told[:3] for told in TOLD]
    for problem, told in zip(found, TOLD, strict=True):
        assert told[3] in problem.message
        assert problem.file == "x.yaml"


def test_problems_are_told_in_words_of_ours() -> None:
    for problem in problems(BAD):
        for word in ("pydantic", "http", "Input should", "Value error", "type=", "Traceback"):
            assert word not in str(problem)


def test_many_problems_are_counted_after_the_first() -> None:
    tasks = ", ".join(f"{{id: P{n}, work: -1}}" for n in range(MOST_PROBLEMS + 9))
    found = problems(textbook(workload=f"[{{kind: list, tasks: [{tasks}]}}]"))
    assert len(found) == MOST_PROBLEMS + 1
    assert found[-1].message == "and 9 more problems"


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        # a quantum that would loop for ever, or is not there
        ({"scheduler": "{policy: rr, quantum: 0}"}, "scheduler.quantum", "greater than 0, got 0"),
        ({"scheduler": "{policy: rr, quantum: -1}"}, "scheduler.quantum", "0 or more"),
        ({"scheduler": "{policy: rr, quantum: 0.1ns}"}, "scheduler.quantum", "greater than 0"),
        ({"scheduler": "{policy: rr}"}, "scheduler.quantum", "is required"),
        ({"scheduler": "{policy: rr, quantum: 20 mss}"}, "scheduler.quantum", "did you mean 'ms'"),
        ({"scheduler": "{policy: fcfs, quantum: 4}"}, "scheduler.quantum", "has no option"),
        ({"scheduler": "{policy: mlfq, leels: 4}"}, "scheduler.leels", "did you mean 'levels'"),
        # times that are none
        ({"until": ".nan"}, "until", "got nan"),
        ({"until": ".inf"}, "until", "got inf"),
        ({"until": "1e999"}, "until", "got inf"),
        ({"until": "0"}, "until", "greater than 0"),
        ({"until": "147 years"}, "until", "unknown unit 'years'"),
        ({"until": "100000d"}, "until", "too large"),
        ({"until": "true"}, "until", "got True"),
        # hosts
        ({"hosts": "[{name: h1, cores: 0}]"}, "hosts[0].cores", "at least 1, got 0"),
        ({"hosts": "[{name: h1, cores: true}]"}, "hosts[0].cores", "a number, got true"),
        ({"hosts": "[{name: h1, cores: two}]"}, "hosts[0].cores", "a whole number, got 'two'"),
        ({"hosts": "[{name: h1, speed: 0}]"}, "hosts[0].speed", "at least"),
        ({"hosts": "[{name: h1, speed: .nan}]"}, "hosts[0].speed", "a finite number, got nan"),
        ({"hosts": "[{name: h1, memory: 1XB}]"}, "hosts[0].memory", "unknown unit 'XB'"),
        ({"hosts": "[]"}, "hosts", "needs at least 1 entry, got 0"),
        ({"hosts": ""}, "hosts", "is required"),
        ({"hosts": "h1"}, "hosts", "must be a list, got 'h1'"),
        ({"hosts": "[{cores: 1}]"}, "hosts[0].name", "is required"),
        ({"hosts": "[{name: ''}]"}, "hosts[0].name", "must not be empty"),
        ({"hosts": "[{name: h1}, {name: h1}]"}, "hosts[1].name", "already a host named 'h1'"),
        (
            {"hosts": "[{name: h, count: 3}, {name: h-2}]"},
            "hosts[1].name",
            "already a host named 'h-2'",
        ),
        ({"hosts": "[{name: h, count: 1e9}]"}, "hosts[0].count", "at most 1000000"),
        ({"hosts": "[{name: h, count: 1e6}, {name: g}]"}, "hosts", "1,000,001 hosts in all"),
        ({"hosts": "[{name: h, count: 1e3, cores: 1e5}]"}, "hosts", "100,000,000 cores in all"),
        (
            {"hosts": "[{name: h1, scheduler: {policy: rr}}]"},
            "hosts[0].scheduler.quantum",
            "is req",
        ),
        # policies
        ({"scheduler": "{policy: fcsf}"}, "scheduler.policy", "did you mean 'fcfs'?"),
        ({"scheduler": "{policy: 3}"}, "scheduler.policy", "must be text, got 3"),
        ({"scheduler": "fcfs"}, "scheduler", "must be a mapping of fields, got 'fcfs'"),
        ({"dispatch": "{policy: randm}"}, "dispatch.policy", "did you mean 'random'?"),
        ({"dispatch": "{policy: random, choices: 2}"}, "dispatch.choices", "has no option"),
        ({"allocation": "{placement: first}"}, "allocation.placement", "did you mean 'first_fit'"),
        ({"allocation": "{backfill: yes}"}, "allocation.backfill", "must be one of none, easy"),
        # tasks
        ({"workload": "[{kind: list, tasks: []}]"}, "workload[0].tasks", "at least 1 entry"),
        ({"workload": "[]"}, "workload", "is required: where the tasks come from"),
        (
            {"workload": "[{kind: list, tasks: [{id: P1, work: 1, arrival: -1}]}]"},
            "workload[0].tasks[0].arrival",
            "got -1",
        ),
        (
            {"workload": "[{kind: list, tasks: [{id: P1, work: 1}, {id: P1, work: 2}]}]"},
            "workload[0].tasks[1].id",
            "'P1'",
        ),
        (
            {
                "workload": "[{kind: list, tasks: [{id: P1, work: 1}]}, "
                "{kind: list, tasks: [{id: P1, work: 1}]}]"
            },
            "workload[1].tasks[0].id",
            "already a task with the id 'P1'",
        ),
        (
            {
                "workload": "[{kind: batch, at: 0, count: 3, work: 1}, "
                "{kind: list, tasks: [{id: batch-2, work: 1}]}]"
            },
            "workload[1].tasks[0].id",
            "the tasks of the workload 'batch' have such ids",
        ),
        (
            {
                "workload": "[{kind: batch, name: a, at: 0, count: 1, work: 1}, "
                "{kind: batch, name: a, at: 0, count: 1, work: 1}]"
            },
            "workload[1].name",
            "already a workload named 'a'",
        ),
        (
            {"workload": "[{kind: trace, format: swf, path: nothing.swf}]"},
            "workload[0].path",
            "no such file",
        ),
        (
            {"workload": "[{kind: trace, format: swf, path: .}]"},
            "workload[0].path",
            "is a folder",
        ),
        # the rest
        ({"name": ""}, "name", "is required"),
        ({"seed": "-1"}, "seed", "at least 0, got -1"),
        ({"seed": "1.5"}, "seed", "a whole number, got 1.5"),
        ({"hots": "3"}, "hots", "unknown field 'hots'; did you mean 'hosts'?"),
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, str], field: str, said: str) -> None:
    problem = only(textbook(**fields))
    assert problem.field == field
    assert said in problem.message
    assert problem.line
    assert problem.column


def test_a_quota_needs_a_tenant_that_some_task_has() -> None:
    workload = "[{kind: batch, at: 0, count: 1, work: 1, tenant: alice}]"
    quotas = "{alice: {cores: 2}, alise: {memory: 1GiB}}"
    problem = only(textbook(workload=workload, quotas=quotas))
    assert problem.field == "quotas.alise"
    assert problem.message == "no task has the tenant 'alise'; did you mean 'alice'?"
    assert Scenario.from_text(textbook(workload=workload, quotas="{alice: {cores: 2}}")).quotas


def test_a_task_larger_than_the_machine_is_no_error_of_the_scenario() -> None:
    workload = "[{kind: list, tasks: [{id: P1, work: 1, cores: 999, memory: 999TiB}]}]"
    assert Scenario.from_text(textbook(workload=workload))


@pytest.mark.parametrize("written", ["1e3", "1000", "1000.0", "'1000'", "1000s"])
def test_numbers_may_be_written_in_any_way(written: str) -> None:
    assert Scenario.from_text(textbook(until=written)).until == 1000 * 10**9


@pytest.mark.parametrize("written", ["4", "4.0", "4e0", "'4'"])
def test_counts_may_be_written_in_any_way(written: str) -> None:
    hosts = f"[{{name: h, cores: {written}}}]"
    assert Scenario.from_text(textbook(hosts=hosts)).hosts[0].cores == 4


def test_the_longest_time_still_loads() -> None:
    assert Scenario.from_text(textbook(until=f"{LARGEST}ns")).until == LARGEST


def test_a_number_may_name_a_host_or_a_task() -> None:
    scenario = Scenario.from_text(
        textbook(hosts="[{name: 1}]", workload="[{kind: list, tasks: [{id: 1, work: 1}]}]")
    )
    assert scenario.hosts[0].name == "1"
    assert scenario.workload[0].tasks[0].id == "1"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\n# nothing\n", "the file is empty"),
        (b"---\n", "expected a mapping of fields (name, hosts, workload, ...), got nothing"),
        (b"- 1\n", "expected a mapping of fields (name, hosts, workload, ...), got a list"),
        (b"text", "expected a mapping of fields (name, hosts, workload, ...), got 'text'"),
        (b"name: x\n\x89PNG\r\n", "x.yaml:2: not a text in UTF-8 (byte 0x89 at offset 8)"),
        (b"name: x\0", "x.yaml:1: not a text in UTF-8 (byte 0x00 at offset 7)"),
        ("name: x".encode("utf-16"), "not a text in UTF-8"),
        (b"name: x\nname: y\n", "x.yaml:2:1: 'name' is here twice; first in line 1"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(file)
    assert said in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_byte_order_mark_and_carriage_returns_do_not_matter(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + TEXTBOOK.replace("\n", "\r\n").encode())
    assert Scenario.load(file) == Scenario.from_text(TEXTBOOK)


@pytest.mark.parametrize("size", [LARGEST_FILE + 1, 100_000_000, 10**12])
def test_a_huge_file_is_refused_without_being_read(tmp_path: Path, size: int) -> None:
    file = tmp_path / "huge.yaml"
    with open(file, "wb") as handle:
        handle.truncate(size)  # sparse: it takes no room
    with pytest.raises(ScenarioError, match=r"huge\.yaml: larger than 10 MB"):
        Scenario.load(file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_can_be_loaded(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(TEXTBOOK,))
    writer.start()
    assert Scenario.load(pipe) == Scenario.from_text(TEXTBOOK)
    writer.join()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="every file can be read here")
def test_a_file_that_must_not_be_read_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(TEXTBOOK)
    file.chmod(0)
    with pytest.raises(ScenarioError, match="cannot be read: Permission denied"):
        Scenario.load(file)


@pytest.mark.parametrize("reference", ["nothing.yaml", "no/such/folder.yaml", "x" * 5000, "a\0b"])
def test_a_reference_that_leads_nowhere_is_an_input_error(reference: str) -> None:
    with pytest.raises(InputError) as caught:
        Scenario.load(reference)
    assert isinstance(caught.value, AioSimError)
