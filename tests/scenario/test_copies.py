"""Copies of images in a scenario: what is understood, and what is refused, at its place."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from aio_sim.kernel.errors import ScenarioError
from aio_sim.scenario import Scenario
from aio_sim.virtualization.compression_costs import Compression
from aio_sim.virtualization.images import create_image, open_image

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
    disk(tmp_path, b"x")
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


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("disk.vdi", b"x", "must be a disk image: "),
        ("notes.txt", b"x", "must be a disk image: "),
        ("disk.vmdk", b"# Disk DescriptorFile", "must be a disk image: "),
    ],
)
def test_a_sample_that_is_no_image_is_told_at_its_place(
    name: str, content: bytes, said: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    file = tmp_path / "copies.yaml"
    file.write_text(scenario(f"{{from: a, to: b, sample: {name}}}"), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(file)
    (problem,) = caught.value.problems
    assert (problem.field, problem.line) == ("copies[0].sample", 4)
    assert said in problem.message
    assert name in problem.message


def disk(folder: Path, data: bytes) -> None:
    """Make a disk of 64 MiB with data at its beginning."""
    create_image(folder / "disk.vdi", 64 << 20)
    with open_image(folder / "disk.vdi", writable=True) as image:
        image.write(0, data)


def test_what_is_to_be_copied_is_read_off_the_sample(tmp_path: Path) -> None:
    text = (b"the quick brown fox jumps over the lazy dog, " * 3000)[: 2 << 16]
    disk(tmp_path, text)
    made = scenario("{from: a, to: b, sample: disk.vdi, compression: lz77, bandwidth: 1Mbps}")
    (tmp_path / "copies.yaml").write_text(made, encoding="utf-8")
    copy = Scenario.load(tmp_path / "copies.yaml").copies[0].build("copy-0", seed=0)
    assert (copy.name, copy.size) == ("copy-0", 64 << 20)
    assert copy.stored_size == 1 << 20  # a block of a VDI
    assert copy.compression is Compression.LZ77
    assert copy.ratio > 10
    assert copy.rate_limit == 1_000_000


def test_a_ratio_without_compression_is_kept_for_when_there_is_one() -> None:
    made = Scenario.from_text(scenario("{size: 1GiB, from: a, to: b, ratio: 2}"))
    assert made.copies[0].build("copy-0", seed=0).ratio == 1
    varied = made.to_data()
    varied["copies"][0]["compression"] = "lz77"
    packed = Scenario.model_validate(varied).copies[0].build("copy-0", seed=0)
    assert (packed.compression, packed.ratio) == (Compression.LZ77, Fraction(2))


def test_numbers_that_are_given_go_before_the_sample(tmp_path: Path) -> None:
    disk(tmp_path, b"x")
    given = "name: golden, size: 128MiB, compression: lz78, ratio: 1.1, sample: disk.vdi"
    (tmp_path / "copies.yaml").write_text(scenario(f"{{from: a, to: b, {given}}}"))
    copy = Scenario.load(tmp_path / "copies.yaml").copies[0].build("copy-0", seed=0)
    assert (copy.name, copy.size) == ("golden", 128 << 20)
    assert copy.stored_size == 2 << 20  # as much of it as of the sample
    assert copy.ratio == Fraction(11, 10)
    plain = Scenario.from_text(scenario("{from: a, to: b, size: 1GiB}")).copies[0]
    assert plain.build("copy-0", seed=0).payload == 1 << 30
