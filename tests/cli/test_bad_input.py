"""What a user may get wrong: a clear error that names the place, exit 2, no traceback, no hang."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from aio_sim.cli import main

Captured = pytest.CaptureFixture[str]

GOOD = """name: good
hosts: [{name: h1}]
scheduler: {policy: rr, quantum: 1}
workload:
  - kind: list
    tasks: [{id: A, work: 3}, {id: B, arrival: 1, work: 2}]
"""


def refused(path: Path, capsys: Captured, *arguments: str) -> str:
    """Return what is said of a scenario that must be refused by `check` or `run` alike."""
    assert main(["run", str(path), *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert "sorry" not in err
    return err


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("quantum: 1", "quantum: 0", 3, "scheduler.quantum"),
        ("quantum: 1", "quantum: -1", 3, "scheduler.quantum"),
        ("quantum: 1", "quantum: 5 parsecs", 3, "scheduler.quantum"),
        ("quantum: 1", "quantum: .nan", 3, "scheduler.quantum"),
        ("quantum: 1", "quantm: 1", 3, "'quantum'"),
        ("policy: rr", "policy: rrr", 3, "'rr'"),
        ("arrival: 1", "arrival: -1", 6, "arrival"),
        ("arrival: 1", "arrival: .inf", 6, "arrival"),
        ("work: 2", "work: .nan", 6, "work"),
        ("work: 2", "work: 0", 6, "work"),
        ("work: 2", "work: yes", 6, "work"),
        ("{name: h1}", "{name: h1, cores: 0}", 2, "cores"),
        ("{name: h1}", "{name: h1, cores: 1.5}", 2, "cores"),
        ("{name: h1}", "{name: h1}, {name: h1}", 2, "h1"),
        ("{name: h1}", "", 2, "hosts"),
        ("id: B", "id: A", 6, "'A'"),
        ("name: good", "name: good\nname: again", 2, "name"),
        ("kind: list", "kind: lists", 5, "'list'"),
        ("workload:", "workloads:", 4, "'workload'"),
        ("[{name: h1}]", "[{name: h1}", 3, ""),
        ("name: good", "name: !!python/object:os.system x", 1, ""),
        ("name: good", "- a\n- b", 3, ""),
    ],
)
def test_a_mistake_in_a_scenario_is_told_with_its_place(
    old: str, new: str, line: int, told: str, tmp_path: Path, capsys: Captured
) -> None:
    path = tmp_path / "bad.yaml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    err = refused(path, capsys)
    assert told in err
    assert f"bad.yaml:{line}" in err


def test_all_mistakes_come_at_once(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "bad.yaml"
    bad = GOOD.replace("quantum: 1", "quantum: 0").replace("work: 2", "work: -2")
    path.write_text(bad.replace("{name: h1}", "{name: h1, cores: 0}"), encoding="utf-8")
    assert len(refused(path, capsys).splitlines()) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\1\2\3" * 100,
        b"\xff\xfe\x00 not text",
        b"- " * 5_000,
        b"[" * 100_000,
        b"a: &a [x, x]\n" + b"".join(b"b%d: &b%d [*a, *a, *a]\n" % (i, i) for i in range(30)),
        b"a: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(
            b"a%d: &a%d [%s]\n" % (i, i, b",".join([b"*a%d" % (i - 1) if i else b"*a"] * 9))
            for i in range(12)
        ),
    ],
    ids=["empty", "binary", "not UTF-8", "nested", "deep", "anchors", "billion laughs"],
)
def test_a_file_that_is_no_scenario_is_refused(
    content: bytes, tmp_path: Path, capsys: Captured
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    assert "bad.yaml" in refused(path, capsys)


def test_a_huge_file_is_refused_unread(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "huge.yaml"
    with open(path, "wb") as file:
        file.truncate(100_000_000)
    assert "huge.yaml" in refused(path, capsys)


def test_a_folder_is_no_scenario(tmp_path: Path, capsys: Captured) -> None:
    assert "folder" in refused(tmp_path, capsys)


SWF = """; MaxProcs: 4
1 0 -1 10 2 -1 -1 2 10 -1 1 1 1 -1 -1 -1 -1 -1
2 5 -1 10 2 -1 -1 2 10 -1 1 1 1 -1 -1 -1 -1 -1
"""

REPLAY = """name: replay
hosts: [{name: cluster, cores: 4}]
workload:
  - {kind: trace, format: swf, path: log.swf}
"""


def log(folder: Path, content: bytes, name: str = "log.swf") -> Path:
    """Return a scenario that replays a log of that content."""
    (folder / name).write_bytes(content)
    path = folder / "replay.yaml"
    path.write_text(REPLAY.replace("log.swf", name), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "log.swf"),
        (b"; only a comment\n", "log.swf"),
        (SWF.replace("2 5 -1 10", "2 five -1 10").encode(), "log.swf:3"),
        (SWF.replace("2 5 -1 10 2", "2 5").encode(), "log.swf:3"),
        (b"\0\1\2\3" * 1_000, "log.swf"),
        (SWF.encode() + b"\xff\xfe\xfd\n", "log.swf:4"),
    ],
    ids=["empty", "comments", "text for a number", "short row", "binary", "not UTF-8"],
)
def test_a_damaged_log_is_told_with_its_line(
    content: bytes, told: str, tmp_path: Path, capsys: Captured
) -> None:
    assert told in refused(log(tmp_path, content), capsys)


@pytest.mark.parametrize("kept", [0, 5, 40])
def test_a_truncated_gz_log_is_told(kept: int, tmp_path: Path, capsys: Captured) -> None:
    whole = gzip.compress(SWF.encode() * 50)
    assert "log.swf.gz" in refused(log(tmp_path, whole[:kept], "log.swf.gz"), capsys)


def test_a_missing_log_is_told_with_the_scenarios_line(tmp_path: Path, capsys: Captured) -> None:
    path = log(tmp_path, b"")
    (tmp_path / "log.swf").unlink()
    err = refused(path, capsys)
    assert "replay.yaml:4" in err
    assert "log.swf" in err


def test_a_job_larger_than_the_machine_is_rejected_with_its_reason(
    tmp_path: Path, capsys: Captured
) -> None:
    path = log(tmp_path, SWF.replace("10 2 -1 -1 2", "10 9 -1 -1 9", 1).encode())
    assert main(["run", str(path), "--json"]) == 0
    metrics = json.loads(capsys.readouterr().out)["metrics"]
    reasons = [name for name in metrics if name.startswith("tasks.rejected.")]
    assert metrics["tasks.rejected"] == 1
    assert len(reasons) == 1
