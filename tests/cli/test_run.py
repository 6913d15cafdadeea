from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aio_sim import Scenario
from aio_sim.cli import main
from aio_sim.kernel.trace import Trace

Captured = pytest.CaptureFixture[str]

TEXTBOOK = """
name: textbook
hosts: [{name: h1, cores: 1, memory: 1GiB}]
scheduler: {policy: rr, quantum: 4}
workload:
  - kind: list
    tasks:
      - {id: P1, arrival: 0, work: 24}
      - {id: P2, arrival: 0, work: 3, priority: 1}
      - {id: P3, arrival: 0, work: 3, memory: 2GiB}
"""

NEWEST_FIRST = """
from aio_sim import SchedulingPolicy, scheduling_policy

@scheduling_policy("newest")
class Newest(SchedulingPolicy):
    def key(self, process, moment):
        {body}
"""


@pytest.fixture
def textbook(tmp_path: Path) -> str:
    path = tmp_path / "textbook.yaml"
    path.write_text(TEXTBOOK, encoding="utf-8")
    return str(path)


def aio_sim(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, as plug-ins need it."""
    program = "import sys; from aio_sim.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_json_is_one_object_with_the_documented_fields(textbook: str, capsys: Captured) -> None:
    assert main(["run", textbook, "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    result = json.loads(out)
    assert list(result) == ["schema", "scenario", "seed", "ended_at", "metrics", "tasks"]
    assert result["schema"] == "aio-sim/run/v1"
    assert result["scenario"] == "textbook"
    assert result["ended_at"] == 27


def test_a_task_larger_than_the_machine_is_rejected_and_the_run_is_done(
    textbook: str, capsys: Captured
) -> None:
    assert main(["run", textbook, "--json"]) == 0
    metrics = json.loads(capsys.readouterr().out)["metrics"]
    assert metrics["tasks.rejected"] == 1
    assert metrics["tasks.completed"] == 2


def test_a_seed_is_that_of_the_run(capsys: Captured) -> None:
    results = []
    for seed in ("1", "2", "1"):
        main(["run", "multicore", "--seed", seed, "--set", "workload.0.count=50", "--json"])
        results.append(json.loads(capsys.readouterr().out))
    assert results[0] == results[2] != results[1]
    assert [result["seed"] for result in results] == [1, 2, 1]


def test_settings_are_checked_as_the_file_is(textbook: str, capsys: Captured) -> None:
    assert main(["run", textbook, "--set", "scheduler.quantum=0", "--set", "hosts.0.core=2"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "scheduler.quantum" in err
    assert "'cores'" in err


def test_the_summary_is_plain_where_there_is_no_terminal(textbook: str, capsys: Captured) -> None:
    assert main(["run", textbook]) == 0
    out, err = capsys.readouterr()
    assert "\x1b" not in out
    assert err == ""
    assert "P1" in out
    assert "1 rejected" in out


def test_the_command_is_named_after_what_it_prints_when_explaining(capsys: Captured) -> None:
    arguments = ["run", "stallings-five", "--set", "scheduler.policy=srtf", "--explain"]
    assert main(arguments) == 0
    assert "srtf takes C (4 s left) before B (5 s left)" in capsys.readouterr().out


def test_sentences_do_not_get_into_json(textbook: str, capsys: Captured) -> None:
    assert main(["run", textbook, "--explain", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)
    assert "P1 arrives" in err


def test_an_audited_run_says_so_on_stderr(textbook: str, capsys: Captured) -> None:
    assert main(["run", textbook, "--audit", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)
    assert "audit" in err


def test_out_holds_all_that_is_needed_to_make_the_run_again(
    textbook: str, tmp_path: Path, capsys: Captured
) -> None:
    out = tmp_path / "result"
    settings = ["--set", "scheduler.quantum=2", "--seed", "5"]
    assert main(["run", textbook, *settings, "--out", str(out), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert sorted(path.name for path in out.iterdir()) == [
        *("result.json", "scenario.yaml", "tasks.csv", "trace.npz", "trace.perfetto.json")
    ]
    assert json.loads((out / "result.json").read_text()) == printed
    again = Scenario.load(out / "scenario.yaml")
    assert again.seed == 5
    assert again.to_data()["scheduler"]["quantum"] == 2
    assert Trace.load(out / "trace.npz").meta["seed"] == 5
    assert json.loads((out / "trace.perfetto.json").read_text())["traceEvents"]
    with open(out / "tasks.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ["P1", "P2", "P3"]
    main(["run", str(out / "scenario.yaml"), "--json"])
    assert json.loads(capsys.readouterr().out) == printed


def test_a_directory_in_the_way_is_known_before_the_run(
    textbook: str, tmp_path: Path, capsys: Captured
) -> None:
    assert main(["run", textbook, "--out", str(tmp_path)]) == 2
    assert "not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("silberschatz-r", "silberschatz-rr"),
        ("nowhere/textbook.yaml", "no such file"),
        ("", "scenario"),
    ],
)
def test_an_unknown_scenario_is_answered_with_the_nearest(
    name: str, told: str, capsys: Captured
) -> None:
    assert main(["run", name]) == 2
    assert told in capsys.readouterr().err


LOG = "when,seconds\n0,10\n2,four\n3,1\n"

REPLAY = """
name: jobs
hosts: [{name: h1}]
workload:
  - {kind: trace, format: csv, path: jobs.csv, columns: {arrival: when, work: seconds}}
"""


def test_a_bad_row_of_a_log_stops_the_run_or_is_counted(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "jobs.csv").write_text(LOG)
    scenario = tmp_path / "jobs.yaml"
    scenario.write_text(REPLAY)
    assert main(["run", str(scenario), "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "jobs.csv:3" in err
    assert main(["run", str(scenario), "--json", "--on-error", "skip"]) == 0
    metrics = json.loads(capsys.readouterr().out)["metrics"]
    assert metrics["workload.skipped"] == 1
    assert metrics["tasks.completed"] == 2


def test_a_folder_is_not_a_log_and_said_to_be_one(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "jobs.csv").mkdir()
    scenario = tmp_path / "jobs.yaml"
    scenario.write_text(REPLAY)
    assert main(["check", str(scenario)]) == 2
    err = capsys.readouterr().err
    assert "workload[0].path: is a folder; expected a file" in err
    assert "no such file" not in err


def test_a_plugin_is_there_for_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "newest.py").write_text(NEWEST_FIRST.format(body="return -process.number"))
    done = aio_sim(
        *("run", "silberschatz-fcfs", "--json", "--plugin", "newest.py"),
        *("--set", "scheduler.policy=newest"),
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    finish = {task["id"]: task["finish"] for task in json.loads(done.stdout)["tasks"]}
    assert finish == {"P3": 3, "P2": 6, "P1": 30}


def test_a_policy_that_raises_is_an_error_and_not_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "newest.py").write_text(NEWEST_FIRST.format(body="return 1 / 0"))
    done = aio_sim(
        *("run", "silberschatz-fcfs", "--plugin", "newest.py", "--set", "scheduler.policy=newest"),
        folder=tmp_path,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr
    assert "sorry" not in done.stderr


def test_what_a_policy_prints_is_no_result(tmp_path: Path) -> None:
    body = "print('asked'); return process.number"
    (tmp_path / "newest.py").write_text(NEWEST_FIRST.format(body=body))
    done = aio_sim(
        *("run", "silberschatz-fcfs", "--json", "--plugin", "newest.py"),
        *("--set", "scheduler.policy=newest"),
        folder=tmp_path,
    )
    assert json.loads(done.stdout)
    assert "asked" in done.stderr


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    program = "import sys; from aio_sim.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "run", "multicore", "--set", "workload.0.count=300"]
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        subprocess.run([*command, "--out", seed], cwd=tmp_path, env=environment, check=True)
    for name in ("result.json", "tasks.csv", "trace.npz", "trace.perfetto.json", "scenario.yaml"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
