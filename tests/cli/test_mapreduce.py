"""`aio-sim mapreduce`: what is written, what is printed, and what bad input gets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aio_sim.cli import main

TEXT = "the cat\nthe mat\n" * 20
JOB = """
def map(key, value):
    if "fail" in value:
        raise ValueError("no good")
    for word in value.split():
        yield word, 1

def reduce(key, values):
    yield key, {1} if key == "set" else sum(values)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of its own, with a text and a job."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text(TEXT)
    (tmp_path / "job.py").write_text(JOB)
    return tmp_path


def run(*arguments: str) -> int:
    return main(["mapreduce", *arguments])


def pairs(path: str = "out.jsonl") -> list[Any]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


EXPECTED: list[Any] = [["cat", 20], ["mat", 20], ["the", 40]]


@pytest.mark.parametrize("job", ["wordcount", "job.py"])
@pytest.mark.parametrize("engine", ["simulated", "local"])
def test_words_are_counted_on_nodes_that_fail_and_on_local_cores(job: str, engine: str) -> None:
    options = ["--nodes", "8", "--replication", "3", "--fail", "node-3@5", "--engine", engine]
    assert run("--job", job, "--input", "text", "--output", "out.jsonl", *options) == 0
    assert pairs() == EXPECTED


def test_several_inputs_are_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--job", "wordcount", "--input", "text", "--input", "text") == 0
    out, err = capsys.readouterr()
    assert [json.loads(line) for line in out.splitlines()] == [[key, 2 * n] for key, n in EXPECTED]
    assert "wordcount: 3 pairs in" in err


def test_json_has_the_counters(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--job", "job.py", "--input", "text", "--output", "o", "--json"]
    assert run(*arguments, "--fail", "node-0@1") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "aio-sim/mapreduce/v1"
    assert told["counters"]["tasks.reexecuted"] > 0
    assert told["counters"]["map.input.records"] == 40
    assert told["pairs"] == 3
    assert told["replication"] == {"wanted": 3, "achieved": 3}


def test_replication_above_the_nodes_is_said_with_what_was_achieved(
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = ["--nodes", "2", "--replication", "5", "--output", "out.jsonl"]
    assert run("--job", "wordcount", "--input", "text", *options) == 0
    err = capsys.readouterr().err
    assert "replication 5 was asked for, 2 was achieved on 2 nodes" in err
    assert pairs() == EXPECTED


def test_a_failure_after_the_end_is_noted(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--fail", "node-1@1h", "--output", "out.jsonl"]
    assert run("--job", "wordcount", "--input", "text", *options) == 0
    assert "before node-1 failed" in capsys.readouterr().err


def test_a_map_that_raises_names_record_file_and_tries(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad").write_text("good\nfail here\n")
    assert run("--job", "job.py", "--input", "bad", "--output", "out.jsonl") == 1
    err = capsys.readouterr().err
    assert "job.py:4: map failed on the record at byte 5 of bad, 'fail here'" in err
    assert "ValueError: no good (the task was tried 4 times)" in err
    assert sorted(each.name for each in folder.iterdir()) == ["bad", "job.py", "text"]


def test_bad_records_are_left_out_where_that_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad").write_text("good\nfail here\n")
    options = ["--output", "out.jsonl", "--skip-bad-records"]
    assert run("--job", "job.py", "--input", "bad", *options) == 0
    assert pairs() == [["good", 1]]
    assert "skipped: job.py:4: map failed on the record at byte 5" in capsys.readouterr().err


def test_output_that_is_no_json_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "sets").write_text("a set\n")
    assert run("--job", "job.py", "--input", "sets", "--output", "out.jsonl") == 1
    assert "the output of key 'set' cannot be written as JSON" in capsys.readouterr().err
    assert not Path("out.jsonl").exists()


def test_an_output_that_exists_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    Path("out.jsonl").write_text("mine\n")
    arguments = ["--job", "wordcount", "--input", "text", "--output", "out.jsonl"]
    assert run(*arguments) == 2
    assert "--force would replace it" in capsys.readouterr().err
    assert Path("out.jsonl").read_text() == "mine\n"
    assert run(*arguments, "--force") == 0
    assert pairs() == EXPECTED


def test_parameters_reach_the_job() -> None:
    Path("points").write_text("0\n1\n10\n11\n")
    options = ["--parameter", "k=2", "--output", "out.jsonl"]
    assert run("--job", "kmeans", "--input", "points", *options) == 0
    assert sorted(pair[1]["centre"][0] for pair in pairs()) == [0.5, 10.5]


def test_text_is_read_in_its_encoding() -> None:
    Path("latin").write_bytes("für".encode("latin-1"))
    options = ["--encoding", "latin-1", "--output", "out.jsonl"]
    assert run("--job", "wordcount", "--input", "latin", *options) == 0
    assert pairs() == [["für", 1]]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--job", "wordcout"], "did you mean 'wordcount'"),
        (["--job", "none.py"], "job none.py: no such file"),
        (["--job", "wordcount", "--input", "nothing"], "input nothing: no such file"),
        (["--job", "wordcount", "--input", "."], "input .: is a folder"),
        (["--job", "wordcount", "--fail", "node-1"], "expected NODE@TIME"),
        (["--job", "wordcount", "--fail", "node-9@1"], "unknown node 'node-9'"),
        (["--job", "wordcount", "--fail", "node-1@soon"], "expected NODE@TIME"),
        (["--job", "wordcount", "--encoding", "utf-16"], "do not end with the byte 0x0A"),
        (["--job", "wordcount", "--parameter", "k"], "expected NAME=VALUE"),
        (["--job", "wordcount", "--parameter", "k=1"], "unknown parameter of job wordcount 'k'"),
        (["--job", "wordcount", "--block-size", "0"], "must be 1 byte or more"),
        (["--job", "wordcount", "--time-limit", "0s"], "must be above 0"),
        (["--job", "wordcount", "--nodes", "0"], "--nodes"),
        (["--job", "wordcount", "--engine", "magic"], "--engine"),
    ],
)
def test_what_cannot_be_understood_is_exit_2(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--input", "text", "--output", "out.jsonl", *arguments) == 2
    assert told in capsys.readouterr().err
    assert not Path("out.jsonl").exists()
