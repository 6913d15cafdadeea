from __future__ import annotations

from pathlib import Path

import pytest

from aio_sim.cli.output import new_directory
from aio_sim.kernel.errors import InputError


def test_the_directory_appears_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "result"
    with new_directory(target) as folder:
        (folder / "a.txt").write_text("a")
        assert not target.exists()
    assert (target / "a.txt").read_text() == "a"
    assert list(target.parent.iterdir()) == [target]


def test_nothing_is_left_of_a_run_that_failed(tmp_path: Path) -> None:
    def fill() -> None:
        with new_directory(tmp_path / "result") as folder:
            (folder / "a.txt").write_text("a")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_an_empty_directory_may_be_there_already(tmp_path: Path) -> None:
    target = tmp_path / "result"
    target.mkdir()
    with new_directory(target) as folder:
        (folder / "a.txt").write_text("a")
    assert (target / "a.txt").exists()


def test_a_directory_with_files_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"), new_directory(tmp_path):
        raise AssertionError("never entered")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    target = tmp_path / "result"
    target.write_text("mine")
    with pytest.raises(InputError, match=r"result: is a file"), new_directory(target):
        raise AssertionError("never entered")


def test_a_parent_that_is_a_file_is_an_error_and_not_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"), new_directory(tmp_path / "file/out"):
        raise AssertionError("never entered")
