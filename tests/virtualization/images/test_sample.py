"""Blocks drawn from an image."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from aio_sim.virtualization.images import convert_image, open_image, sample_blocks
from tests.virtualization.images.reference import KINDS, MIB

BLOCK = 4096


def numbered(path: Path) -> Path:
    """Write 1 MiB of hole, then 64 blocks that begin with their number, then a hole."""
    with path.open("wb") as file:
        file.truncate(3 * MIB)
        file.seek(MIB)
        for number in range(64):
            file.write(bytes([number + 1]) * BLOCK)
    return path


def test_the_same_seed_draws_the_same_blocks_of_any_format(tmp_path: Path) -> None:
    disk = numbered(tmp_path / "disk.raw")
    draws = []
    for format, variant in [*KINDS, ("raw", "raw")]:
        path = tmp_path / f"{variant}.{format}"
        convert_image(disk, path, variant=variant)
        with open_image(path) as image:
            draws.append(sample_blocks(image, 10, seed=3, block_size=BLOCK))
            assert draws[-1] == sample_blocks(image, 10, seed=3, block_size=BLOCK)
            assert draws[-1] != sample_blocks(image, 10, seed=4, block_size=BLOCK)
    assert all(draw == draws[0] for draw in draws)
    firsts = [block[0] for block in draws[0]]
    assert firsts == sorted(set(firsts))
    assert all(block == bytes([block[0]]) * BLOCK for block in draws[0])


def test_a_sample_larger_than_the_data_is_all_of_it(tmp_path: Path) -> None:
    with open_image(numbered(tmp_path / "disk.raw")) as image:
        blocks = sample_blocks(image, 1000, seed=1, block_size=BLOCK)
    assert [block[0] for block in blocks] == list(range(1, 65))


def test_every_block_is_drawn_as_often(tmp_path: Path) -> None:
    drawn: Counter[int] = Counter()
    with open_image(numbered(tmp_path / "disk.raw")) as image:
        for seed in range(200):
            drawn.update(block[0] for block in sample_blocks(image, 16, seed, BLOCK))
    expected = 200 * 16 / 64
    statistic = sum((drawn[number] - expected) ** 2 / expected for number in range(1, 65))
    assert statistic < 104  # the 0.1 % point of chi-square with 63 degrees of freedom


def test_an_image_of_holes_has_no_blocks(tmp_path: Path) -> None:
    path = tmp_path / "hole.raw"
    with path.open("wb") as file:
        file.truncate(MIB)
    with open_image(path) as image:
        assert sample_blocks(image, 5, seed=1) == []


def test_the_last_block_may_be_short(tmp_path: Path) -> None:
    path = tmp_path / "short.raw"
    path.write_bytes(b"x" * 5000)
    with open_image(path) as image:
        assert [len(block) for block in sample_blocks(image, 5, 1, BLOCK)] == [4096, 904]
