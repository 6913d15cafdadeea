"""What a newcomer does first: the README's two commands, and a wheel in a new environment."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.slow


def clean(environment: dict[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which no other Python installation shows through."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "PYTEST_ADDOPTS"}
        and not name.startswith("PYTEST_XDIST")
    }
    return kept | (environment or {})


def call(*command: str | Path, folder: Path) -> str:
    """Run a command and return its stdout; a failure shows all it said."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=clean(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree as a download has it, with no leftovers of this one."""
    copy = tmp_path_factory.mktemp("download") / "aio-sim"
    shutil.copytree(
        ROOT,
        copy,
        ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "site"),
    )
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from that copy."""
    folder = tmp_path_factory.mktemp("wheel")
    call(
        sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, source, folder=folder
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The programs of a new environment in which nothing but the wheel was installed."""
    folder = tmp_path_factory.mktemp("environment")
    call(sys.executable, "-m", "venv", folder / "venv", folder=folder)
    call(folder / "venv/bin/pip", "install", "-q", wheel, folder=folder)
    yield folder / "venv/bin"
    shutil.rmtree(folder)


def test_a_wheel_holds_the_scenarios_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    shipped = {path.relative_to(ROOT).as_posix() for path in (ROOT / "scenarios").rglob("*.*")}
    assert {f"aio_sim/{name}" for name in shipped} <= set(names)
    assert "aio_sim/teaching/topics.yaml" in names
    assert not [name for name in names if name.startswith(("tests/", "docs/"))]


def test_every_shipped_scenario_is_correct_once_installed(installed: Path, tmp_path: Path) -> None:
    names = [
        line.split()[0]
        for line in call(installed / "aio-sim", "list", folder=tmp_path).splitlines()
    ]
    assert sorted(names) == sorted(path.stem for path in (ROOT / "scenarios").glob("*.yaml"))
    call(installed / "aio-sim", "check", *names, folder=tmp_path)


@pytest.mark.parametrize("name", ["silberschatz-rr", "replay"])
def test_a_shipped_scenario_runs_by_name_outside_the_checkout(
    installed: Path, tmp_path: Path, name: str
) -> None:
    result = json.loads(call(installed / "aio-sim", "run", name, "--json", folder=tmp_path))
    assert result["schema"] == "aio-sim/run/v1"
    assert result["metrics"]["tasks.completed"] > 0


def readme_commands() -> list[str]:
    """Return the README's two commands for a fresh machine."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^python3 -m venv .*$", text, re.MULTILINE)


def test_the_readme_has_one_command_to_run_and_one_to_test() -> None:
    run, test = readme_commands()
    assert ".venv/bin/aio-sim run" in run
    assert test.endswith(".venv/bin/pytest")


def test_the_first_command_of_the_readme_works_on_a_fresh_machine(source: Path) -> None:
    command = readme_commands()[0]
    assert "makespan" in call("bash", "-c", command, folder=source).lower()
