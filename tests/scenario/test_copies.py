"""Copies of images in a scenario: what is understood, and what is refused, at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from aio_sim.kernel.errors import ScenarioError
from aio_sim.scenario import Scenario

HOSTS = (
    "[{name: a, network: {bandwidth: 1Gbps}}, {name: b, network: {bandwidth: 1Gbps}}, {name: c}]"
)


def scenario(copy: str) -> str:
    work = "workload: [{kind: batch, count: 1, work: 1}]"
    return f"name: copies\nhosts: {HOSTS}\n{work}\ncopies: [{copy}]\n"


def test_a_copy_is_understood_and_written_as_it_was_given() -> None:
    text = "{at: 5s, size: 10GiB, stored: 2GiB, from: a, to: b, compression: lz77, ratio: 2.5}"
    made = Scenario.from_text(scenario(text))
    (copy,) = made.copies
    assert (copy.at, copy.size, copy.source, copy.destination) == (5 * 10**9, 10 << 30, "a", "b")
    assert Scenario.from_text(made.to_yaml()) == made
    assert made.to_data()["copies"][0]["from"] == "a"


def test_a_sample_is_a_file_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "disk.vdi").write_bytes(b"x")
    file = tmp_path / "copies.yaml"
    file.write_text(scenario("{from: a, to: b, sample: disk.vdi}"), encoding="utf-8")
    assert Scenario.load(file).copies[0].sample == tmp_path / "disk.vdi"


@pytest.mark.parametrize(
    ("copy", "field", "said"),
    [
        ("{from: a, to: b}", "copies[0]", "needs `size` or `sample`"),
        ("{size: 0, from: a, to: b}", "copies[0].size", "must be greater than 0"),
        ("{size: 1, to: b}", "copies[0].from", "is required"),
        ("{size: 1, from: a, to: d}", "copies[0].to", "there is no host 'd'"),
        ("{size: 1, from: a, to: a}", "copies[0].to", "must be another host than `from`"),
        ("{size: 1, from: c, to: a}", "copies[0].from", "c has no network card"),
        ("{size: 1, from: a, to: b, sample: no.vdi}", "copies[0].sample", "no such file"),
        (
            "{size: 1, from: a, to: b, compression: lz77}",
            "copies[0].compression",
            "needs `sample` or `ratio`, which tell how well the image compresses",
        ),
        (
            "{size: 1, from: a, to: b, compression: zip}",
            "copies[0].compression",
            "must be one of none, lz77, lz78, got 'zip'",
        ),
        ("{size: 1, from: a, to: b, ratio: 2}", "copies[0].ratio", "needs a `compression`"),
        (
            "{size: 1KiB, stored: 2KiB, from: a, to: b}",
            "copies[0].stored",
            "must be at most the size, 1 KiB, got 2 KiB",
        ),
        ("{size: 1, source: a, to: b}", "copies[0].source", "unknown field 'source'"),
    ],
)
def test_what_cannot_be_is_told_at_its_place(copy: str, field: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(scenario(copy))
    problem = next(each for each in caught.value.problems if each.field == field)
    assert problem.line == 4
    assert said in problem.message
