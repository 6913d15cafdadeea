"""What every command shares: exit codes, sentences on stderr, nothing else on stdout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aio_sim.cli import main
from aio_sim.kernel.errors import AioSimError, InputError, Problem, ScenarioError

Captured = pytest.CaptureFixture[str]


def failing(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def invoke(_arguments: list[str]) -> int:
        raise error

    monkeypatch.setattr("aio_sim.cli.app.invoke", invoke)


def test_a_package_that_is_missing_is_named_and_no_fault_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    failing(ModuleNotFoundError("No module named 'yaml.nodes'", name="yaml.nodes"), monkeypatch)
    assert main(["list"]) == 1
    err = capsys.readouterr().err
    assert "needs the Python package 'yaml', which is not installed" in err
    assert "fault" not in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["lab", "choose", "--items", "0"], "'--items': must be at least 1, got '0'"),
        (["lab", "choose", "--items", "x"], "'--items': must be a whole number, got 'x'"),
        (
            ["mapreduce", "--job", "j", "--input", "f", "--engine", "dusk"],
            "'--engine': 'dusk' is not one of 'simulated', 'local', 'dask'\n",
        ),
    ],
)
def test_a_value_that_an_option_does_not_take_is_told_in_plain_words(
    arguments: list[str], told: str, capsys: Captured
) -> None:
    assert main(arguments) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AioSimError("found fault"), 1),
        (InputError("not understood"), 2),
        (KeyboardInterrupt(), 130),
        (RuntimeError("a bug"), 1),
        (RecursionError(), 1),
    ],
)
def test_each_kind_of_failure_has_its_exit_code_and_no_traceback(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    failing(error, monkeypatch)
    assert main(["list"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert str(error) in err
    assert "Traceback" not in err


def test_every_problem_of_a_scenario_has_a_line_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    problems = [Problem("too small", "a.yaml", 3, 5, "hosts.0.cores"), Problem("odd", "a.yaml", 9)]
    failing(ScenarioError(problems), monkeypatch)
    assert main(["list"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: a.yaml:3:5: hosts.0.cores: too small",
        "error: a.yaml:9: odd",
    ]


def test_a_fault_of_our_own_says_how_to_report_it_and_shows_more_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    failing(RuntimeError("a bug"), monkeypatch)
    main(["list"])
    assert "AIO_SIM_DEBUG=1" in capsys.readouterr().err
    monkeypatch.setenv("AIO_SIM_DEBUG", "1")
    main(["list"])
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["rnu"], "'run'"),
        (["run", "x", "--sede", "3"], "--seed"),
        (["run", "x", "--seed", "three"], "--seed"),
        (["run", "x", "--seed", "-1"], "--seed"),
        (["run"], "SCENARIO"),
        (["check"], "FILE"),
    ],
)
def test_a_command_that_cannot_be_understood_exits_with_2_and_the_nearest_name(
    arguments: list[str], told: str, capsys: Captured
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert told in err
    assert "--help" in err


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["run", "--help"]])
def test_help_is_a_result(arguments: list[str], capsys: Captured) -> None:
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert "Usage: aio-sim" in out
    assert err == ""


def test_the_version_is_printed(capsys: Captured) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("aio-sim 0.")


def program(*arguments: str, script: str = "") -> list[str]:
    code = script or "import sys; from aio_sim.cli import main; sys.exit(main())"
    return [sys.executable, "-c", code, *arguments]


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from aio_sim.cli import main; main(['--help']); "
        "print(*{'numpy', 'rich', 'pydantic', 'simpy', 'yaml'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(program(script=code), capture_output=True, text=True, check=True)
    assert done.stderr.split() == []


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    errors = tmp_path / "stderr"
    with open(errors, "wb") as stderr:
        writer = subprocess.Popen(program("schema"), stdout=subprocess.PIPE, stderr=stderr)
        assert writer.stdout is not None
        writer.stdout.close()
        writer.wait(timeout=60)
    assert errors.read_text() == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
@pytest.mark.parametrize("command", [["list"], ["schema"], ["run", "silberschatz-rr"]])
def test_output_that_cannot_be_written_is_said_to_be(command: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            program(*command), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "error: the output could not be written (No space left on device)\n"


def test_the_exit_code_is_never_that_of_a_policy(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    failing(SystemExit(42), monkeypatch)
    assert main(["list"]) == 1
    assert "sys.exit(42)" in capsys.readouterr().err


@pytest.mark.parametrize("method", ["key", "__init_subclass__"])
def test_what_a_policy_exits_with_is_an_error_of_the_policy(tmp_path: Path, method: str) -> None:
    (tmp_path / "leaving.py").write_text(
        "import sys\nfrom aio_sim import SchedulingPolicy, scheduling_policy\n"
        f"class Base(SchedulingPolicy):\n    def {method}(self, *a, **b): sys.exit(42)\n"
        "@scheduling_policy('leaving')\nclass Leaving(Base): pass\n"
    )
    policy = ["--plugin", "leaving.py", "--set", "scheduler.policy=leaving"]
    done = subprocess.run(
        program("run", "silberschatz-fcfs", *policy),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (1, 2)
    assert "SystemExit: 42" in done.stderr


def test_a_narrow_encoding_costs_characters_and_not_the_run() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        program("topics", "--lang", "zh"), env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0
    assert b"?" in done.stdout
