"""MapReduce in a scenario: what is understood, and what is refused, at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from aio_sim.kernel.errors import ScenarioError
from aio_sim.scenario import Scenario

CARD = "network: {bandwidth: 1Gbps}"
FILES = (
    "file_system: {files: [{path: /logs/day, size: 1MiB}, {path: /big, size: 1GiB, scale: 1024}]}"
)


def scenario(section: str, more: str = FILES) -> str:
    hosts = f"[{{name: n, count: 3, {CARD}}}, {{name: bare}}]"
    return f"name: jobs\nhosts: {hosts}\n{more}\nmapreduce: {section}\n"


def jobs(*each: str) -> str:
    return f"{{jobs: [{', '.join(each)}]}}"


def refusal(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(text)
    return str(caught.value)


def test_a_job_is_understood_and_written_as_it_was_given() -> None:
    job = "{job: kmeans, parameters: {k: 3}, inputs: [/logs/day, {text: '1,2', size: 8}], at: 5s}"
    made = Scenario.from_text(scenario(jobs(job)))
    assert made.mapreduce is not None
    (found,) = made.mapreduce.jobs
    assert found.parameters == {"k": "3"}
    assert [each.called for each in found.inputs] == ["day", "text"]
    assert found.at == 5 * 10**9
    assert Scenario.from_text(made.to_yaml()) == made


def test_jobs_without_a_name_are_called_as_they_are_and_counted() -> None:
    plain, named = "{job: sort, inputs: [/logs/day]}", "{name: sort-2, job: sort, inputs: [/big]}"
    made = Scenario.from_text(scenario(jobs(plain, plain, named)))
    assert made.mapreduce is not None
    assert list(made.mapreduce.named) == ["sort", "sort-3", "sort-2"]


def test_a_text_is_repeated_in_whole_lines() -> None:
    job = '{job: sort, scale: 10, inputs: [{text: "ab\\ncd\\n", size: 100}]}'
    made = Scenario.from_text(scenario(jobs(job)))
    assert made.mapreduce is not None
    (each,) = made.mapreduce.jobs[0].inputs
    assert each.content(10) == b"ab\ncd\nab\n"


def test_a_sample_is_a_file_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a b\n")
    job = "{job: wordcount, inputs: [{sample: words.txt}]}"
    (tmp_path / "jobs.yaml").write_text(scenario(jobs(job)), encoding="utf-8")
    made = Scenario.load(tmp_path / "jobs.yaml")
    assert made.mapreduce is not None
    (each,) = made.mapreduce.jobs[0].inputs
    assert (each.called, each.content(1)) == ("words.txt", b"a b\n")


OK = "{job: sort, inputs: [/logs/day]}"


@pytest.mark.parametrize(
    ("section", "place", "sentence"),
    [
        (jobs("{job: wordcuont, inputs: [/logs/day]}"), "jobs[0].job", "did you mean 'wordcount'?"),
        (
            jobs("{job: kmeans, parameters: {kk: 3}, inputs: [/logs/day]}"),
            "jobs[0].parameters",
            "did you mean 'k'?",
        ),
        (
            jobs("{job: kmeans, parameters: {k: three}, inputs: [/logs/day]}"),
            "jobs[0].parameters",
            "expected a number",
        ),
        (jobs("{job: sort, inputs: [/logs/dya]}"), "jobs[0].inputs[0]", "'/logs/day'"),
        (jobs("{job: sort, inputs: [logs]}"), "jobs[0].inputs[0]", "must be a path"),
        (jobs("{job: sort, inputs: []}"), "jobs[0].inputs", ""),
        (jobs("{job: sort, inputs: [{name: x}]}"), "jobs[0].inputs[0]", "needs one of"),
        (jobs("{job: sort, inputs: [/logs/day, /big]}"), "jobs[0].inputs[1]", "stands for 1024"),
        (
            jobs("{job: sort, inputs: [{text: a, size: 1GiB}]}"),
            "jobs[0].inputs",
            "at most 64 MiB can be; give a `scale`",
        ),
        (jobs("{job: sort, encoding: utf-9, inputs: [/big]}"), "jobs[0].encoding", "utf-8"),
        (jobs("{job: sort, backups: lat, inputs: [/big]}"), "jobs[0].backups", "late"),
        (jobs("{name: a, " + OK[1:], "{name: a, " + OK[1:]), "jobs[1].name", "already a job"),
        (f"{{nodes: m-*, jobs: [{OK}]}}", "nodes", "there is no host 'm-*'"),
        (f"{{nodes: bare, jobs: [{OK}]}}", "nodes", "has no network card"),
        (f"{{master: n-9, jobs: [{OK}]}}", "master", "there is no host 'n-9'"),
        (f"{{master: bare, jobs: [{OK}]}}", "master", "has no network card"),
        (f"{{slot_memory: 1TiB, jobs: [{OK}]}}", "slot_memory", "more than any node has: 64 GiB"),
        ("{jobs: []}", "jobs", ""),
    ],
)
def test_what_is_wrong_is_told_at_its_place(section: str, place: str, sentence: str) -> None:
    told = refusal(scenario(section))
    assert f"mapreduce.{place}: " in told
    assert sentence in told


def test_jobs_need_a_file_system() -> None:
    assert "mapreduce: needs a `file_system`" in refusal(scenario(jobs(OK), more=""))


def test_a_master_does_not_fail_and_one_is_found_that_does_not() -> None:
    fails = FILES + "\nfailures: [{host: n-2, at: 5s}]"
    named = f"{{master: n-2, jobs: [{OK}]}}"
    assert "n-2 fails at 5 s, and a master is assumed not to" in refusal(scenario(named, fails))
    Scenario.from_text(scenario(jobs(OK), fails))
    all_fail = FILES + "\nfailures: [" + ", ".join(f"{{host: n-{n}, at: 5s}}" for n in range(3))
    told = refusal(scenario(jobs(OK), all_fail + "]"))
    assert "mapreduce: needs a host with a network card that does not fail" in told
