"""Blocks drawn from an image."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from aio_sim.virtualization.images import (
    clone_image,
    convert_image,
    create_image,
    open_image,
    sample_blocks,
    stored_ranges,
)
from tests.virtualization.images.reference import KINDS, MIB

BLOCK = 16384


def numbered(path: Path) -> Path:
    """Write 1 MiB of hole, then as much of blocks that begin with their number, then a hole.

    That is one block of a VDI, and some of every other format.
    """
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
    path.write_bytes(b"x" * 20_000)
    with open_image(path) as image:
        assert [len(block) for block in sample_blocks(image, 5, 1, BLOCK)] == [BLOCK, 3616]


def test_a_file_without_holes_stores_as_much_as_one_with_them(tmp_path: Path) -> None:
    sparse = numbered(tmp_path / "sparse.raw")
    for format, variant in [*KINDS, ("raw", "raw")]:
        found = []
        for copy in ("sparse", "dense"):
            path = tmp_path / copy / f"{variant}.{format}"
            path.parent.mkdir(exist_ok=True)
            if copy == "sparse":
                convert_image(sparse, path, variant=variant)
            else:
                for file in (tmp_path / "sparse").glob(f"{variant}*"):  # a flat one has two
                    (path.parent / file.name).write_bytes(file.read_bytes())
            with open_image(path) as image:
                drawn = sample_blocks(image, 10, seed=3, block_size=BLOCK)
                found.append((sum(length for _offset, length in stored_ranges(image)), drawn))
        assert found[0] == found[1]
        assert found[0][0] == MIB


def test_blocks_that_were_written_are_stored_whatever_is_in_them(tmp_path: Path) -> None:
    create_image(tmp_path / "disk.vdi", 8 * MIB)
    with open_image(tmp_path / "disk.vdi", writable=True) as image:
        image.write(3 * MIB + 5, b"x")
    with open_image(tmp_path / "disk.vdi") as image:
        assert list(stored_ranges(image)) == [(3 * MIB, MIB)]
    (tmp_path / "disk.raw").write_bytes(bytes(MIB) + b"x" + bytes(MIB))
    with open_image(tmp_path / "disk.raw") as image:
        assert list(stored_ranges(image)) == [(MIB, 65536)]
        assert list(stored_ranges(image, 10, MIB + 1)) == [(MIB, 1)]


def test_what_a_parent_stores_shows_through_its_child(tmp_path: Path) -> None:
    base, child = tmp_path / "base.vdi", tmp_path / "child.vdi"
    create_image(base, 8 * MIB)
    with open_image(base, writable=True) as image:
        image.write(MIB, b"below")
    clone_image(base, child)
    with open_image(child, writable=True) as image:
        image.write(5 * MIB, b"above")
    with open_image(child) as image:
        assert list(stored_ranges(image)) == [(MIB, MIB), (5 * MIB, MIB)]
