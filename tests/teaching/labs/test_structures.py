"""The labs on data structures, as a student types them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aio_sim.cli import main
from aio_sim.storage.structures.catalogue import CATALOGUE
from aio_sim.teaching.labs.pages.plot import plot

Captured = pytest.CaptureFixture[str]
ONE = "structures --structure avl_tree --operation lookup"
DISK = "choose --mix lookup=5,insert=5 --medium disk"


def lab(arguments: str, capsys: Captured, code: int = 0) -> tuple[str, str]:
    assert main(["lab", *arguments.split()]) == code
    out, err = capsys.readouterr()
    return out, err


def answer(arguments: str, capsys: Captured) -> dict[str, Any]:
    out, err = lab(f"{arguments} --json", capsys)
    assert err == ""
    found: dict[str, Any] = json.loads(out)
    return found


def test_structures_has_the_documented_fields(capsys: Captured) -> None:
    found = answer(ONE, capsys)
    assert list(found) == ["results"]
    assert [each["case"] for each in found["results"]] == ["best", "average", "worst"]
    first = found["results"][0]
    assert first.pop("bytes_per_item") > 0
    assert first == {
        "structure": "avl_tree",
        "operation": "lookup",
        "case": "best",
        "fitted": "1",
        "expected": "1",
        "counts": [[32, 2], [64, 2], [128, 2], [256, 2], [512, 2]],
    }


def test_without_a_choice_all_is_measured(capsys: Captured) -> None:
    results = answer("structures", capsys)["results"]
    assert len(results) == len(CATALOGUE) * 6 * 3
    assert all(each["fitted"] == each["expected"] for each in results)


@pytest.mark.parametrize("arguments", [ONE, DISK, "structures --structure list,dict"])
def test_every_line_fits_80_columns(arguments: str, capsys: Captured) -> None:
    out, err = lab(arguments, capsys)
    explained, _err = lab(f"{arguments} --explain", capsys)
    assert err == ""
    assert explained.startswith(out)
    assert len(explained) > len(out)
    assert max(map(len, explained.splitlines())) <= 80


def test_the_moves_that_are_derived_are_named(capsys: Captured) -> None:
    out, _err = lab("structures --structure list,avl_tree --operation scan", capsys)
    assert "Moves derived from the layout of Python's own: list\n" in out


def test_a_drawn_mix_is_a_question_first(capsys: Captured) -> None:
    out, _err = lab("choose --medium disk --seed 3", capsys)
    assert out.endswith("?\nThe same command with --explain shows the answer.\n")
    explained, _err = lab("choose --medium disk --seed 3 --explain", capsys)
    assert "costs least" in explained
    assert answer("choose --medium disk --seed 3", capsys)["problem"]["medium"] == "disk"


def test_choose_has_the_documented_fields(capsys: Captured) -> None:
    found = answer(DISK, capsys)
    assert list(found) == ["structure", "evidence"]
    assert found["structure"] == found["evidence"][0]["structure"] == "lsm_tree"
    assert list(found["evidence"][0]) == ["structure", "cost", "operations", "bytes_per_item"]
    assert found["evidence"][1]["operations"]["lookup"]["fitted"] == "log n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("structures --structure avltree", "did you mean 'avl_tree'"),
        ("structures --operation look", "did you mean 'lookup'"),
        ("choose --mix lookup", "expected NAME=WEIGHT"),
        ("choose --mix lookup=1,lookup=2", "given twice"),
        ("choose --mix lockup=1", "did you mean 'lookup'"),
        ("choose --mix lookup=0", "weights of 0 or more"),
        ("choose --mix lookup=1 --case avarage", "did you mean 'average'"),
        ("choose --mix lookup=1 --medium disc", "did you mean 'disk'"),
    ],
)
def test_what_cannot_be_understood_is_said(arguments: str, message: str, capsys: Captured) -> None:
    out, err = lab(arguments, capsys, code=2)
    assert out == ""
    assert message in err


def test_a_plot_puts_powers_on_a_line_and_the_largest_on_top() -> None:
    sizes = (1, 10, 100)
    lines = list(plot({"n": [(n, float(n)) for n in sizes], "1": [(n, 1.0) for n in sizes]}))
    marks = [(row, line.index("a")) for row, line in enumerate(lines[:16]) if "a" in line]
    assert marks[0][0] == 0
    assert [round(row) for row, _column in marks[:2]] == [0, 7]
    assert lines[0].lstrip().startswith("100")
    assert lines[-1] == "a n   b 1"
    assert max(map(len, lines)) <= 80
