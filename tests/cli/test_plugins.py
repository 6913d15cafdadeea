from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import aio_sim.scheduling.policies  # noqa: F401  so that `fcfs` is taken
from aio_sim.cli.plugins import load_plugins
from aio_sim.kernel.errors import PluginError
from aio_sim.scheduling.policy import SCHEDULING_POLICIES

POLICY = """
from aio_sim import SchedulingPolicy, scheduling_policy

@scheduling_policy("{name}")
class Newest(SchedulingPolicy):
    def key(self, process, moment):
        return -process.arrival
"""


@pytest.fixture(autouse=True)
def _registry_as_before() -> Iterator[None]:
    before = dict(SCHEDULING_POLICIES._classes)
    yield
    SCHEDULING_POLICIES._classes.clear()
    SCHEDULING_POLICIES._classes.update(before)


def write(folder: Path, text: str, name: str = "newest.py") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_plugin_adds_a_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load_plugins([write(tmp_path, POLICY.format(name="newest"))])
    assert "newest" in SCHEDULING_POLICIES
    assert capsys.readouterr().err == ""


def test_a_plugin_that_registers_nothing_is_warned_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load_plugins([write(tmp_path, "x = 1\n")])
    assert "registers nothing" in capsys.readouterr().err


def test_what_a_plugin_prints_does_not_mix_with_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load_plugins([write(tmp_path, "print('hello')\n" + POLICY.format(name="chatty"))])
    out, err = capsys.readouterr()
    assert out == ""
    assert "hello" in err


def test_plugins_of_one_file_name_in_two_folders_are_both_there(tmp_path: Path) -> None:
    files = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        files.append(write(tmp_path / name, POLICY.format(name=name), "p.py"))
    load_plugins(files)
    one, other = SCHEDULING_POLICIES["one"], SCHEDULING_POLICIES["other"]
    assert one.__module__ != other.__module__
    assert vars(sys.modules[one.__module__])["Newest"] is one
    assert vars(sys.modules[other.__module__])["Newest"] is other


def test_a_name_that_two_files_register_is_an_error_and_not_the_later_one(tmp_path: Path) -> None:
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, POLICY.format(name="twice"), "p.py")
    load_plugins([str(tmp_path / "one" / "p.py")])
    with pytest.raises(PluginError, match=r"p\.py: there is already a .* named 'twice'") as caught:
        load_plugins([str(tmp_path / "other" / "p.py")])
    assert caught.value.exit_code == 2


def test_a_file_may_be_given_twice_however_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, POLICY.format(name="again"))
    monkeypatch.chdir(tmp_path)
    load_plugins([file, Path(file).name])
    assert "again" in SCHEDULING_POLICIES


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("broken.py", "x = 1\ndef f(:\n", r"broken\.py:2:\d+: plug-in has a syntax error"),
        (
            "raising.py",
            "x = 1\nx / 0\n",
            r"raising\.py:2: plug-in raised ZeroDivisionError: .*\n    x / 0$",
        ),
        ("absent.py", "import no_such_module_anywhere\n", r"absent\.py:1: .*ModuleNotFoundError"),
        ("leaving.py", "raise SystemExit(3)\n", r"leaving\.py:1: .*SystemExit: 3"),
        ("binary.py", "\0\0", r"binary\.py"),
        ("policy.txt", "x = 1\n", r"expected a Python file"),
        ("taken.py", POLICY.format(name="fcfs"), r"already a scheduling policy named 'fcfs'"),
        (
            "other.py",
            "from aio_sim import scheduling_policy\nscheduling_policy('x')(int)\n",
            r"other\.py.*derived from SchedulingPolicy",
        ),
    ],
)
def test_a_bad_plugin_is_told_by_file_and_line(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    with pytest.raises(PluginError, match=told):
        load_plugins([write(tmp_path, text, name)])


def test_a_missing_plugin_is_named(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"nowhere\.py: no such file"):
        load_plugins([str(tmp_path / "nowhere.py")])


def test_a_folder_is_not_a_plugin(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(PluginError, match=r"folder\.py: is a folder"):
        load_plugins([str(tmp_path / "folder.py")])


def test_a_plugin_that_is_named_twice_is_imported_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    file = write(tmp_path, POLICY.format(name="newest"))
    load_plugins([file, "newest.py", "./newest.py"])
    assert "newest" in SCHEDULING_POLICIES
    assert capsys.readouterr().err == ""
