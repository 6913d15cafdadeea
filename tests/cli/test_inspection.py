from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.cells import cell_len

from aio_sim.cli import main
from aio_sim.scenario import shipped

Captured = pytest.CaptureFixture[str]


def test_list_names_every_scenario_with_what_it_shows(capsys: Captured) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == sorted(shipped())
    assert all(len(line.split()) > 3 for line in lines)


def test_schema_is_a_json_schema(capsys: Captured) -> None:
    assert main(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert set(schema["required"]) == {"name", "hosts"}


def test_check_says_which_files_are_correct_and_all_that_is_wrong_with_others(
    tmp_path: Path, capsys: Captured
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("name: wrong\nhosts: [{name: h1, cores: 0}]\nworkloads: []\n")
    assert main(["check", "silberschatz-rr", str(wrong), "nowhere.yaml"]) == 2
    out, err = capsys.readouterr()
    assert out == "silberschatz-rr: correct\n"
    assert f"{wrong}:2:" in err
    assert "did you mean 'workload'" in err
    assert "nowhere.yaml" in err


def test_check_of_correct_files_is_done(capsys: Captured) -> None:
    assert main(["check", *shipped()]) == 0
    assert capsys.readouterr().err == ""


def test_topics_as_json_have_the_documented_fields(capsys: Captured) -> None:
    assert main(["topics", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["topics"]
    fields = ["id", "title", "module", "scenario", "lab", "exercise", "test", "page"]
    assert all(list(topic) == fields for topic in found)
    assert {topic["id"]: topic["title"] for topic in found}["C9"] == (
        "Process scheduling by round robin"
    )


def test_topics_speak_chinese_and_mark_what_is_not_there_yet(capsys: Captured) -> None:
    assert main(["topics", "--lang", "zh"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("轮询调度策略" in line and "aio_sim." in line for line in lines)
    assert any(line.endswith("尚未实现") for line in lines)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_topics_fit_the_terminal(
    language: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["topics", "--lang", language]) == 0
    out = capsys.readouterr().out
    assert max(map(cell_len, out.splitlines())) <= 80
    assert ("not there yet" in out) is (language == "en")


def test_an_unknown_language_is_an_error(capsys: Captured) -> None:
    assert main(["topics", "--lang", "fr"]) == 2
    assert "en, zh" in capsys.readouterr().err
