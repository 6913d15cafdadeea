"""Comparing the disks of two images."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.virtualization.images import (
    compare_images,
    convert_image,
    create_image,
    open_image,
    snapshot_image,
)
from tests.virtualization.images.reference import KINDS, MIB

TIB = 1 << 40


@pytest.mark.parametrize(("format", "variant"), KINDS)
def test_a_converted_disk_is_the_same(
    tmp_path: Path, disk: Path, format: str, variant: str
) -> None:
    image = tmp_path / f"image.{format}"
    convert_image(disk, image, variant=variant)
    found = compare_images(disk, image)
    assert found.same
    assert found.as_dict() == {
        "same": True,
        "sizes": (disk.stat().st_size, disk.stat().st_size),
        "first_difference": None,
    }


@given(st.integers(0, 3 * MIB - 1), st.integers(0, 3 * MIB - 1))
def test_the_first_byte_that_differs_is_found(
    tmp_path_factory: pytest.TempPathFactory, one: int, other: int
) -> None:
    folder = tmp_path_factory.mktemp("compare")
    paths = folder / "a.raw", folder / "b.raw"
    for path, place in zip(paths, (one, other), strict=True):
        create_image(path, 3 * MIB)
        with open_image(path, writable=True) as image:
            image.write(place, b"x")
    expected = None if one == other else min(one, other)
    assert compare_images(*paths).first_difference == expected


def test_a_longer_disk_differs_where_the_shorter_one_ends(tmp_path: Path) -> None:
    short, long = tmp_path / "short.vdi", tmp_path / "long.vmdk"
    create_image(short, MIB)
    create_image(long, 2 * MIB)
    assert compare_images(short, long).first_difference == MIB
    assert compare_images(long, short).sizes == (2 * MIB, MIB)


def test_what_a_parent_holds_counts(tmp_path: Path, disk: Path) -> None:
    base, child = tmp_path / "base.vdi", tmp_path / "child.vdi"
    convert_image(disk, base)
    snapshot_image(base, child)
    assert compare_images(child, disk).same
    with open_image(child, writable=True) as image:
        image.write(4 * MIB, b"changed")
    assert compare_images(child, disk).first_difference == 4 * MIB


def test_formats_can_be_given_where_suffixes_say_nothing(tmp_path: Path, disk: Path) -> None:
    odd, image = tmp_path / "odd", tmp_path / "image.disk"
    odd.write_bytes(disk.read_bytes())
    convert_image(disk, image, format="vmdk")
    assert compare_images(odd, image, format="raw", other_format="vmdk").same


def test_disks_of_a_tebibyte_are_compared_by_what_they_store(tmp_path: Path) -> None:
    one, other = tmp_path / "one.vdi", tmp_path / "other.vmdk"
    for path in (one, other):
        create_image(path, TIB)
        with open_image(path, writable=True) as image:
            image.write(TIB - 3, b"end")
    told: list[int] = []
    assert compare_images(one, other, progress=told.append).same
    assert told == [TIB]
