"""Where scenarios are found: by the name of a shipped one, or by path."""

from __future__ import annotations

from pathlib import Path

import pytest

from aio_sim.kernel.errors import ScenarioError, UnknownName
from aio_sim.scenario import find_scenario, shipped
from tests.scenario.examples import TEXTBOOK

SHIPPED = Path(__file__).parents[2] / "scenarios"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_file_of_the_folder_is_shipped_by_its_name() -> None:
    assert shipped() == sorted(path.stem for path in SHIPPED.glob("*.yaml"))
    for name in shipped():
        assert find_scenario(name).samefile(SHIPPED / f"{name}.yaml")


def test_a_path_is_itself(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(TEXTBOOK)
    (tmp_path / "no-suffix").write_text(TEXTBOOK)
    for reference in ("mine.yaml", "./mine.yaml", tmp_path / "mine.yaml", "no-suffix"):
        assert find_scenario(reference).samefile(reference)


def test_a_bare_word_is_a_shipped_name_first(tmp_path: Path) -> None:
    name = shipped()[0]
    (tmp_path / name).mkdir()
    assert find_scenario(name).samefile(SHIPPED / f"{name}.yaml")


def test_a_path_with_a_slash_is_never_a_shipped_name() -> None:
    with pytest.raises(ScenarioError, match="no such file"):
        find_scenario(f"./{shipped()[0]}")


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"did you mean 'silberschatz-rr'\?"):
        find_scenario("silberschatz-r")


def test_a_misspelt_file_is_answered_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(TEXTBOOK)
    with pytest.raises(ScenarioError, match=r"mien\.yaml: no such file; did you mean 'mine\.yaml'"):
        find_scenario("mien.yaml")
    with pytest.raises(UnknownName, match=r"did you mean 'mine\.yaml'\?"):
        find_scenario("mine")


def test_a_folder_is_no_scenario(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").mkdir()
    with pytest.raises(ScenarioError, match="this is a folder; expected a YAML file"):
        find_scenario("mine.yaml")
